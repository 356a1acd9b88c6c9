"""Pact with groups: tolerance in return for calm."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Pact(Option):
    """The state arrests and prosecutes less, groups fight one another less, and the rule of law decays.

    As in the corporatist arrangement of the 1950s to 1970s (Gautreau 2014; Felbab-Brown 2019): while the pact lasts,
    police capability declines every week and impunity rises; both recover slowly. Effect sizes are assumed.
    """

    effects = ("tolerance", "calm", "corruption", "impunity")

    start: Int[Array, ""] = number("week", 0, 5200)
    duration: Int[Array, ""] = number("weeks", 0, 5200)
    tolerance: Float[Array, ""] = number("share of arrests forgone", 0, 1)
    calm: Float[Array, ""] = number("share of hostility between groups", 0, 1)
    corruption: Float[Array, ""] = number("share of police capability lost per week", 0, 1)
    impunity: Float[Array, ""] = number("share of impunity added to it", 0, 1)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        lasts = (week >= self.start) & (week < self.start + self.duration)
        controls = Controls(
            incapacitation=1 - lasts * self.tolerance,
            hostility=1 - lasts * self.calm,
            capability=lasts * -self.corruption,
            impunity=1 + lasts * self.impunity,
            ledger=Ledger(agreement=lasts * (self.calm > 0)),
        )
        return controls, memory
