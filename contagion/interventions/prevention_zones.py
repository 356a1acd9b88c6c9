"""Social prevention in zones."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.declare import area, number
from contagion.interventions import Intervention, hottest
from contagion.interventions.places import named
from contagion.processes.memory import annual_rate
from contagion.state import Controls, Region, View


class PreventionZones(Intervention):
    """Lowers recruitment in zones, by default where most homicides are recorded, as far as they are secure.

    What is prevented there is share / (1 + rate / safe_half), rate the recorded homicides per 100,000 and year: social
    prevention works where security holds. With `growth` the local police is part of it and becomes more capable; when
    funding stops after `duration` weeks, so does all of it. Mexico began with 57 zones (Felbab-Brown 2019). Effects
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
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def remember(self, region: Region, view: View) -> Bool[Array, "place replicate"]:
        """The zones."""
        return jnp.zeros_like(view.recorded, bool)

    def act(self, memory, view: View, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        zones = jax.lax.cond(elapsed == 0, lambda: self.chosen(view, region), lambda: memory)
        active = (elapsed >= 0) & (elapsed < self.duration)
        funded = zones & active
        prevented = funded * self.share / (1 + annual_rate(view.recorded, region) / self.safe_half)
        spending = active * self.cost
        return Controls(recruitment=1 - prevented, capability=funded * self.growth, spending=spending), zones

    def chosen(self, view: View, region: Region) -> Bool[Array, "place replicate"]:
        """The zones, by name or by heat."""
        if self.places:
            return jnp.broadcast_to(named(region, self.places) > 0, view.recorded.shape)
        return hottest(view.recorded, self.zones)
