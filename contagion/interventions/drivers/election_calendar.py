"""Calendar of elections."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class ElectionCalendar(Option):
    """Fighting between groups rises by a share of itself in the weeks before each election.

    Elections break arrangements with those in office, and groups fight over whom the next ones will protect
    (Felbab-Brown 2019). By how much is assumed, and that all places vote on one day.
    """

    effects = ("share",)

    start: Int[Array, ""] = number("week in which the first campaign starts", 0, 5200)
    every: Int[Array, ""] = number("weeks", 1, 5200)
    campaign: Int[Array, ""] = number("weeks", 0, 5200)
    share: Float[Array, ""] = number("share of fighting added", 0, 5)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        elapsed = week - self.start
        campaigning = (elapsed >= 0) & (elapsed % self.every < self.campaign)
        return Controls(fighting=1 + campaigning * self.share), memory
