"""Process 1: what an authority sees."""

import jax.numpy as jnp
from jaxtyping import Array, Key

from contagion.kernel.numerics.random import uniform
from contagion.kernel.params import Params
from contagion.kernel.processes.memory import completeness
from contagion.kernel.region import Region
from contagion.kernel.state import Observation, State


def observe(state: State, params: Params, region: Region, keys: Key[Array, " replicate"] | None) -> Observation:
    """Recorded homicides and attributed killings, own forces, own police.

    Killings are attributed with errors when they happen, in `remember`. What chance decides for an authority is
    drawn here; without `keys` nothing is.
    """
    unknown = jnp.full_like(state.crowding, jnp.nan)
    return Observation(
        recorded=state.recent * completeness(state.recent, state.support, params, region),
        attributed=state.attributed,
        military=state.military,
        police=state.police,
        capability=state.capability,
        renewed=state.renewed,
        agreement=state.agreement,
        chance=unknown if keys is None else uniform(keys, (1,), unknown.dtype)[0],
    )
