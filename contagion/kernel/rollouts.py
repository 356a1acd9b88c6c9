"""A run over weeks: flows summed over them, stocks at their end."""

from collections import defaultdict
from dataclasses import fields, replace
from functools import cache, partial, wraps

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, Key

from contagion.kernel.controls import Controls
from contagion.kernel.fields import axes
from contagion.kernel.flows import Flows, Stocks
from contagion.kernel.initial import Carry, Model
from contagion.kernel.numerics.random import stream
from contagion.kernel.numerics.sums import over_groups
from contagion.kernel.params import Params
from contagion.kernel.processes.anchor import Anchor
from contagion.kernel.processes.clashes import criminal_control
from contagion.kernel.processes.command import command, strength
from contagion.kernel.processes.entry import present
from contagion.kernel.processes.memory import annual_rate, completeness
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State
from contagion.kernel.step import control, step
from contagion.kernel.xla import compiler_options, compiling_for, fence, opaque

EPIDEMIC = 26.0  # homicides per 100,000 residents and year: municipalities above it count as violent


def rollout(
    model: Model,
    carry: Carry,
    constants: Constants,
    keys: Key[Array, " replicate"] | None,
    first: Int[Array, ""] | int,
    last: Int[Array, ""] | int,
    anchor: Anchor | None = None,
) -> tuple[Carry, Flows, Stocks]:
    """Advance a run from week `first` to week `last` - 1.

    It is pure: weeks 0 to 8 followed by weeks 8 to 16 are weeks 0 to 16, to the bit.

    Parameters
    ----------
    model
        Region, parameters and interventions.
    carry, constants
        From `init`; the carry of an earlier call continues it.
    keys
        Those given to `init`.
    first, last
        First week, and the week after the last. Python integers give a scan, which can be differentiated in reverse in
        the deterministic mode; traced ones a loop that is compiled once for periods of any length.
    anchor
        Levels that homicides are counted around in these weeks, for a carry that was made for them.

    Returns
    -------
    Carry
        State and memories at the end.
    Flows
        Sums over the weeks.
    Stocks
        State at the end, summarised.
    """

    @jax.checkpoint  # in reverse, a week is computed once more from its start rather than kept
    @partial(jax.jit, inline=True)  # traced once for the shapes of flows and for the loop
    def one_week(week, carry):
        drawn = stream(keys, week)
        choose = partial(control, model.interventions, carry.memories, carry.state, model.params, model.region)
        chosen = jax.eval_shape(choose, week, drawn)[0]
        controls, memories = opaque(week >= 0, lambda: choose(week, drawn), lambda: (idle(chosen), carry.memories))
        state, controls = fence((carry.state, controls))
        here = None if anchor is None else anchor.of_week(week - first)
        given = state, carry.totals, controls, constants, model.params, model.region
        state, totals, flows, expected = step(*given, week, drawn, here)
        return Carry(state, totals, memories), flows, expected

    def one_more(week, carried):
        carry, flows, path = carried
        carry, added, expected = one_week(week, carry)
        carry, added, expected = fence((carry, added, expected))
        flows = jax.tree.map(jnp.add, flows, stacked(added))
        path = path if path is None else path.at[week - first].set(expected)
        return carry, flows, path

    _, recorded, _ = jax.eval_shape(one_week, first, carry)
    nothing = [jnp.zeros(stack.shape, stack.dtype) for stack in jax.eval_shape(stacked, recorded)]
    path = None if anchor is None else jnp.zeros_like(anchor.reference)
    carry, flows, path = jax.lax.fori_loop(first, last, one_more, (carry, nothing, path))
    kept = replace(stocks(carry.state, model.params, model.region), expected=path)
    return carry, whole(unstacked(flows, recorded), carry.state), kept


def stacked(flows: Flows) -> list[Array]:
    """Flows of one shape in one array: those of groups and of the nation are many and small, a kernel each."""
    leaves = jax.tree.leaves(flows)
    return [jnp.stack([leaves[number] for number in alike]) for alike in _alike(flows)]


def unstacked(stacks: list[Array], like: Flows) -> Flows:
    """What `stacked` has put together."""
    parts = {
        number: part
        for alike, stack in zip(_alike(like), stacks, strict=True)
        for number, part in zip(alike, stack, strict=True)
    }
    return jax.tree.unflatten(jax.tree.structure(like), [parts[number] for number in sorted(parts)])


def _alike(flows: Flows) -> list[list[int]]:
    """Numbers of the leaves of one shape; each of places by itself, as it is written where it is computed."""
    leaves, found = jax.tree.leaves(flows), defaultdict(list)
    largest = max(leaf.size for leaf in leaves)
    for number, leaf in enumerate(leaves):
        found[number if leaf.size == largest else leaf.shape].append(number)
    return list(found.values())


def whole(flows: Flows, state: State) -> Flows:
    """Flows with all axes of each: what no option touches is a single number until here."""
    like = {"place": state.retaliation, "group": state.integrity, "replicate": state.crowding}
    axis = {field.name: axes(field)[0] for field in fields(Flows)}
    return Flows(**{name: jnp.broadcast_to(getattr(flows, name), like[axis[name]].shape) for name in axis})


def idle(chosen: Controls) -> Controls:
    """Controls that change nothing, with the shapes of those `chosen`."""
    nothing = Controls().ranked(chosen.removal.dtype)  # pyright: ignore[reportAttributeAccessIssue]
    return jax.tree.map(lambda value, like: jnp.broadcast_to(value, like.shape), nothing, chosen)


@cache
def compiled_rollout(platform: str) -> jax.stages.Wrapped:
    """`rollout` compiled for a platform; the carry is used up."""

    @wraps(rollout)
    def for_platform(*given, **named):
        with compiling_for(platform):
            return rollout(*given, **named)

    return jax.jit(for_platform, donate_argnames="carry", compiler_options=compiler_options(platform))


def stocks(state: State, params: Params, region: Region) -> Stocks:
    """Summary of the state that is recorded."""
    here = present(state, params)
    members, operators = state.members.sum(axis=0), state.operators.sum(axis=0)
    effective = strength(command(members, operators, params), params)
    violent = (annual_rate(state.recent, region) > EPIDEMIC).astype(here.dtype)
    newly = violent * (annual_rate(region.homicides[:, None], region) <= EPIDEMIC)
    return Stocks(
        members=over_groups(state.members),
        operators=over_groups(state.operators),
        military=state.military,
        police=state.police,
        capability=state.capability,
        deterrence=state.deterrence,
        trust=state.trust,
        displaced=state.displaced,
        controlled=criminal_control(state, effective, params) * (region.population[:, None] - state.displaced),
        occupied=here.max(axis=1),
        present=here > 0,
        members_of_group=members,
        operators_of_group=operators,
        places_of_group=here.sum(axis=0),
        violent=violent,
        newly_violent=newly,
        newly_violent_residents=newly * region.population[:, None],
        reporting=completeness(state.recent, state.support, params, region),
        integrity=state.integrity,
        parent=state.parent,
    )
