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
from contagion.kernel.numerics.sums import over_groups, over_places, totals_of
from contagion.kernel.params import Params
from contagion.kernel.processes.clashes import abuse, criminal_control
from contagion.kernel.processes.conflict import conflict
from contagion.kernel.processes.contact import contact_and_room
from contagion.kernel.processes.intensity import contagion
from contagion.kernel.processes.memory import attributed, deterrence_of, guesses, trust_of
from contagion.kernel.processes.observation import observe
from contagion.kernel.processes.shared_noise import first_noise
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import Observation, State, Totals

BEFORE = 2**31 - 1  # stands for the week before the first in random keys


class Model(eqx.Module):
    """One strategy in one region under one set of parameters."""

    region: Region
    params: Params
    interventions: tuple[Intervention, ...]


class Carry(eqx.Module):
    """What goes from one step to the next."""

    state: State
    totals: Totals
    memories: tuple[Memory, ...]


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
    return Carry(state, totals_of(state), first_memories(model.interventions, model.region, view)), constants


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
        testimony=jnp.zeros((groups, replicates), members.dtype),
        renewed=jnp.zeros((groups, replicates), members.dtype),
        support=none,
        agreement=jnp.zeros(replicates, members.dtype),
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
    first = jnp.maximum(homicides - spread_on, 0)
    contact, room, per_casualty = contact_and_room(params, region, state, first, jnp.maximum(first - floor, 0))
    nothing, usual = Controls().ranked(members.dtype), jnp.ones_like(state.shock)
    controlled = criminal_control(state, usual, params)
    constants = Constants(contact, room, per_casualty, none, deterrence, controlled, expected=none)
    everywhere = over_places(members)
    _, killed = conflict(state, everywhere, usual, constants, nothing, params, region)
    state = replace(state, attributed=attributed(over_places(killed), guesses(everywhere, None), params))
    fought = per_casualty * over_groups(killed)
    endemic = jnp.maximum(homicides - spread_on - fought, floor)
    expected = endemic + fought + spread_on
    constants = replace(constants, endemic=endemic / region.population[:, None], expected=expected)
    return state, constants, observe(state, params, region, None)
