"""Rules on the use of force."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class UseOfForce(Option):
    """Forces act under rules of hostilities rather than of law enforcement, everywhere from a date on.

    Clashes are more lethal, complaints about abuse are more frequent, and trust falls (Kalmanovitz and Bradley 2023).
    The sizes are `params.hostilities_lethality` and `params.hostilities_abuse`, both assumed.
    """

    effects = ("hostilities",)

    start: Int[Array, ""] = number("week", 0, 5200)
    hostilities: Float[Array, ""] = number("share, 0 law enforcement, 1 hostilities", 0, 1)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        return Controls(force=(week >= self.start) * self.hostilities), memory
