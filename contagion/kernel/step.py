"""One week: the processes of the model in their order."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from contagion.kernel.controls import Controls
from contagion.kernel.flows import Flows
from contagion.kernel.intervention import Intervention, Memory
from contagion.kernel.numerics.random import stream, streams
from contagion.kernel.numerics.sums import over_groups, totals_of
from contagion.kernel.numerics.tiles import within_places
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
from contagion.kernel.processes.fragmentation import Division, divided, fragmentation
from contagion.kernel.processes.homicides import anchored_homicides, homicides
from contagion.kernel.processes.incapacitation import exposed, impunity, incapacitation, prisons
from contagion.kernel.processes.intensity import intensity
from contagion.kernel.processes.leadership import leadership, unsettled
from contagion.kernel.processes.memory import attributed, deploy, guesses, remember
from contagion.kernel.processes.observation import observe
from contagion.kernel.processes.operators import operators, sweeps
from contagion.kernel.processes.raids import raids
from contagion.kernel.processes.recruitment import recruitment
from contagion.kernel.processes.relocation import EVERY, relocation
from contagion.kernel.processes.saturation import saturated, saturation
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State, Totals
from contagion.kernel.xla import every_few, in_tile, on_cpu

# One stream of random numbers per process that draws; those of the last two are drawn where they are needed.
COUNTS, NOISE, ATTRIBUTION, SPLITS, MOVES, ENTRIES, DECISIONS, RAIDS = range(8)
MOVED = ("relocated", "entries", "defected", "absorbed")
FOUGHT = ("members", "operators", "capability", "site")
DEPLOYED = ("military", "arrivals", "police", "capability", "deterrence")
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
    if on_cpu():  # spread over places, what `deploy` takes is rounded alike under every strategy
        forces = {name: jnp.broadcast_to(getattr(ranked, name), state.military.shape) for name in FORCES}
        ranked = replace(ranked, **forces)
    return ranked, tuple(remembered)


class Whole(eqx.Module):
    """What decides in places and is known of all of them together."""

    everywhere: Float[Array, "group replicate"]  # members when the week begins, persons
    effective: Float[Array, "group replicate"]  # members per member, as their groups are commanded
    division: Division | None  # who is still to leave
    exposed: Float[Array, " replicate"] | None = None  # members by how they are exposed to arrest


def recruiting(
    state: State, whole: Whole, controls: Controls, params: Params, region: Region
) -> tuple[dict[str, Array], Array, tuple[Array, Array]]:
    """Forces and recruits, and what has to be known of all places before anybody is arrested."""
    state = deploy(state, controls, region, params)
    state, recruits = recruitment(divided(state, whole.division), controls, params, region)
    kept = DEPLOYED if in_tile() else (*DEPLOYED, "members", "operators")  # which a tile computes again
    return {name: getattr(state, name) for name in kept}, recruits, (exposed(state, controls, region), state.operators)


def fighting(
    state: State, whole: Whole, constants: Constants, controls: Controls, params: Params, region: Region
) -> tuple[dict[str, Any], tuple[Array, ...], Array]:
    """Processes 6 to 8 within places: the state, who was arrested and killed, and the members before clashes."""
    assert whole.exposed is not None
    if in_tile():
        state, _ = recruitment(divided(state, whole.division), controls, params, region)
    state = unsettled(state, controls, params)
    state, arrested = incapacitation(state, whole.exposed, controls, params, region)
    state, killed = conflict(state, whole.everywhere, whole.effective, constants, controls, params, region)
    controlled, members = criminal_control(state, whole.effective, params), state.members
    state, dead, killed_by_state, confronted = clashes(state, controlled, controls, params, region)
    state = corruption(state, controlled, constants, controls, params, region)
    here = {name: getattr(state, name) for name in FOUGHT}
    here |= dict(controlled=controlled, casualties=over_groups(killed), dead=dead)
    return here, (arrested, killed, killed_by_state, confronted), members


def leaving(
    state: State,
    controls: Controls,
    params: Params,
    saturating: Float[Array, "group replicate"],
    growth: Float[Array, "group replicate"],
) -> tuple[dict[str, Any], tuple[()], tuple[Array, Array]]:
    """Processes 9 and 10 within places, after those who leave crime; members and operators who remain, and the killed.

    Takes the share of each group that drops out, and its `growth` by recruits.
    """
    state, killed = demobilisation(state, controls, params)
    state = operators(saturation(state, saturating), growth, controls, params)
    return dict(members=state.members, operators=state.operators, killed=killed), (), (state.members, state.operators)


def step(
    state: State,
    totals: Totals,
    controls: Controls,
    constants: Constants,
    params: Params,
    region: Region,
    week: Int[Array, ""],
    keys: Key[Array, " replicate"] | None,
    anchor: AnchorOfWeek | None = None,
) -> tuple[State, Totals, Flows, Float[Array, "place replicate"] | None]:
    """Processes 3 to 14. `keys` holds one key per replicate and week; None is the deterministic mode.

    Takes and returns the state and its `totals`, whose sums the last pass over members makes on its way; returns what
    happened, and the homicides that the mechanism expects, where counts have an anchor.
    """
    drawn = streams(keys, DECISIONS)
    commanded = command(totals.members, totals.operators, params)
    controls = replace(controls, site=raids(state, controls, region, stream(keys, RAIDS)))
    state = leadership(state, commanded, totals.operators, controls, params)
    state, division, splits, blocked_splits = fragmentation(state, totals, params, region, drawn[SPLITS])
    whole = Whole(totals.members, strength(commanded, params), division)
    deployed, recruits, (at_risk, middle_layer) = within_places(recruiting, (state, whole, controls, params, region))
    state, whole = replace(state, **deployed), replace(whole, exposed=at_risk)
    here, of_groups, members = within_places(fighting, (state, whole, constants, controls, params, region))
    incapacitated, killed, killed_by_state, confronted = of_groups
    members = jnp.maximum(members - killed_by_state, 0)
    state = prisons(replace(state, **{name: here[name] for name in FOUGHT}), controls, params)
    confrontations = confronted / params.deaths_per_clash
    abuses = abuse(state, controls, params)
    left = departing(controls) * members
    saturating, growth = saturated(members - left, params), recruits / jnp.maximum(totals.members, 1)
    kept, _, remaining = within_places(leaving, (state, controls, params), (), (saturating, growth))
    state, totals = replace(state, members=kept["members"], operators=kept["operators"]), Totals(*remaining)
    state, swept, sentenced = sweeps(state, (1 - departing(controls)) * middle_layer, controls, params)
    state, totals, moved = _moves(state, totals, commanded, constants, params, region, week, drawn)
    fought = constants.per_casualty * here["casualties"] + kept["killed"]
    killed_of_group = killed + params.retribution * left
    expected, following = intensity(state, fought, here["dead"], constants, params, region)
    count = homicides if anchor is None else partial(anchored_homicides, anchor, constants)
    state, counted, scale = count(state, expected, following, params, region, drawn[NOISE], drawn[COUNTS])
    fought, clash_homicides = scale * fought, scale * here["dead"]
    killings = attributed(killed_of_group, guesses(totals.members, drawn[ATTRIBUTION]), params)
    state = remember(state, counted, abuses, fought + clash_homicides, killings, controls, params, region)
    flows = Flows(
        **booked(state, here["controlled"], controls, params, region),
        homicides=counted,
        conflict_homicides=fought,
        clash_homicides=clash_homicides,
        abuses=abuses,
        confrontations=confrontations,
        **harms(fought, killed_by_state, confrontations, params),
        demobilised=(1 - params.retribution) * left,
        recruits=recruits,
        incapacitated=incapacitated,
        convicted=(1 - impunity(controls, params)) * incapacitated + sentenced,
        killed=killed_of_group,
        killed_by_state=killed_by_state,
        dropouts=saturating * (members - left),
        swept=swept,
        **moved,
        splits=splits,
        blocked_splits=blocked_splits,
    )
    return state, totals, flows, None if anchor is None else expected + following


def _moves(
    state: State,
    totals: Totals,
    commanded: Float[Array, "group replicate"],
    constants: Constants,
    params: Params,
    region: Region,
    week: Int[Array, ""],
    drawn: Sequence[Key[Array, " replicate"] | None],
) -> tuple[State, Totals, dict[str, Float[Array, "group replicate"]]]:
    """Relocation, new entry and absorption, every few weeks; the state, its totals, and what happened by name."""

    def decide(moving):
        state, *_ = moving
        state, relocated = relocation(state, constants, params, region, drawn[MOVES])
        state, entries = entry(state, commanded, params, region, drawn[ENTRIES])
        state, defected, absorbed = absorption(state, commanded, params)
        return state, totals_of(state), jnp.stack([relocated, entries, defected, absorbed])

    nothing = jnp.zeros((len(MOVED), *state.shock.shape), state.shock.dtype)
    state, totals, moved = every_few(week % EVERY == EVERY - 1, decide, (state, totals, nothing))
    return state, totals, dict(zip(MOVED, moved, strict=True))
