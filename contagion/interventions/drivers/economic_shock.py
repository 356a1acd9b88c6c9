"""Economic shock."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class EconomicShock(Option):
    """Recruitment rises by a share of itself for a time, everywhere alike.

    Where legal work is lost, groups recruit more easily (Gautreau 2014). Size and duration are assumed.
    """

    effects = ("share",)

    start: Int[Array, ""] = number("week", 0, 5200)
    duration: Int[Array, ""] = number("weeks", 0, 5200)
    share: Float[Array, ""] = number("share of recruitment added", 0, 5)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        elapsed = week - self.start
        lasting = (elapsed >= 0) & (elapsed < self.duration)
        return Controls(recruitment=1 + lasting * self.share), memory
