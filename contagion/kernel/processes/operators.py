"""Process 10: the middle layer."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.params import Params
from contagion.kernel.processes.incapacitation import impunity
from contagion.kernel.state import State


def operators(state: State, growth: Float[Array, "group replicate"], controls: Controls, params: Params) -> State:
    """O <- min((1 - k) (1 + g) O + phi L_g (x* S - O)+, x* S): a sweep removes k of the operators at once.

    Leaders appoint operators, and the middle layer grows with the group, by the share g of recruits among its members:
    a group that only grows keeps its command. Where members are arrested or killed, or leave, so are operators: there
    are never more than the usual share.
    """
    usual = params.operator_share * state.members
    appointed = params.operator_replacement * state.integrity * jnp.maximum(usual - state.operators, 0)
    left = jnp.minimum((1 - controls.sweep) * (1 + growth) * state.operators + appointed, usual)
    return replace(state, operators=left)


def sweeps(
    state: State, everywhere: Float[Array, "group replicate"], controls: Controls, params: Params
) -> tuple[State, Float[Array, "group replicate"], Float[Array, "group replicate"]]:
    """Of the operators `everywhere` who are swept, 1 - impunity are convicted, and may testify.

    Returns the state, the swept and the convicted, in persons.
    """
    swept = controls.sweep * everywhere
    convicted = (1 - impunity(controls, params)) * swept
    return replace(state, testimony=state.testimony + convicted), swept, convicted
