"""Reduction of recruitment."""

from jaxtyping import Array, Float, Int

from contagion.interventions._areas import named
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class RecruitmentReduction(Option):
    """Lowers recruitment by a share in chosen places, at once, by whatever means.

    A scenario of Prieto-Curiel, Campedelli and Hope (Science 2023): half of recruitment prevented from 2022. The means
    are left open.
    """

    effects = ("share", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    share: Float[Array, ""] = number("share of recruitment prevented", 0, 1)
    places: str = area("all places")
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        active = week >= self.start
        where = named(region, self.places) if self.places else 1
        return Controls(recruitment=1 - active * self.share * where, ledger=Ledger(spending=active * self.cost)), memory
