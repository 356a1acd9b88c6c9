"""Demand for drugs in the United States."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class UsDemand(Option):
    """Criminal revenue and drug consumption grow or shrink year after year by a share of themselves.

    Groups compete over demand, which no strategy in Mexico changes (Felbab-Brown 2019). Its path is assumed.
    """

    effects = ("growth",)

    start: Int[Array, ""] = number("week", 0, 5200)
    growth: Float[Array, ""] = number("share of revenue added per year", -0.9, 1)
    weeks: Int[Array, ""] = number("weeks", 0, 5200)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        elapsed = jnp.clip(week - self.start, 0, self.weeks) / 52
        demand = (1 + self.growth) ** elapsed
        return Controls(revenue=demand, ledger=Ledger(consumption=demand)), memory
