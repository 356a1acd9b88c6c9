"""Self-defence groups, and the policy of the state towards them."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls
from contagion.kernel.fields import choice, number
from contagion.kernel.processes.memory import annual_rate
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Militias(Option):
    """Self-defence groups appear where violence is high and the state thin; the state tolerates them or not.

    They grow to `largest` where the recorded rate is above `violent` and state forces are below `thin`. If *tolerated*,
    they prevent recruitment, but some become predatory and fight. If *regularised*, they become rural police after
    `grace_weeks`. If *dismantled*, they shrink after `grace_weeks` as fast as they grew (Felbab-Brown 2019; Kalmanovitz
    and Bradley 2023). Effect sizes are assumed.
    """

    effects = ("growth",)

    start: Int[Array, ""] = number("week", 0, 5200)
    policy: str = choice("tolerate", "regularise", "dismantle")
    grace_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    violent: Float[Array, ""] = number("homicides per 100,000 and year", 0, 100_000)
    thin: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    growth: Float[Array, ""] = number("share of the largest size per week", 0, 1)
    largest: Float[Array, ""] = number("militia per 1,000 residents", 0, 1000)
    protection: Float[Array, ""] = number("share of recruitment prevented by the largest", 0, 1)
    predation: Float[Array, ""] = number("share added to fighting by the largest", 0, 10)

    def init_memory(self, region: Region, view: Observation) -> Float[Array, "place replicate"]:
        """Militias in each place, share of the largest."""
        return jnp.zeros_like(view.recorded)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        residents = region.population[:, None]
        elapsed = week - self.start
        forces = 1000 * (view.military + view.police) / residents
        called_for = (annual_rate(view.recorded, region) > self.violent) & (forces < self.thin)
        after_grace = elapsed >= self.grace_weeks
        gone = after_grace & (self.policy == "dismantle")
        change = jnp.where(called_for & ~gone, self.growth, -self.growth)
        size = jnp.clip(memory + (elapsed >= 0) * change, 0, 1)
        official = size * (after_grace & (self.policy == "regularise"))
        unofficial = size - official
        controls = Controls(
            recruitment=1 - self.protection * size,
            fighting=1 + self.predation * unofficial,
            police=self.largest / 1000 * residents * official,
        )
        return controls, size
