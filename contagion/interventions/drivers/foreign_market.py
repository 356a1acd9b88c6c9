"""A new market abroad."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class ForeignMarket(Option):
    """A market abroad opens, and criminal revenue at ports and border crossings grows to 1 + share of what it was.

    Groups who control export routes profit. That one opens, the size of the effect, and its linear growth over `build`
    weeks, are assumed.
    """

    effects = ("share",)

    start: Int[Array, ""] = number("week", 0, 5200)
    build: Int[Array, ""] = number("weeks", 1, 5200)
    share: Float[Array, ""] = number("share of revenue added", 0, 5)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        opened = jnp.clip((week - self.start) / self.build, 0, 1)
        return Controls(revenue=1 + self.share * opened * region.strategic[:, None]), memory
