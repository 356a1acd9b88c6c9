"""Price of opium."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._areas import named_or_remote
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls
from contagion.kernel.fields import area, number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class OpiumPrice(Option):
    """Criminal revenue of the places that grow crops rises or falls year after year by a share of itself.

    As fentanyl replaces heroin, the price of opium collapses where poppy is the only income (Felbab-Brown 2019); its
    path is assumed. By default the crop areas are the places farthest from large towns (assumed).
    """

    effects = ("growth",)

    start: Int[Array, ""] = number("week", 0, 5200)
    growth: Float[Array, ""] = number("share of revenue added per year", -0.9, 1)
    weeks: Int[Array, ""] = number("weeks", 0, 5200)
    crops: str = area("the most remote places")
    share: Float[Array, ""] = number("share of places, where no area is named", 0, 1)

    def init_memory(self, region: Region, view: Observation) -> Float[Array, "place 1"]:
        """Crop areas."""
        return named_or_remote(region, self.crops, self.share)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = jnp.clip(week - self.start, 0, self.weeks) / 52
        return Controls(revenue=1 + memory * ((1 + self.growth) ** elapsed - 1)), memory
