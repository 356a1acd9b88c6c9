"""Mobilisation of civil society against violence."""

from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.processes.memory import annual_rate
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Mobilisation(Option):
    """Where violence is high, citizens organise: trust and reporting rise, and activists are attacked (Gautreau 2014).

    Effect sizes are assumed.
    """

    effects = ("support", "activists_per_1000")

    start: Int[Array, ""] = number("week", 0, 5200)
    violent: Float[Array, ""] = number("recorded homicides per 100,000 and year", 0, 100_000)
    support: Float[Array, ""] = number("share of the gap per week", 0, 1)
    activists_per_1000: Float[Array, ""] = number("activists per 1,000 residents", 0, 1000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        mobilised = (week >= self.start) & (annual_rate(view.recorded, region) >= self.violent)
        activists = mobilised * self.activists_per_1000 / 1000 * region.population[:, None]
        return Controls(support=mobilised * self.support, ledger=Ledger(exposed=activists)), memory
