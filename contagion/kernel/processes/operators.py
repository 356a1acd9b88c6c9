"""Process 10: the middle layer."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.params import Params
from contagion.kernel.state import State


def operators(
    state: State, everywhere: Float[Array, "group replicate"], controls: Controls, params: Params
) -> tuple[State, Float[Array, "group replicate"]]:
    """O <- O + phi L_g (x* S - O)+ - swept: leaders appoint new operators; a sweep removes them at once.

    Takes the operators of each group `everywhere`. Returns the state and the swept in persons.
    """
    wanted = jnp.maximum(params.operator_share * state.members - state.operators, 0)
    appointed = params.operator_replacement * state.integrity * wanted
    return replace(state, operators=(1 - controls.sweep) * state.operators + appointed), controls.sweep * everywhere
