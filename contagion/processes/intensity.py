"""Process 12: expected homicides."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.generators import normal
from contagion.params import Params
from contagion.processes.neighbours import neighbour_mean
from contagion.state import Background, Region, State


def intensity(
    state: State,
    conflict_homicides: Float[Array, "place replicate"],
    clash_homicides: Float[Array, "place replicate"],
    background: Background,
    params: Params,
    region: Region,
) -> Float[Array, "place replicate"]:
    """lambda_m = endemic_m (N_m - U_m) + c_m + clashes_m + k1 E_m + k2 sum_n W_mn E_n, before shared shocks."""
    endemic = background.endemic * (region.population[:, None] - state.displaced)
    return endemic + conflict_homicides + clash_homicides + contagion(state.retaliation, params, region)


def contagion(
    homicides: Float[Array, "place replicate"], params: Params, region: Region
) -> Float[Array, "place replicate"]:
    """k1 E_m + k2 sum_n W_mn E_n: homicides that follow from remembered ones; none where the channel is off."""
    spread = params.retaliation * homicides + params.spillover * neighbour_mean(region, homicides)
    return params.contagion_channel * spread


def shared_shock(state: State, params: Params, region: Region) -> Float[Array, "place replicate"]:
    """exp(z_nation + z_state(m)), the factor of mean one that the places of a state share."""
    nation, states = params.national_noise, params.state_noise
    shock = nation * state.nation_noise + states * state.state_noise - (nation**2 + states**2) / 2
    return jnp.exp(shock)[region.state]


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
) -> tuple[Float[Array, " replicate"], Float[Array, "state replicate"]]:
    states, dtype = state.state_noise.shape[0], state.state_noise.dtype
    drawn = normal(keys, (states + 1,), dtype)
    return drawn[0], drawn[1:]
