"""Shared shocks of process 12, common to all places or to the places of a state."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.kernel.numerics.random import normal
from contagion.kernel.params import Params
from contagion.kernel.region import Region
from contagion.kernel.state import State


def shared_shock(state: State, params: Params, region: Region) -> Float[Array, "place replicate"]:
    """exp(z_nation + z_state(m)), the factor of mean one that the places of a state share."""
    nation, states = params.national_noise, params.state_noise
    shock = nation * state.nation_noise + states * state.state_noise - (nation**2 + states**2) / 2
    return jnp.exp(shock)[region.province]


def first_noise(state: State, keys: Key[Array, " replicate"]) -> State:
    """Shared shocks at the start, of unit variance."""
    nation, states = _normal(state, keys)
    return replace(state, nation_noise=nation, state_noise=states)


def next_noise(state: State, keys: Key[Array, " replicate"], params: Params) -> State:
    """First-order autoregressive shocks shared by all places and by the places of a state.

    z <- r z + sqrt(1 - r^2) e, e ~ N(0, 1): of unit variance at every step. Without them the spread of
    national totals over replicates is far narrower than the recorded one from year to year.
    """
    nation, states = _normal(state, keys)
    kept, new = params.noise_persistence, jnp.sqrt(1 - params.noise_persistence**2)
    return replace(
        state,
        nation_noise=kept * state.nation_noise + new * nation,
        state_noise=kept * state.state_noise + new * states,
    )


def _normal(
    state: State, keys: Key[Array, " replicate"]
) -> tuple[Float[Array, " replicate"], Float[Array, "province replicate"]]:
    states, dtype = state.state_noise.shape[0], state.state_noise.dtype
    drawn = normal(keys, (states + 1,), dtype)
    return drawn[0], drawn[1:]
