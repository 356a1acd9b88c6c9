"""More arrests."""

from jaxtyping import Array, Float, Int

from contagion.declare import number
from contagion.interventions import Intervention, Memory
from contagion.state import Controls, Region, View


class IncapacitationIncrease(Intervention):
    """Raises the national capacity of arrest by a share of itself, of which groups bear their usual parts.

    A scenario of Prieto-Curiel, Campedelli and Hope (Science 2023): incapacitation doubled from 2022, a share of 1.
    """

    effects = ("share", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    share: Float[Array, ""] = number("share of the national capacity of arrest, added to it", 0, 100)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: View, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        active = week >= self.start
        return Controls(incapacitation=1 + active * self.share, spending=active * self.cost), memory
