"""Fewer recruits."""

from jaxtyping import Array, Float, Int

from contagion.interventions import Intervention, Memory
from contagion.state import Controls, Region, View, number


class RecruitmentReduction(Intervention):
    """Lowers recruitment by a share, everywhere and at once, by whatever means.

    A scenario of Prieto-Curiel, Campedelli and Hope (Science 2023): half of recruitment prevented from 2022. How it
    could be done, and what it would cost, is left open.
    """

    effects = ("share",)

    start: Int[Array, ""] = number("week", 0, 5200)
    share: Float[Array, ""] = number("share of recruitment prevented", 0, 1)

    def act(self, memory: Memory, view: View, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        return Controls(recruitment=1 - (week >= self.start) * self.share), memory
