"""Process 5: recruitment of rank and file."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.state import Controls, Params, Region, State


def recruitment(
    state: State, controls: Controls, params: Params, region: Region
) -> tuple[State, Float[Array, "group replicate"]]:
    """Operators recruit: R = rho v_m Q(O/S) S with Q(x) = [x/(x + x0)] / [x*/(x* + x0)].

    Q is 1 at the usual share x* of operators and falls when the middle layer is thinned out. Written in
    persons, x/(x + x0) = O/(O + x0 S), which needs no division by an empty group.

    Returns the state and the recruits in persons.
    """
    half = params.operator_share_half
    usual = params.operator_share / (params.operator_share + half)
    supply = state.operators + half * state.members
    quality = jnp.where(supply > 0, state.operators / jnp.where(supply > 0, supply, 1) / usual, 1)
    rate = params.recruitment * (region.vulnerability[:, None] * controls.recruitment)[:, None] * quality
    recruits = rate * state.members
    return replace(state, members=state.members + recruits), recruits.sum(axis=0)
