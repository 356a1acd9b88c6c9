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

    Elections end arrangements with officials, and groups compete for the protection of their successors (Kalmanovitz
    and Bradley 2023). The size of the effect, and that all places vote on one day, are assumed.
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
