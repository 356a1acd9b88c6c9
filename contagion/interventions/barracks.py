"""Abrupt withdrawal of the military."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Barracks(Option):
    """Returns a share of all military to barracks on a date, everywhere at once, with nobody to follow.

    A comparator for a handover (Felbab-Brown 2019): military deployed by other interventions is withdrawn too.
    """

    effects = ("share",)

    start: Int[Array, ""] = number("week", 0, 5200)
    share: Float[Array, ""] = number("share of military withdrawn", 0, 1)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        return Controls(withdrawal=(week >= self.start) * self.share), memory
