"""Flow of arms across the border."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class ArmsFlow(Option):
    """Fighting between groups grows or shrinks year after year by a share of itself, with the arms that come in.

    Arms bought in the United States, an estimated 87 % of those that groups use, make fights deadlier (Gautreau 2014).
    The size of the effect, and its uniformity over places, are assumed.
    """

    effects = ("growth",)

    start: Int[Array, ""] = number("week", 0, 5200)
    growth: Float[Array, ""] = number("share of fighting added per year", -0.9, 1)
    weeks: Int[Array, ""] = number("weeks", 0, 5200)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        elapsed = jnp.clip(week - self.start, 0, self.weeks) / 52
        return Controls(fighting=(1 + self.growth) ** elapsed), memory
