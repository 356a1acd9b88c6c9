"""Focused deterrence: the most violent group first."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.declare import number
from contagion.interventions import Intervention, rank
from contagion.state import Controls, Region, View


class MostViolentFirst(Intervention):
    """Turns arrests on the group with most attributed killings, one group at a time, and announces that it will.

    Every `every` weeks the group is chosen anew. Arrests weigh it `focus` times more than the others, out of the same
    capacity; the others, who would be next, fight one another less by `threat`. It is as good as the attribution of
    killings (Felbab-Brown 2019, after Kleiman). No study measures the effect on groups like these: it is assumed.
    """

    effects = ("focus", "threat", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    every: Int[Array, ""] = number("weeks", 1, 5200)
    focus: Float[Array, ""] = number("times, added to the weight of the group in arrests", 0, 1000)
    threat: Float[Array, ""] = number("share of hostility among the others", 0, 1)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def remember(self, region: Region, view: View) -> Bool[Array, "group replicate"]:
        """The group that is chosen."""
        return jnp.zeros_like(view.attributed, bool)

    def act(self, memory, view: View, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        active = elapsed >= 0
        chosen = jnp.where(active & (elapsed % self.every == 0), rank(view.attributed) == 0, memory)
        others = ~chosen[:, None] & ~chosen
        controls = Controls(
            targeting=1 + active * self.focus * chosen,
            hostility=1 - active * self.threat * others,
            spending=active * self.cost,
        )
        return controls, chosen
