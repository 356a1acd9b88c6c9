"""Forces that remain where violence has fallen."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.processes.memory import annual_rate
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class RelapseWatch(Option):
    """Keeps forces in places that were violent and have calmed down, for as long as they stay calm.

    A place is watched while its recorded homicides are at most `fallen` times their highest value so far, if that value
    corresponds to a rate of at least `violent`. Areas prone to relapse need lasting attention even when others are more
    urgent (Felbab-Brown 2019). Effect sizes are assumed.
    """

    effects = ("military_per_1000", "police_per_1000", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    violent: Float[Array, ""] = number("homicides per 100,000 and year", 0, 100_000)
    fallen: Float[Array, ""] = number("share of the highest recorded homicides", 0, 1)
    military_per_1000: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    police_per_1000: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Float[Array, "place replicate"]:
        """The highest recorded homicides so far, per week."""
        return view.recorded

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        residents = region.population[:, None]
        highest = jnp.maximum(memory, view.recorded)
        was_violent = annual_rate(highest, region) >= self.violent
        watched = (week >= self.start) & was_violent & (view.recorded <= self.fallen * highest)
        kept = watched * residents / 1000
        controls = Controls(
            military=kept * self.military_per_1000,
            police=kept * self.police_per_1000,
            ledger=Ledger(spending=(week >= self.start) * self.cost),
        )
        return controls, highest
