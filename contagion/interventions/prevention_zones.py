"""Social prevention in selected zones."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions._areas import named
from contagion.interventions._targeting import hottest
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, number
from contagion.kernel.processes.memory import annual_rate
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class PreventionZones(Option):
    """Lowers recruitment in zones, by default where most homicides are recorded, as far as they are secure.

    The share prevented is share / (1 + rate / safe_half), where rate is recorded homicides per 100,000 residents and
    year: social prevention needs security. With `growth` above 0, local police take part and gain capability. All
    effects end with the funding after `duration` weeks. Mexico began with 57 zones (Felbab-Brown 2019). Effect sizes
    are assumed.
    """

    effects = ("share", "growth", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    duration: Int[Array, ""] = number("weeks", 0, 5200)
    places: str = area("the municipalities with most recorded homicides")
    zones: Int[Array, ""] = number("municipalities", 1, 100_000)
    share: Float[Array, ""] = number("share of recruitment prevented where there is no homicide", 0, 1)
    safe_half: Float[Array, ""] = number("homicides per 100,000 and year of half the effect", 1e-3, 1e5)
    growth: Float[Array, ""] = number("share of the gap to full police capability per week", 0, 1)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000, "published", "Felbab-Brown 2019")

    def init_memory(self, region: Region, view: Observation) -> Bool[Array, "place replicate"]:
        """The zones."""
        return jnp.zeros_like(view.recorded, bool)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        zones = jax.lax.cond(elapsed == 0, lambda: self.chosen(view, region), lambda: memory)
        active = (elapsed >= 0) & (elapsed < self.duration)
        funded = zones & active
        prevented = funded * self.share / (1 + annual_rate(view.recorded, region) / self.safe_half)
        spending = active * self.cost
        return Controls(
            recruitment=1 - prevented, capability=funded * self.growth, ledger=Ledger(spending=spending)
        ), zones

    def chosen(self, view: Observation, region: Region) -> Bool[Array, "place replicate"]:
        """The zones: a named area, or the places with most recorded homicides."""
        if self.places:
            return jnp.broadcast_to(named(region, self.places) > 0, view.recorded.shape)
        return hottest(view.recorded, self.zones)
