"""Increase in arrests."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class IncapacitationIncrease(Option):
    """Raises the national capacity of arrest by a share of itself, of which groups bear their usual parts.

    A scenario of Prieto-Curiel, Campedelli and Hope (Science 2023): incapacitation doubled from 2022, a share of 1.
    """

    effects = ("share", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    share: Float[Array, ""] = number("share of the national capacity of arrest, added to it", 0, 100)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        active = week >= self.start
        return Controls(incapacitation=1 + active * self.share, ledger=Ledger(spending=active * self.cost)), memory
