"""Process 9: saturation of large groups."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.params import Params
from contagion.kernel.state import State


def saturation(
    state: State, members: Float[Array, "group replicate"], params: Params
) -> tuple[State, Float[Array, "group replicate"]]:
    """omega S_g S_gm leave: the larger the whole group, the more of its members drop out.

    Takes the `members` of each group everywhere, S_g. Returns the state and the dropouts in persons.
    """
    share = jnp.minimum(params.saturation * members, 1)
    return replace(state, members=state.members - share * state.members), share * members
