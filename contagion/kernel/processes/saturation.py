"""Process 9: saturation of large groups."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.params import Params
from contagion.kernel.state import State


def saturation(state: State, share: Float[Array, "group replicate"]) -> State:
    """omega S_g S_gm leave: the larger the whole group, the more of its members drop out, by the share `saturated`."""
    return replace(state, members=(1 - share) * state.members)


def saturated(members: Float[Array, "group replicate"], params: Params) -> Float[Array, "group replicate"]:
    """Share of the members of a group who drop out, of its members everywhere."""
    return jnp.minimum(params.saturation * members, 1)
