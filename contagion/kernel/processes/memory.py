"""Process 14: what places, people and the state remember."""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.fractions import fraction
from contagion.kernel.numerics.random import exponential
from contagion.kernel.params import Params
from contagion.kernel.processes.presence import presence
from contagion.kernel.region import Region
from contagion.kernel.state import State
from contagion.kernel.units import WEEKS_OF_YEAR


def annual_rate(homicides: Float[Array, "place replicate"], region: Region) -> Float[Array, "place replicate"]:
    """Events per week as events per 100,000 residents and year."""
    return homicides * (WEEKS_OF_YEAR * 1e5) / region.population[:, None]


def completeness(
    homicides: Float[Array, "place replicate"], support: Float[Array, "place replicate"], params: Params, region: Region
) -> Float[Array, "place replicate"]:
    """Share of recent homicides a week that reaches the record: 1 - (1 - support) rate / (rate + rate_half). Assumed.

    Less where violence is high and nobody supports the state. It takes a mean over weeks, not one week's count: in a
    small place a single homicide would read as an extreme rate.
    """
    return 1 - (1 - support) * extreme(annual_rate(homicides, region), params.reporting_half)


def extreme(rate: Float[Array, "place replicate"], half: Float[Array, "..."]) -> Float[Array, "place replicate"]:
    """How extreme a rate of homicides is, rate / (rate + half), 0..1."""
    return rate / (rate + half)


def attributed(
    killings: Float[Array, "group replicate"], guesses: Float[Array, "group replicate"], params: Params
) -> Float[Array, "group replicate"]:
    """Killings as an authority attributes them: a share of errors goes to groups by `guesses`. Assumed."""
    error = params.attribution_error
    return (1 - error) * killings + error * killings.sum(axis=0) * guesses


def guesses(
    members: Float[Array, "group replicate"], keys: Key[Array, " replicate"] | None
) -> Float[Array, "group replicate"]:
    """Shares of groups with members in what is attributed at random, uniform on the simplex; equal without keys."""
    present = (members > 0).astype(members.dtype)
    if keys is not None:
        present = present * exponential(keys, present.shape[:1], present.dtype)
    return fraction(present, present.sum(axis=0))


def deterrence_of(state: State, params: Params, region: Region) -> Float[Array, "place replicate"]:
    """The deterrence at which a lasting presence settles: presence / (presence + presence_half)."""
    present = presence(state, region)
    return present / (present + params.presence_half)


def trust_of(
    homicides: Float[Array, "place replicate"], abuses: Float[Array, "place replicate"], params: Params, region: Region
) -> Float[Array, "place replicate"]:
    """The trust at which lasting rates of homicide and abuse settle: 1 / (1 + rate / half + abuse / half). Assumed."""
    violence = annual_rate(homicides, region) / params.trust_half
    return 1 / (1 + violence + annual_rate(abuses, region) / params.abuse_half)


def deploy(state: State, controls: Controls, region: Region, params: Params) -> State:
    """Forces take their places and deterrence follows them slowly; police gain capability or lose it.

    D <- D + (D* - D) / tau_D + rebound min(0, change of D*): what is withdrawn takes `rebound` times itself along at
    once. q <- q + growth (1 - q) - (q - q(0)) / tau_q; negative growth takes a share of q. Military
    who arrive are new to a place for a time:
    A <- A (1 - 1/tau_A) + max(0, change of F_mil).
    """
    before = deterrence_of(state, params, region)
    kept = 1 - jnp.clip(controls.withdrawal, 0, 1)
    growth = controls.capability
    gained = jnp.maximum(growth, 0) * (1 - state.capability) + jnp.minimum(growth, 0) * state.capability
    lost = (state.capability - region.capability[:, None]) / params.capability_weeks
    military = kept * jnp.maximum(region.military[:, None] + controls.military, 0)
    police = jnp.maximum(region.police[:, None] + controls.police, 0)
    deployed = replace(
        state,
        military=jnp.broadcast_to(military, state.military.shape),
        arrivals=state.arrivals * (1 - 1 / params.clash_weeks) + jnp.maximum(military - state.military, 0),
        police=jnp.broadcast_to(police, state.police.shape),
        capability=jnp.clip(state.capability + gained - lost, 0, 1),
    )
    after = deterrence_of(deployed, params, region)
    deterrence = (
        state.deterrence
        + (after - state.deterrence) / params.deterrence_weeks
        + params.rebound * jnp.minimum(after - before, 0)
    )
    return replace(deployed, deterrence=jnp.clip(deterrence, 0, 1))


@jax.named_scope("remember")
def remember(
    state: State,
    homicides: Float[Array, "place replicate"],
    abuses: Float[Array, "place replicate"],
    fought: Float[Array, "place replicate"],
    killings: Float[Array, "group replicate"],
    controls: Controls,
    params: Params,
    region: Region,
) -> State:
    """Memories move towards what happened: retaliation, trust, displacement, and what an authority reads.

    E <- E + (y - E) / tau_E; T <- T + (T*(E, abuses) - T) / tau_T; U <- U (1 - 1/tau_U) + delta c, at most
    everybody, c those killed in what was `fought` between groups and with the state; recent homicides and attributed
    `killings` are exponential means. Support G, earned by programmes, adds its share of the gap to full trust and fades
    or is beaten down: T* <- T* + G (1 - T*), G <- G + gain (1 - G) - G / tau_G - intimidation G rate / (rate + half).
    """
    window = params.recording_weeks
    displaced = state.displaced * (1 - 1 / params.return_weeks) + params.displacement * fought
    retaliation = state.retaliation + (homicides - state.retaliation) / params.retaliation_weeks
    settled = trust_of(retaliation, abuses, params, region)
    settled = settled + state.support * (1 - settled)
    beaten_down = params.intimidation * extreme(annual_rate(retaliation, region), params.trust_half)
    gained = controls.support * (1 - state.support)
    support = state.support + gained - (1 / params.support_weeks + beaten_down) * state.support
    return replace(
        state,
        retaliation=retaliation,
        trust=state.trust + (settled - state.trust) / params.trust_weeks,
        support=jnp.clip(support, 0, 1),
        agreement=jnp.broadcast_to(controls.ledger.agreement, state.agreement.shape),
        displaced=jnp.minimum(displaced, region.population[:, None]),
        recent=state.recent + (homicides - state.recent) / window,
        attributed=state.attributed + (killings - state.attributed) / window,
    )
