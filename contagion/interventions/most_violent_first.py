"""Focused deterrence: the most violent group first."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions._targeting import rank
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class MostViolentFirst(Option):
    """Turns arrests on the group with most attributed killings, one group at a time, and announces that it will.

    The group is chosen again every `every` weeks. Its weight in arrests rises by `focus` within the same capacity; the
    hostility among the others, who would be next, falls by `threat`. The result depends on the accuracy of attribution
    (Felbab-Brown 2019, after Kleiman). No study measures the effect on groups like these: it is assumed.
    """

    effects = ("focus", "threat", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    every: Int[Array, ""] = number("weeks", 1, 5200)
    focus: Float[Array, ""] = number("times, added to the weight of the group in arrests", 0, 1000)
    threat: Float[Array, ""] = number("share of hostility among the others", 0, 1)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Bool[Array, "group replicate"]:
        """The chosen group."""
        return jnp.zeros_like(view.attributed, bool)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        active = elapsed >= 0
        chosen = jnp.where(active & (elapsed % self.every == 0), rank(view.attributed) == 0, memory)
        others = ~chosen[:, None] & ~chosen
        controls = Controls(
            targeting=1 + active * self.focus * chosen,
            hostility=1 - active * self.threat * others,
            ledger=Ledger(spending=active * self.cost),
        )
        return controls, chosen
