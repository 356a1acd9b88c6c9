"""Abrupt withdrawal."""

from jaxtyping import Array, Float, Int

from contagion.declare import number
from contagion.interventions import Intervention, Memory
from contagion.state import Controls, Region, View


class Barracks(Intervention):
    """Returns a share of all military to barracks on a date, everywhere at once, with nobody to follow.

    A comparator for a handover (Felbab-Brown 2019): whatever other interventions deploy is withdrawn too.
    """

    effects = ("share",)

    start: Int[Array, ""] = number("week", 0, 5200)
    share: Float[Array, ""] = number("share of military withdrawn", 0, 1)

    def act(self, memory: Memory, view: View, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        return Controls(withdrawal=(week >= self.start) * self.share), memory
