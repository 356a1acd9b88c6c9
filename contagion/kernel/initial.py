"""The start of a run: the model, the first state, and constants derived from it."""

from dataclasses import replace
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.kernel.controls import Controls
from contagion.kernel.intervention import Intervention, Memory
from contagion.kernel.numerics.random import stream
from contagion.kernel.numerics.sums import over_groups, over_places
from contagion.kernel.params import Params
from contagion.kernel.processes.clashes import abuse
from contagion.kernel.processes.conflict import TINY, conflict, pressure, rivals
from contagion.kernel.processes.intensity import contagion
from contagion.kernel.processes.memory import attributed, deterrence_of, guesses, trust_of
from contagion.kernel.processes.observation import observe
from contagion.kernel.processes.shared_noise import first_noise
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import Observation, State

BEFORE = 2**31 - 1  # stands for the week before the first in random keys
STEPS = 20  # of Newton's method for contact: far more than it takes
HIGHEST = 100.0  # contact relative to that without end of room


class Model(eqx.Module):
    """One strategy in one region under one set of parameters."""

    region: Region
    params: Params
    interventions: tuple[Intervention, ...]


class Carry(eqx.Module):
    """What goes from one step to the next."""

    state: State
    memories: tuple[Memory, ...]


def contact_and_room(
    params: Params, state: State, free: Float[Array, "place replicate"]
) -> tuple[Float[Array, "place replicate"], Float[Array, "place replicate"]]:
    """Contact and room, by which conflict at the start is that of the national law, theta sum_gh H_gh C_g C_h.

    Room is the most that a member loses: at the start, the homicides recorded in a place that nothing else explains,
    `free`, shared over the members there, S_m; where nobody is, over as many as a usual place has (assumed). Contact is
    theta' / (1 + u / r), u what theta' would cause there and r the room, so that no place starts full; and theta' makes
    the country lose as many as the law says, or as near as room allows. Without any fighting it is theta.
    """
    members, totals = over_groups(state.members), over_places(state.members)
    country = totals.sum(axis=0)
    occupied = members > 0
    usual = country / jnp.maximum(occupied.sum(axis=0), 1)
    most = free / jnp.where(occupied, members, jnp.where(usual > 0, usual, 1))
    faced = rivals(state.hostility, state.members, totals, totals, jnp.maximum(members, TINY), params)
    law = params.conflict * over_groups(totals[None] * pressure(state.hostility, totals[None]))[0]
    everyone = country * over_places(over_groups(state.members * faced))
    least = jnp.where(everyone > 0, law / jnp.where(everyone > 0, everyone, 1), params.conflict)

    usually = over_groups(state.members * faced) / jnp.maximum(members, TINY)

    def fitting(contact):
        return contact / (1 + contact * country * usually / jnp.maximum(most, TINY))

    def losses(contact):
        return over_places(
            over_groups(state.members * jnp.minimum((fitting(contact) * country)[:, None] * faced, most[:, None]))
        )

    def raised(_, contact):
        """One step of Newton's method, which comes from below as losses are concave in contact."""
        lost, slope = jax.jvp(losses, (contact,), (jnp.ones_like(contact),))
        return jnp.clip(contact + (law - lost) / jnp.maximum(slope, TINY), least, HIGHEST * least)

    return fitting(jax.lax.fori_loop(0, STEPS, raised, least)), most / jnp.where(country > 0, country, 1)


def init(
    model: Model, replicates: int, keys: Key[Array, " replicate"] | None = None, anchored: bool = False
) -> tuple[Carry, Constants]:
    """What a run starts with.

    Parameters
    ----------
    model
        Region, parameters and interventions.
    replicates
        Length of the replicate axis, which is last in every array.
    keys
        Key of each replicate, from `replicate_keys`; None is the deterministic mode.
    anchored
        Whether homicides are counted around levels from outside the mechanism.

    Returns
    -------
    Carry
        State and memories of the interventions before week 0.
    Constants
        What follows from region and parameters for the whole run.
    """
    state, constants, view = first_state(model.region, model.params, replicates, keys)
    if anchored:
        state = replace(state, excitation=jnp.copy(constants.expected))
    return Carry(state, first_memories(model.interventions, model.region, view)), constants


@jax.jit
def first_memories(interventions: tuple[Intervention, ...], region: Region, view: Observation) -> tuple[Memory, ...]:
    """What interventions remember at the start."""
    return tuple(intervention.init_memory(region, view) for intervention in interventions)


@partial(jax.jit, static_argnames="replicates")
def first_state(
    region: Region, params: Params, replicates: int, keys: Key[Array, " replicate"] | None
) -> tuple[State, Constants, Observation]:
    """The state at the start, what follows from it for good, and what an authority sees of it.

    Every place starts at its recorded homicides: what conflict, retaliation and spillover do not explain is
    endemic, at least a floor. Where contagion alone explains more than was recorded, the start lies above it.
    Whatever the strategy, it is the same and compiled once.
    """

    def spread(values: Float[Array, "..."]) -> Float[Array, "... replicate"]:
        return jnp.broadcast_to(jnp.asarray(values)[..., None], (*values.shape, replicates))

    groups, places = region.members.shape
    members = spread(region.members.T)
    none = jnp.zeros((places, replicates), members.dtype)
    homicides = spread(region.homicides)
    state = State(
        members=members,
        operators=params.operator_share * members,
        integrity=jnp.ones((groups, replicates), members.dtype),
        shock=jnp.zeros((groups, replicates), members.dtype),
        site=none,
        parent=jnp.full((groups, replicates), -1, jnp.int32),
        hostility=spread(region.hostility),
        retaliation=homicides,
        military=spread(region.military),
        police=spread(region.police),
        arrivals=none,
        capability=spread(region.capability),
        deterrence=none,
        trust=none,
        displaced=none,
        recent=homicides,
        attributed=jnp.zeros((groups, replicates), members.dtype),
        support=none,
        crowding=jnp.ones(replicates, members.dtype),
        nation_noise=jnp.zeros(replicates, members.dtype),
        state_noise=jnp.zeros((region.provinces, replicates), members.dtype),
    )
    if keys is not None:  # shocks are as spread at the start as at any time
        state = first_noise(state, stream(keys, BEFORE))
    deterrence = deterrence_of(state, params, region)
    trust = trust_of(homicides, abuse(state, Controls(), params), params, region)
    state = replace(state, deterrence=deterrence, trust=trust)
    floor = params.endemic_floor * homicides
    spread_on = contagion(homicides, params, region)
    theta, room = contact_and_room(params, state, free=jnp.maximum(homicides - spread_on - floor, 0))
    constants = Constants(contact=theta, room=room, endemic=none, deterrence=deterrence, expected=none)
    _, killed = conflict(state, over_places(members), constants, Controls().ranked(members.dtype), params, region)
    state = replace(state, attributed=attributed(over_places(killed), guesses(state, None), params))
    endemic = jnp.maximum(homicides - spread_on - over_groups(killed), floor)
    expected = endemic + over_groups(killed) + spread_on
    constants = replace(constants, endemic=endemic / region.population[:, None], expected=expected)
    return state, constants, observe(state, params, region, None)
