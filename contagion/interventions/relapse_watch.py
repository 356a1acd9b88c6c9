"""Forces that remain where violence has fallen."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.processes.memory import annual_rate
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Watch(eqx.Module):
    """What was seen of each place, and what is kept in it."""

    highest: Float[Array, "place replicate"]  # recorded homicides per week, so far
    military: Float[Array, "place replicate"]  # most that others had there before it calmed down, persons
    police: Float[Array, "place replicate"]  # the same
    kept_military: Float[Array, "place replicate"]  # persons who would have left
    kept_police: Float[Array, "place replicate"]  # the same


class RelapseWatch(Option):
    """Keeps forces in places that were violent and have calmed down, for as long as they stay calm.

    A place is watched while its recorded homicides are at most `fallen` times their highest value so far, if that value
    corresponds to a rate of at least `violent`. In it forces stay that would leave, up to `military_per_1000` and
    `police_per_1000` residents and never more than were there before it calmed down: none are sent. Areas prone to
    relapse need lasting attention even when others are more urgent (Felbab-Brown 2019). Effect sizes are assumed.
    """

    effects = ("military_per_1000", "police_per_1000", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    violent: Float[Array, ""] = number("homicides per 100,000 and year", 0, 100_000)
    fallen: Float[Array, ""] = number("share of the highest recorded homicides", 0, 1)
    military_per_1000: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    police_per_1000: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Watch:
        nobody = jnp.zeros_like(view.recorded)
        return Watch(view.recorded, view.military, view.police, nobody, nobody)

    def act(self, memory: Watch, view: Observation, region: Region, week: Int[Array, ""]):
        thousands = region.population[:, None] / 1000
        highest = jnp.maximum(memory.highest, view.recorded)
        calm = (annual_rate(highest, region) >= self.violent) & (view.recorded <= self.fallen * highest)
        watched = (week >= self.start) & calm
        military, most_military = self.kept(
            watched, calm, view.military, memory.military, memory.kept_military, self.military_per_1000 * thousands
        )
        police, most_police = self.kept(
            watched, calm, view.police, memory.police, memory.kept_police, self.police_per_1000 * thousands
        )
        controls = Controls(
            military=military,
            restrained=military,
            police=police,
            ledger=Ledger(spending=(week >= self.start) * self.cost),
        )
        return controls, Watch(highest, most_military, most_police, military, police)

    def kept(self, watched, calm, seen, most, kept_before, enough):
        """Forces kept this week, and the most that others had so far."""
        others = seen - kept_before
        most = jnp.where(calm, most, jnp.maximum(most, others))
        return watched * jnp.maximum(jnp.minimum(enough, most) - others, 0), most
