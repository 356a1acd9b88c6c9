"""A new market abroad."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.declare import number
from contagion.interventions import Intervention, Memory
from contagion.state import Controls, Region, View


class ForeignMarket(Intervention):
    """A market abroad opens, and criminal revenue at ports and border crossings grows to 1 + share of what it was.

    Groups of Mexico sell to more than one country (Felbab-Brown 2019), and who holds the way out earns. How much is
    assumed, and that it comes evenly over the weeks of `build`.
    """

    effects = ("share",)

    start: Int[Array, ""] = number("week", 0, 5200)
    build: Int[Array, ""] = number("weeks", 1, 5200)
    share: Float[Array, ""] = number("share of revenue added", 0, 5)

    def act(self, memory: Memory, view: View, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        opened = jnp.clip((week - self.start) / self.build, 0, 1)
        return Controls(revenue=1 + self.share * opened * region.strategic[:, None]), memory
