"""Temporary reactive deployment of troops to the most violent places."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._targeting import hottest
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class ReactiveSurge(Option):
    """Sends a fixed number of troops to the hottest places on a temporary basis and moves them as heat moves.

    Every `every` weeks the `places` municipalities with most recorded homicides are chosen again, and `personnel` are
    distributed in proportion to these homicides; after `duration` weeks all are withdrawn. A comparator: supplemental,
    temporary, reactive (Felbab-Brown 2019; Gautreau 2014). Effect sizes are assumed.
    """

    effects = ("personnel", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    every: Int[Array, ""] = number("weeks", 1, 5200)
    duration: Int[Array, ""] = number("weeks", 0, 5200)
    places: Int[Array, ""] = number("municipalities", 1, 100_000)
    personnel: Float[Array, ""] = number("persons", 0, 1_000_000)
    confrontation: Float[Array, ""] = number("share of clashes that forces seek", 0, 1)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Float[Array, "place replicate"]:
        """Troops in each place, persons."""
        return jnp.zeros_like(view.recorded)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start

        def review(_):
            heat = jnp.where(hottest(view.recorded, self.places), view.recorded, 0)
            total = heat.sum(axis=0)
            return self.personnel * heat / jnp.where(total > 0, total, 1)

        active = (elapsed >= 0) & (elapsed < self.duration)
        due = active & (elapsed % self.every == 0)
        troops = jax.lax.cond(due, review, lambda kept: kept, memory)
        return Controls(
            military=troops * active,
            restrained=(1 - self.confrontation) * troops * active,
            ledger=Ledger(spending=active * self.cost),
        ), troops
