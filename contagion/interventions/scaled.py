"""An option on another scale."""

from dataclasses import fields

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.kernel.controls import Controls
from contagion.kernel.intervention import Intervention, Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation

QUALITIES = ("killing", "force", "agreement")  # say how something is done, not how much of it


class Scaled(Intervention):
    """An option done on another scale: `dose` times as much of everything it does and of what it costs. Assumed.

    What adds up is multiplied by the dose, factors are raised to its power, shares are multiplied and end at 1: an
    option that is done twice over does as much as two of it.
    """

    effects = ("dose",)

    option: Intervention
    dose: Float[Array, ""]

    def init_memory(self, region: Region, view: Observation) -> Memory:
        return self.option.init_memory(region, view)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        controls, memory = self.option.act(memory, view, region, week)
        return scaled(controls, self.dose), memory


def scaled(controls: Controls, dose: Float[Array, ""]) -> Controls:
    """Controls of `dose` times as much; what is not touched stays so."""
    found = {}
    for field in fields(Controls):
        value, combine = getattr(controls, field.name), field.metadata["combine"]
        untouched = isinstance(value, float) and value == field.default
        if not untouched and field.name not in QUALITIES:
            if field.default == 1:
                value = jnp.asarray(value, float) ** dose
            else:
                value = dose * value
                value = jnp.minimum(value, 1) if combine is jnp.maximum else value
        found[field.name] = value
    return Controls(**found)
