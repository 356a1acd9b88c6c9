"""Protection of defenders and journalists."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class ProtectionMechanism(Option):
    """Protected defenders and journalists restore reporting and lower impunity, as far as it is funded (Gautreau 2014).

    Support for the state rises, and a larger share of homicides is recorded. Effect sizes are assumed.
    """

    effects = ("funded",)

    start: Int[Array, ""] = number("week", 0, 5200)
    funded: Float[Array, ""] = number("share of what it needs", 0, 1)
    support: Float[Array, ""] = number("share of the gap per week", 0, 1)
    share: Float[Array, ""] = number("share of impunity removed", 0, 1)
    staff: Float[Array, ""] = number("persons", 0, 1_000_000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        funded = (week >= self.start) * self.funded
        controls = Controls(
            support=funded * self.support,
            impunity=1 - funded * self.share,
            ledger=Ledger(staff=funded * self.staff, spending=funded * self.cost),
        )
        return controls, memory
