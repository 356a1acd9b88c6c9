"""A truce between groups."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions import Intervention, rank
from contagion.state import Controls, Region, View, number


class Truce(Intervention):
    """Hostility among the groups that sign falls for a time, and exceeds its old level for a while afterwards.

    At `start` the `breadth` groups with most attributed killings sign. In El Salvador, 2012 to 2013, homicides fell
    to 0.55 (0.49 to 0.63) of what they were over 22 months and came back (Katz, Hedberg and Amaya 2016). How much
    hostility among signatories falls, and the rebound, are assumed.
    """

    effects = ("calm", "rebound")

    start: Int[Array, ""] = number("week", 0, 5200)
    duration: Int[Array, ""] = number("weeks", 0, 5200)
    breadth: Int[Array, ""] = number("groups", 1, 256)
    calm: Float[Array, ""] = number("share of hostility among signatories", 0, 1)
    rebound: Float[Array, ""] = number("share of hostility among signatories", 0, 5)
    rebound_weeks: Int[Array, ""] = number("weeks", 0, 5200)

    def remember(self, region: Region, view: View) -> Bool[Array, "group replicate"]:
        """Who has signed."""
        return jnp.zeros_like(view.attributed, bool)

    def act(self, memory, view: View, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        signed = jnp.where(elapsed == 0, rank(view.attributed) < self.breadth, memory)
        holds = (elapsed >= 0) & (elapsed < self.duration)
        broken = (elapsed >= self.duration) & (elapsed < self.duration + self.rebound_weeks)
        change = self.rebound * broken - self.calm * holds
        return Controls(hostility=1 + change * (signed[:, None] & signed)), signed
