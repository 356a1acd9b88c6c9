"""Process 14: what places, people and the state remember."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.processes.presence import presence
from contagion.state import Controls, Params, Region, State

YEAR = 52.1775  # weeks


def annual_rate(homicides: Float[Array, "place replicate"], region: Region) -> Float[Array, "place replicate"]:
    """Homicides per week as homicides per 100,000 residents and year."""
    return homicides * (YEAR * 1e5) / region.population[:, None]


def reported(
    homicides: Float[Array, "place replicate"], params: Params, region: Region
) -> Float[Array, "place replicate"]:
    """Homicides that reach the record: y / (1 + rate / rate_half), fewer where violence is high. Assumed."""
    return homicides / (1 + annual_rate(homicides, region) / params.reporting_half)


def attributed(killings: Float[Array, "group replicate"], params: Params) -> Float[Array, "group replicate"]:
    """Killings as an authority attributes them: a share of errors falls on all groups alike. Assumed."""
    error = params.attribution_error
    return (1 - error) * killings + error * killings.mean(axis=0)


def deterrence_of(state: State, params: Params, region: Region) -> Float[Array, "place replicate"]:
    """The deterrence at which a lasting presence settles: presence / (presence + presence_half)."""
    present = presence(state, region)
    return present / (present + params.presence_half)


def trust_of(
    homicides: Float[Array, "place replicate"], params: Params, region: Region
) -> Float[Array, "place replicate"]:
    """The trust at which a lasting homicide rate settles: 1 / (1 + rate / rate_half). Assumed."""
    return 1 / (1 + annual_rate(homicides, region) / params.trust_half)


def deploy(state: State, controls: Controls, region: Region, params: Params) -> State:
    """Forces take their places and deterrence follows them slowly; police gain capability or lose it.

    D <- D + (D* - D) / tau_D + rebound min(0, change of D*): what is withdrawn takes `rebound` times itself along at
    once. q <- q + growth (1 - q) - (q - q(0)) / tau_q.
    """
    before = deterrence_of(state, params, region)
    kept = 1 - jnp.clip(controls.withdrawal, 0, 1)
    gained = controls.capability * (1 - state.capability)
    lost = (state.capability - region.capability[:, None]) / params.capability_weeks
    deployed = replace(
        state,
        military=kept * jnp.maximum(region.military[:, None] + controls.military, 0),
        police=jnp.maximum(region.police[:, None] + controls.police, 0),
        capability=jnp.clip(state.capability + gained - lost, 0, 1),
    )
    after = deterrence_of(deployed, params, region)
    deterrence = (
        state.deterrence
        + (after - state.deterrence) / params.deterrence_weeks
        + params.rebound * jnp.minimum(after - before, 0)
    )
    return replace(deployed, deterrence=deterrence)


def remember(
    state: State,
    homicides: Float[Array, "place replicate"],
    conflict_homicides: Float[Array, "place replicate"],
    killings: Float[Array, "group replicate"],
    params: Params,
    region: Region,
) -> State:
    """Memories move towards what happened: retaliation, trust, displacement, and the authority's records.

    E <- E + (y - E) / tau_E; T <- T + (T*(rate) - T) / tau_T; U <- U (1 - 1/tau_U) + delta c, at most
    everybody; records are exponential means of what was reported and attributed.
    """
    window = params.recording_weeks
    displaced = state.displaced * (1 - 1 / params.return_weeks) + params.displacement * conflict_homicides
    recorded = reported(homicides, params, region)
    return replace(
        state,
        retaliation=state.retaliation + (homicides - state.retaliation) / params.retaliation_weeks,
        trust=state.trust + (trust_of(homicides, params, region) - state.trust) / params.trust_weeks,
        displaced=jnp.minimum(displaced, region.population[:, None]),
        recorded=state.recorded + (recorded - state.recorded) / window,
        attributed=state.attributed + (attributed(killings, params) - state.attributed) / window,
    )
