"""Time and replicates: scans over weeks, ensembles in chunks, replicates shared out over devices."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import cache, partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Bool, Float, Int, Key, PyTree

from contagion.declare import axes
from contagion.generators import replicate_keys, stream
from contagion.interventions import Intervention, Memory
from contagion.params import Params
from contagion.processes.clashes import abuse, criminal_control
from contagion.processes.conflict import conflict, pressure
from contagion.processes.entry import present
from contagion.processes.groups import over_groups, over_places
from contagion.processes.intensity import contagion, first_noise
from contagion.processes.memory import annual_rate, attributed, completeness, deterrence_of, guesses, trust_of
from contagion.processes.observe import observe
from contagion.state import Background, Controls, Record, Region, State, View
from contagion.step import control, step

LANES = 32  # replicates advanced together on CPU: enough to fill vectors and cores, few enough to stay in cache
HOSTILITIES = 4096  # entries of H [group, group, replicate] that stay in the first cache of a CPU: each place reads all
LAYER = 3 << 18  # entries of a layer [place, group, replicate], a few of which stay in the last cache of a CPU
VECTOR = 8  # lanes on a device are a multiple: other numbers of them are computed with other roundings
BEFORE = 2**31 - 1  # stands for the week before the first in random keys
EPIDEMIC = 26.0  # homicides per 100,000 residents and year: municipalities above it count as violent
REFILLS = 50  # rounds in which places without room for more conflict are found: far more than it takes


class Model(eqx.Module):
    """One strategy in one region under one set of parameters."""

    region: Region
    params: Params
    interventions: tuple[Intervention, ...]


class Stocks(eqx.Module):
    """What is kept of the state at the end of a recorded period."""

    members: Float[Array, "place replicate"]
    operators: Float[Array, "place replicate"]
    military: Float[Array, "place replicate"]
    police: Float[Array, "place replicate"]
    trust: Float[Array, "place replicate"]
    displaced: Float[Array, "place replicate"]
    controlled: Float[Array, "place replicate"]  # residents under criminal control, persons
    occupied: Float[Array, "place replicate"]  # 1 where any group has a foothold
    present: Bool[Array, "place group replicate"]  # whether a group has a foothold
    members_of_group: Float[Array, "group replicate"]
    operators_of_group: Float[Array, "group replicate"]
    places_of_group: Float[Array, "group replicate"]  # in which it has a foothold
    violent: Float[Array, "place replicate"]  # 1 where the rate of homicides is above `EPIDEMIC`
    newly_violent: Float[Array, "place replicate"]  # 1 where it is, and was not at the start
    newly_violent_residents: Float[Array, "place replicate"]  # persons who live there
    reporting: Float[Array, "place replicate"]  # share of homicides that reaches the record
    integrity: Float[Array, "group replicate"]
    parent: Int[Array, "group replicate"]  # group that the slot split from, -1 for none


class Carry(eqx.Module):
    """What goes from one step to the next."""

    state: State
    memories: tuple[Memory, ...]


def contact_rates(
    params: Params, state: State, room: Float[Array, "place replicate"]
) -> Float[Array, "place replicate"]:
    """theta_m: fighting per pair of members and week, normalised to the national law at the start.

    theta_m = kappa / S_m(0), so that the loss per member depends on who faces whom and not on the size of the
    municipality (assumed), but so low that a place starts with no more conflict than `room`, the homicides recorded
    there that nothing else explains. kappa makes sum_m theta_m sum_gh H_gh S_gm S_hm equal to the national
    theta sum_gh H_gh C_g C_h, C the national totals, or as near as the room allows. Where nobody fights at the
    start, kappa is the national mean without regard to room; where nobody is, the mean of occupied places stands in
    for S_m(0).
    """
    members = over_groups(state.members)
    occupied = members > 0
    typical = over_places(members) / jnp.maximum(occupied.sum(axis=0), 1)
    size = jnp.maximum(jnp.where(occupied, members, typical), jnp.finfo(members.dtype).tiny)
    contest = over_groups(state.members * pressure(state.hostility, state.members)) / size
    totals = state.members.sum(axis=0)[None]
    law = params.conflict * over_groups(totals * pressure(state.hostility, totals))[0]

    def refill(_, kappa):
        """What places without room leave over goes to the others."""
        full = kappa * contest > room
        left = law - over_places(jnp.where(full, room, 0))
        open_contest = over_places(jnp.where(full, 0, contest))
        return jnp.where(open_contest > 0, left / jnp.where(open_contest > 0, open_contest, 1), kappa)

    everywhere = refill(0, jnp.zeros_like(law))
    kappa = jnp.where(contest > 0, jax.lax.fori_loop(1, REFILLS, refill, everywhere), everywhere)
    fought = kappa * contest
    return kappa / size * jnp.where(fought > room, room / jnp.where(fought > room, fought, 1), 1)


def begin(model: Model, replicates: int, keys: Key[Array, " replicate"] | None = None) -> tuple[Carry, Background]:
    """What a run starts with, and what follows from it for good. `keys` None is the deterministic mode."""
    state, background, view = first_state(model.region, model.params, replicates, keys)
    return Carry(state, first_memories(model.interventions, model.region, view)), background


@jax.jit
def first_memories(interventions: tuple[Intervention, ...], region: Region, view: View) -> tuple[Memory, ...]:
    """What interventions remember at the start."""
    return tuple(intervention.remember(region, view) for intervention in interventions)


@partial(jax.jit, static_argnames="replicates")
def first_state(
    region: Region, params: Params, replicates: int, keys: Key[Array, " replicate"] | None
) -> tuple[State, Background, View]:
    """The state at the start, what follows from it for good, and what an authority sees of it.

    Every place starts at its recorded homicides: what conflict, retaliation and spillover do not explain is
    endemic, at least a floor. Where spillover alone explains more than was recorded, the start lies above it.
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
        state_noise=jnp.zeros((region.states, replicates), members.dtype),
    )
    if keys is not None:  # shocks are as spread at the start as at any time
        state = first_noise(state, stream(keys, BEFORE))
    deterrence = deterrence_of(state, params, region)
    trust = trust_of(homicides, abuse(state, Controls(), params), params, region)
    state = replace(state, deterrence=deterrence, trust=trust)
    floor = params.endemic_floor * homicides
    spread_on = contagion(homicides, params, region)
    contact = contact_rates(params, state, room=jnp.maximum(homicides - spread_on - floor, 0))
    background = Background(contact=contact, endemic=none, deterrence=deterrence)
    _, killed = conflict(state, background, Controls().ranked(members.dtype), params, region)
    state = replace(state, attributed=attributed(over_places(killed), guesses(state, None), params))
    endemic = jnp.maximum(homicides - spread_on - over_groups(killed), floor)
    background = replace(background, endemic=endemic / region.population[:, None])
    return state, background, observe(state, params, region, None)


def weeks(
    model: Model,
    carry: Carry,
    background: Background,
    keys: Key[Array, " replicate"] | None,
    first: Int[Array, ""] | int,
    last: Int[Array, ""] | int,
) -> tuple[Carry, Record, Stocks]:
    """Weeks `first` to `last` - 1: flows summed over them, stocks at their end.

    Bounds that are Python integers give a scan, which can be differentiated in reverse in the deterministic
    mode (`keys` None); traced ones a loop that is compiled once for periods of any length.
    """

    @partial(jax.jit, inline=True)  # traced once for the shapes of flows and for the loop
    def one_week(week, carry):
        # Chosen in a branch of its own, which the compiler does not fuse with what follows: the arithmetic of the
        # processes is the same, to the bit, whatever the interventions are.
        drawn = stream(keys, week)
        choose = partial(control, model.interventions, carry.memories, carry.state, model.params, model.region)
        chosen = jax.eval_shape(choose, week, drawn)[0]
        controls, memories = jax.lax.cond(
            week >= 0,
            lambda: choose(week, drawn),
            lambda: (idle(chosen), carry.memories),
        )
        state, controls = jax.lax.optimization_barrier((carry.state, controls))
        state, record = step(state, controls, background, model.params, model.region, week, drawn)
        state, record = jax.lax.optimization_barrier((state, record))
        return Carry(state, memories), record

    def one_more(week, carried):
        carry, flows = carried
        carry, record = one_week(week, carry)
        return carry, jax.tree.map(jnp.add, flows, record)

    _, recorded = jax.eval_shape(one_week, first, carry)
    nothing = jax.tree.map(lambda flow: jnp.zeros(flow.shape, flow.dtype), recorded)
    carry, flows = jax.lax.fori_loop(first, last, one_more, (carry, nothing))
    return carry, whole(flows, carry.state), stocks(carry.state, model.params, model.region)


def whole(flows: Record, state: State) -> Record:
    """Flows with all axes of each: what no option touches is a single number until here."""
    like = {"place": state.retaliation, "group": state.integrity, "replicate": state.crowding}
    axis = {field.name: axes(field)[0] for field in fields(Record)}
    return Record(**{name: jnp.broadcast_to(getattr(flows, name), like[axis[name]].shape) for name in axis})


def idle(chosen: Controls) -> Controls:
    """Controls that change nothing, with the shapes of those `chosen`."""
    nothing = Controls().ranked(chosen.removal.dtype)  # pyright: ignore[reportAttributeAccessIssue]
    return jax.tree.map(lambda value, like: jnp.broadcast_to(value, like.shape), nothing, chosen)


def compiler_options(platform: str) -> dict[str, str | bool] | None:
    """What the compiler is told for a platform.

    At level 1 XLA compiles for CPUs in four fifths of the time, and what it makes is as fast or faster: at the default
    level it unrolls loops that memory bounds. Measured by `experiments/speed`; elsewhere the default stays, as does
    what JAX is told by `JAX_DISABLE_MOST_OPTIMIZATIONS`, under which it compiles in two thirds of the time what then
    runs longer.
    """
    ours = platform == "cpu" and not jax.config.read("jax_disable_most_optimizations")
    return {"xla_backend_optimization_level": "1"} if ours else None


@cache
def compiled_weeks(platform: str) -> jax.stages.Wrapped:
    """`weeks` compiled for a platform; the carry is used up."""
    return jax.jit(weeks, donate_argnames="carry", compiler_options=compiler_options(platform))


def stocks(state: State, params: Params, region: Region) -> Stocks:
    """Summary of the state that is recorded."""
    here = present(state, params)
    violent = (annual_rate(state.recent, region) > EPIDEMIC).astype(here.dtype)
    newly = violent * (annual_rate(region.homicides[:, None], region) <= EPIDEMIC)
    return Stocks(
        members=over_groups(state.members),
        operators=over_groups(state.operators),
        military=state.military,
        police=state.police,
        trust=state.trust,
        displaced=state.displaced,
        controlled=criminal_control(state, params) * (region.population[:, None] - state.displaced),
        occupied=here.max(axis=1),
        present=here > 0,
        members_of_group=state.members.sum(axis=0),
        operators_of_group=state.operators.sum(axis=0),
        places_of_group=here.sum(axis=0),
        violent=violent,
        newly_violent=newly,
        newly_violent_residents=newly * region.population[:, None],
        reporting=completeness(state.recent, state.support, params, region),
        integrity=state.integrity,
        parent=state.parent,
    )


def lanes_in_cache(region: Region) -> int:
    """Replicates that are best advanced together on CPU: `LANES`, or fewer where there are many groups or places."""
    groups, places = region.members.shape
    least = VECTOR if groups >= 2 * VECTOR else 2 * VECTOR  # in shorter rows [group, replicate] XLA makes no vectors
    fitting = min(HOSTILITIES // groups**2, LAYER // (places * groups)) // least * least
    return min(LANES, max(least, fitting)) if places > groups else LANES


def ensemble(
    model: Model,
    periods: Sequence[tuple[int, int]],
    replicates: int,
    seed: int,
    lanes: int | None = None,
    deterministic: bool = False,
    generator: str = "hash",
    first: int = 0,
    concatenate: Callable[..., Any] = jnp.concatenate,
) -> Iterator[tuple[Record, Stocks]]:
    """Advances replicates from `first` on through `periods` of weeks (one, last + 1); yields flows and stocks of each.

    Replicates are computed `lanes` at a time and shared out over all devices of the default backend; only one
    period of one strategy is ever held. A replicate draws from its own key, so what is counted does not depend on
    `lanes` or on the number of replicates beside it, and the rest does by the last digit at most. The replicate axis
    of what is yielded, put together by `concatenate`, has length `replicates`.
    """
    devices = jax.devices()
    platform = devices[0].platform
    if lanes is None:
        lanes = lanes_in_cache(model.region) if platform == "cpu" else replicates
    width = VECTOR * len(devices)
    lanes = -(-min(lanes, replicates) // width) * width
    advance = compiled_weeks(platform)
    chunks = []
    for low in range(0, replicates, lanes):
        indices = jnp.arange(low, low + lanes)
        keys = None if deterministic else share(replicate_keys(seed, first + indices, generator), lanes)
        taken = jnp.minimum(indices, replicates - 1)  # lanes beyond the last replicate are dropped below
        params = jax.tree.map(lambda leaf, taken=taken: leaf[taken] if leaf.ndim else leaf, model.params)
        chunk = share(replace(model, params=params), lanes)
        carry, background = begin(chunk, lanes, keys)
        chunks.append([chunk, carry, share(background, lanes), keys])

    def advanced(chunk: list, week: int, last: int) -> tuple[Record, Stocks]:
        """Moves a chunk through a period."""
        part_of_model, carry, background, keys = chunk
        chunk[1], flows, stocks = advance(part_of_model, share(carry, lanes), background, keys, week, last)
        return flows, stocks

    def joined(*leaves: Array) -> Any:
        return concatenate(leaves, axis=-1)[..., :replicates]

    for week, last in periods:
        # Without names for its parts, nothing of a period is alive while the next one is computed.
        yield jax.tree.map(joined, *(advanced(chunk, week, last) for chunk in chunks))


def share(tree: PyTree, lanes: int) -> PyTree:
    """Spreads arrays whose last axis has `lanes` entries, as replicates have, over the devices in equal parts.

    All others lie whole on each device. Where an array lies never changes what is computed from it.
    """
    devices = jax.devices()
    if len(devices) == 1:
        return tree
    mesh = Mesh(devices, "replicate")

    def place(leaf):
        has_replicates = jnp.ndim(leaf) > 0 and leaf.shape[-1] == lanes
        spec = PartitionSpec(*[None] * (jnp.ndim(leaf) - 1), "replicate") if has_replicates else PartitionSpec()
        return jax.device_put(leaf, NamedSharding(mesh, spec))

    return jax.tree.map(place, tree)
