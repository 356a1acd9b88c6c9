"""An option on another scale."""

from dataclasses import Field, fields
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.kernel.controls import Combined, Controls
from contagion.kernel.intervention import Intervention, Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation

# Say how something is done, or how far it is, not how much of it is done.
QUALITIES = ("killing", "force", "ground", "agreement", "secured", "held", "known", "leaked", "stalled", "relapses")


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


def scaled(controls: Combined, dose: Float[Array, ""]) -> Any:
    """Controls of `dose` times as much; unset fields are unchanged."""

    def times(field: Field) -> Any:
        value = getattr(controls, field.name)
        if isinstance(value, Combined):
            return scaled(value, dose)
        if field.name in QUALITIES or not controls.sets(field):
            return value
        if field.default == 1:
            return jnp.asarray(value, float) ** dose
        more = dose * value
        return jnp.minimum(more, 1) if field.metadata["combine"] is jnp.maximum else more

    return type(controls)(**{field.name: times(field) for field in fields(controls)})
