"""Process 1: what an authority sees."""

import jax.numpy as jnp
from jaxtyping import Array, Key

from contagion.generators import uniform
from contagion.params import Params
from contagion.processes.memory import completeness
from contagion.state import Region, State, View


def observe(state: State, params: Params, region: Region, keys: Key[Array, " replicate"] | None) -> View:
    """Recorded homicides and attributed killings, own forces, own police.

    Killings are attributed with errors when they happen, in `remember`. What chance decides for an authority is
    drawn here; without `keys` nothing is.
    """
    unknown = jnp.full_like(state.crowding, jnp.nan)
    return View(
        recorded=state.recent * completeness(state.recent, state.support, params, region),
        attributed=state.attributed,
        military=state.military,
        police=state.police,
        capability=state.capability,
        chance=unknown if keys is None else uniform(keys, (1,), unknown.dtype)[0],
    )
