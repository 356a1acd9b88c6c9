"""Process 9: saturation of large groups."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.processes.groups import over_places
from contagion.state import Params, State


def saturation(state: State, params: Params) -> tuple[State, Float[Array, "group replicate"]]:
    """omega S_g S_gm leave: the larger the whole group, the more of its members drop out.

    Returns the state and the dropouts in persons.
    """
    share = jnp.minimum(params.saturation * over_places(state.members), 1)
    dropouts = share * state.members
    return replace(state, members=state.members - dropouts), dropouts.sum(axis=0)
