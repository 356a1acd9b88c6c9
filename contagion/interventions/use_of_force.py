"""Rules of force."""

from jaxtyping import Array, Float, Int

from contagion.declare import number
from contagion.interventions import Intervention, Memory
from contagion.state import Controls, Region, View


class UseOfForce(Intervention):
    """Forces act under rules of hostilities rather than of law enforcement, everywhere from a date on.

    Clashes are more lethal and complaints about abuse more frequent, and trust falls (Kalmanovitz and Bradley 2023). By
    how much is in `params.hostilities_lethality` and `params.hostilities_abuse`, both assumed.
    """

    effects = ("hostilities",)

    start: Int[Array, ""] = number("week", 0, 5200)
    hostilities: Float[Array, ""] = number("share, 0 law enforcement, 1 hostilities", 0, 1)

    def act(self, memory: Memory, view: View, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        return Controls(force=(week >= self.start) * self.hostilities), memory
