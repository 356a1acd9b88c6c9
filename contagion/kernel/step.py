"""One week: the processes of the model in their order."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from contagion.kernel.controls import Controls
from contagion.kernel.flows import Flows
from contagion.kernel.intervention import Intervention, Memory
from contagion.kernel.numerics.random import stream, streams
from contagion.kernel.numerics.sums import over_groups, over_places
from contagion.kernel.params import Params
from contagion.kernel.processes.absorption import absorption
from contagion.kernel.processes.accounts import booked, harms
from contagion.kernel.processes.anchor import AnchorOfWeek
from contagion.kernel.processes.clashes import abuse, clashes, criminal_control
from contagion.kernel.processes.command import command, strength
from contagion.kernel.processes.conflict import conflict
from contagion.kernel.processes.corruption import corruption
from contagion.kernel.processes.demobilisation import demobilisation, departing
from contagion.kernel.processes.entry import entry
from contagion.kernel.processes.fragmentation import fragmentation
from contagion.kernel.processes.homicides import anchored_homicides, homicides
from contagion.kernel.processes.incapacitation import incapacitation
from contagion.kernel.processes.intensity import intensity
from contagion.kernel.processes.leadership import leadership
from contagion.kernel.processes.memory import attributed, deploy, guesses, remember
from contagion.kernel.processes.observation import observe
from contagion.kernel.processes.operators import operators
from contagion.kernel.processes.raids import raids
from contagion.kernel.processes.recruitment import recruitment
from contagion.kernel.processes.relocation import EVERY, relocation
from contagion.kernel.processes.saturation import saturation
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State

# One stream of random numbers per process that draws; those of the last two are drawn where they are needed.
COUNTS, NOISE, ATTRIBUTION, SPLITS, MOVES, ENTRIES, DECISIONS, RAIDS = range(8)
FORCES = ("military", "police", "capability", "withdrawal")


def control(
    interventions: tuple[Intervention, ...],
    memories: tuple[Memory, ...],
    state: State,
    params: Params,
    region: Region,
    week: Int[Array, ""],
    keys: Key[Array, " replicate"] | None,
) -> tuple[Controls, tuple[Memory, ...]]:
    """Processes 1 and 2: every intervention acts on what it sees, and what they do combines."""
    view = observe(state, params, region, stream(keys, DECISIONS))
    controls, remembered = Controls(), []
    for intervention, memory in zip(interventions, memories, strict=True):
        returned, kept = intervention.act(memory, view, region, week)
        controls = controls.combine(returned)
        remembered.append(kept)
    ranked = controls.ranked(state.shock.dtype)
    # Spread over places, what `deploy` takes is rounded alike under every strategy.
    forces = {name: jnp.broadcast_to(getattr(ranked, name), state.military.shape) for name in FORCES}
    return replace(ranked, **forces), tuple(remembered)


def step(
    state: State,
    controls: Controls,
    constants: Constants,
    params: Params,
    region: Region,
    week: Int[Array, ""],
    keys: Key[Array, " replicate"] | None,
    anchor: AnchorOfWeek | None = None,
) -> tuple[State, Flows, Float[Array, "place replicate"] | None]:
    """Processes 3 to 14. `keys` holds one key per replicate and week; None is the deterministic mode.

    Returns the state, what happened, and the homicides that the mechanism expects, where counts have an anchor.
    """
    drawn = streams(keys, DECISIONS)
    state = deploy(state, controls, region, params)
    everywhere = over_places(state.members)
    commanded = command(everywhere, over_places(state.operators), params)
    controls = replace(controls, site=raids(state, controls, region, stream(keys, RAIDS)))
    state = leadership(state, commanded, controls, params)
    state, splits, blocked_splits = fragmentation(state, params, region, drawn[SPLITS])
    state, recruits = recruitment(state, controls, params, region)
    state, incapacitated, convicted = incapacitation(state, controls, params, region)
    state, killed = conflict(state, everywhere, strength(commanded, params), constants, controls, params, region)
    controlled, members = criminal_control(state, strength(commanded, params), params), over_places(state.members)
    state, clash_homicides, killed_by_state, confrontations = clashes(state, controlled, controls, params, region)
    state = corruption(state, controlled, constants, controls, params, region)
    abuses = abuse(state, controls, params)
    members, middle_layer = jnp.maximum(members - killed_by_state, 0), over_places(state.operators)
    state, left, killed_for_leaving, retribution = demobilisation(state, members, controls, params)
    state, dropouts = saturation(state, members - left, params)
    growth = recruits / jnp.maximum(everywhere, 1)
    state, swept, sentenced = operators(state, (1 - departing(controls)) * middle_layer, growth, controls, params)
    state, moved = _moves(state, commanded, constants, params, region, week, drawn)

    fought = constants.per_casualty * over_groups(killed) + retribution
    killed_of_group = killed.sum(axis=0) + killed_for_leaving
    expected, following = intensity(state, fought, clash_homicides, constants, params, region)
    count = homicides if anchor is None else partial(anchored_homicides, anchor, constants)
    state, counted, scale = count(state, expected, following, params, region, drawn[NOISE], drawn[COUNTS])
    fought, clash_homicides = scale * fought, scale * clash_homicides
    killings = attributed(killed_of_group, guesses(state, drawn[ATTRIBUTION]), params)
    state = remember(state, counted, abuses, fought + clash_homicides, killings, controls, params, region)
    flows = Flows(
        **booked(state, controlled, controls, params, region),
        homicides=counted,
        conflict_homicides=fought,
        clash_homicides=clash_homicides,
        abuses=abuses,
        confrontations=confrontations,
        **harms(fought, killed_by_state, confrontations, params),
        demobilised=left - killed_for_leaving,
        recruits=recruits,
        incapacitated=incapacitated,
        convicted=convicted + sentenced,
        killed=killed_of_group,
        killed_by_state=killed_by_state,
        dropouts=dropouts,
        swept=swept,
        **moved,
        splits=splits,
        blocked_splits=blocked_splits,
    )
    return state, flows, None if anchor is None else expected + following


def _moves(
    state: State,
    commanded: Float[Array, "group replicate"],
    constants: Constants,
    params: Params,
    region: Region,
    week: Int[Array, ""],
    drawn: Sequence[Key[Array, " replicate"] | None],
) -> tuple[State, dict[str, Float[Array, "group replicate"]]]:
    """Relocation, new entry and absorption, decided every few weeks; the state, and what happened by name."""

    def decide(state):
        state, relocated = relocation(state, constants, params, region, drawn[MOVES])
        state, entries = entry(state, commanded, params, region, drawn[ENTRIES])
        state, defected, absorbed = absorption(state, commanded, params)
        return state, dict(relocated=relocated, entries=entries, defected=defected, absorbed=absorbed)

    def stay(state):
        return state, dict.fromkeys(("relocated", "entries", "defected", "absorbed"), jnp.zeros_like(state.shock))

    return jax.lax.cond(week % EVERY == EVERY - 1, decide, stay, state)
