"""Demand for drugs in the United States."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.declare import number
from contagion.interventions import Intervention, Memory
from contagion.state import Controls, Region, View


class UsDemand(Intervention):
    """Criminal revenue and drug consumption grow or shrink year after year by a share of themselves.

    Demand is what groups fight over and what no strategy in Mexico changes (Felbab-Brown 2019). Its path is assumed.
    """

    effects = ("growth",)

    start: Int[Array, ""] = number("week", 0, 5200)
    growth: Float[Array, ""] = number("share of revenue added per year", -0.9, 1)
    weeks: Int[Array, ""] = number("weeks", 0, 5200)

    def act(self, memory: Memory, view: View, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        elapsed = jnp.clip(week - self.start, 0, self.weeks) / 52
        demand = (1 + self.growth) ** elapsed
        return Controls(revenue=demand, consumption=demand), memory
