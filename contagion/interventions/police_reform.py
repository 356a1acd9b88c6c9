"""Police reform: a slow increase in capability."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class PoliceReform(Option):
    """Vetting, pay and training raise the capability of police everywhere, and more of them walk the beat.

    Each week capability closes a share `growth` of its gap to 1 while the reform lasts, and `vetting` prevents a share
    of what corruption takes of it (parameter `corruption`); when it ends after `duration`
    weeks, capability decays (`params.capability_weeks`) and the additional police leave. State-building is slow
    (Felbab-Brown 2019). Effect sizes are assumed.
    """

    effects = ("growth", "vetting", "police_per_1000", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    duration: Int[Array, ""] = number("weeks", 0, 5200)
    growth: Float[Array, ""] = number("share of the gap to 1 per week", 0, 1)
    vetting: Float[Array, ""] = number("share of corruption prevented", 0, 1)
    police_per_1000: Float[Array, ""] = number("additional personnel per 1,000 residents", 0, 1000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        elapsed = week - self.start
        kept_up = (elapsed >= 0) & (elapsed < self.duration)
        added = kept_up * self.police_per_1000 / 1000 * region.population[:, None]
        return Controls(
            capability=kept_up * self.growth,
            vetting=kept_up * self.vetting,
            police=added,
            ledger=Ledger(spending=kept_up * self.cost),
        ), memory
