"""Concentrated, sustained and expanding investment."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._targeting import hottest
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation

REVIEW = 52  # weeks between choices of further places


class TransformativeInvestment(Option):
    """Socio-economic and police effort in a few places, kept up there, and extended to more of them every year.

    The first places are those with most recorded homicides at the start; `expansion` further ones join every year. In
    each place recruitment falls by `share` over `build_weeks`. The alternative to thinly spread handouts (Felbab-Brown
    2019). Effect sizes are assumed.
    """

    effects = ("share", "growth", "police_per_1000", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    first: Int[Array, ""] = number("municipalities", 1, 100_000)
    expansion: Int[Array, ""] = number("municipalities per year", 0, 100_000)
    build_weeks: Int[Array, ""] = number("weeks", 1, 5200)
    share: Float[Array, ""] = number("share of recruitment prevented in the end", 0, 1)
    growth: Float[Array, ""] = number("share of the gap to full police capability per week", 0, 1)
    police_per_1000: Float[Array, ""] = number("additional personnel per 1,000 residents", 0, 1000)
    cost: Float[Array, ""] = number("million dollars per year and municipality", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Int[Array, "place replicate"]:
        """Weeks for which each place has been included."""
        return jnp.zeros_like(view.recorded, jnp.int32)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start

        def joined(weeks):
            outside = jnp.where(weeks > 0, 0, view.recorded)
            return weeks + hottest(outside, jnp.where(elapsed == 0, self.first, self.expansion))

        due = (elapsed >= 0) & (elapsed % REVIEW == 0)
        weeks = jax.lax.cond(due, joined, lambda kept: kept, memory)
        inside = weeks > 0
        controls = Controls(
            recruitment=1 - self.share * jnp.minimum(weeks / self.build_weeks, 1),
            capability=inside * self.growth,
            police=inside * self.police_per_1000 / 1000 * region.population[:, None],
            ledger=Ledger(spending=inside.sum(axis=0) * self.cost),
        )
        return controls, weeks + inside
