"""Process 4: groups split."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.kernel.numerics.fractions import fraction
from contagion.kernel.numerics.hazards import first_event
from contagion.kernel.numerics.random import uniform
from contagion.kernel.numerics.sums import over_groups, over_places
from contagion.kernel.params import Params
from contagion.kernel.region import Region
from contagion.kernel.state import State, Totals
from contagion.kernel.xla import on_cpu, sometimes

SMALLEST_KM = 1e-3  # spread of a territory that has sides
EDGE = 0.25  # width of the border between those who stay and those who go, in standard deviations of the territory


class Division(eqx.Module):
    """Who leaves the groups that split, and where they go."""

    splits: Float[Array, "group replicate"]  # share of each group that is divided: 1 where one splits
    slots: Float[Array, "group replicate"]  # share of those who leave that each slot takes
    portion: Float[Array, "place replicate"]  # of the members in a place who leave
    members: Float[Array, "place replicate"]  # who leave, persons
    operators: Float[Array, "place replicate"]  # who leave, persons


@jax.named_scope("fragmentation")
def fragmentation(
    state: State,
    totals: Totals,
    params: Params,
    region: Region,
    keys: Key[Array, " replicate"] | None,
) -> tuple[State, Division | None, Float[Array, "group replicate"], Float[Array, "group replicate"]]:
    """A group splits with hazard h0 + h1 (1 - L) O / (O + O_1): leaders gone above an intact middle layer.

    One side of its territory, cut along a random direction, goes to a free slot with its members and operators;
    hostility H_s arises between the two, and the splinter inherits the other hostilities and the contest for
    succession. In a week at most one group splits. Where no slot is free nothing splits. Without keys, the expected
    share of every founder flows to the slots that were free at the start, each until it holds a usual splinter.

    Takes the state and its `totals`. Returns the state, who is still to leave (`divided`), the
    splits of each group, and those that found no slot. On CPU they have left already, in a branch that is rarely taken.
    """
    members, operators = totals.members, totals.operators
    held = members >= 1
    headless = (1 - state.integrity) * operators / (operators + params.split_operators_half)
    hazard = held * (params.split_hazard + params.split_hazard_headless * headless)
    if keys is None:
        founders = (jnp.asarray(region.members).sum(axis=1) > 0)[:, None]
        usual = params.split_share * (founders * members).sum(axis=0) / jnp.maximum(founders.sum(), 1)
        room = ~founders * jnp.clip(1 - members / jnp.maximum(usual, 1), 0, 1)
        splits = first_event(hazard, None) * founders
        free = room.max(axis=0)
        slots = fraction(room, room.sum(axis=0))
        splits, blocked = free * splits, (1 - free) * splits
        portion = jnp.broadcast_to(params.split_share, state.site.shape)
        division = _division(state, splits, slots, portion)
        joined = (splits * portion[:, None] * state.members).sum(axis=0)
        return divided(_succeeded(state, members, division, joined, params), division), None, splits, blocked

    drawn = uniform(keys, (2,), members.dtype)
    splits = first_event(hazard, drawn[0])
    slots = (~held & (jnp.cumsum(~held, axis=0) == 1)).astype(members.dtype)
    free = slots.sum(axis=0)
    splits, blocked = free * splits, (1 - free) * splits

    def divide(before):
        """The sides of all territories that are cut this week; nothing changes where none is."""
        state, _ = before
        cut = over_groups(state.members, splits)
        portion = _side(cut, (splits * members).sum(axis=0), 2 * jnp.pi * drawn[1], params, region)
        division = _division(state, splits, slots, portion)
        after = _succeeded(state, members, division, splits * over_places(division.members), params)
        parent = jnp.argmax(splits, axis=0).astype(state.parent.dtype)
        after = replace(after, parent=jnp.where(slots * splits.sum(axis=0) > 0, parent, state.parent))
        return (divided(after, division), None) if on_cpu() else (after, division)

    state, division = sometimes(splits.max() > 0, divide, (state, None))
    return state, division, splits, blocked


def divided(state: State, division: Division | None) -> State:
    """The state after those who leave have gone to their slots."""
    if division is None:
        return state
    staying = 1 - division.splits * division.portion[:, None]
    return replace(
        state,
        members=staying * state.members + division.slots * division.members[:, None],
        operators=staying * state.operators + division.slots * division.operators[:, None],
    )


def _division(
    state: State,
    splits: Float[Array, "group replicate"],
    slots: Float[Array, "group replicate"],
    portion: Float[Array, "place replicate"],
) -> Division:
    members, operators = (portion * over_groups(cells, splits) for cells in (state.members, state.operators))
    return Division(splits, slots, portion, members, operators)


def _succeeded(
    state: State,
    members: Float[Array, "group replicate"],
    division: Division,
    joined: Float[Array, "group replicate"],
    params: Params,
) -> State:
    """Leaders, contests and hostilities of the slots, which take those who have `joined` from each group."""
    arrived = division.slots * joined.sum(axis=0)
    new = arrived / jnp.maximum(members + arrived, 1)  # weight of those who arrive in the slot
    origin = fraction(joined, joined.sum(axis=0))
    return replace(
        state,
        integrity=state.integrity + new * (1 - state.integrity),
        shock=state.shock + new * ((origin * state.shock).sum(axis=0) - state.shock),
        hostility=_inherited(state.hostility, origin, new, params),
    )


def _side(
    members: Float[Array, "place replicate"],
    everywhere: Float[Array, " replicate"],
    angle: Float[Array, " replicate"],
    params: Params,
    region: Region,
) -> Float[Array, "place replicate"]:
    """Share of the members in each place that lies on the far side of a line across the territory.

    The line has the direction `angle`; for a territory like a normal distribution it cuts off `split_share`. Takes the
    members of the group that is cut, in each place and everywhere.
    """
    everywhere = jnp.maximum(everywhere, 1)
    along = region.easting[:, None] * jnp.cos(angle) + region.northing[:, None] * jnp.sin(angle)
    along = along - (members * along).sum(axis=0) / everywhere
    squared = (members * along**2).sum(axis=0) / everywhere
    spread = jnp.sqrt(jnp.maximum(squared, SMALLEST_KM**2))  # with a derivative also where nobody is
    cut = jax.scipy.special.ndtri(1 - params.split_share)
    beyond = jax.nn.sigmoid((along / spread - cut) / EDGE)
    return jnp.where(spread > SMALLEST_KM, beyond, params.split_share)  # one place has no side


def _inherited(
    hostility: Float[Array, "group group replicate"],
    origin: Float[Array, "group replicate"],
    new: Float[Array, "group replicate"],
    params: Params,
) -> Float[Array, "group group replicate"]:
    """Hostility of a slot moves, by the weight of those who arrive, to that of their group, and to H_s against it."""
    groups = hostility.shape[0]
    towards = (origin[:, None] * hostility).sum(axis=0) + origin * params.split_hostility
    against = (hostility * origin).sum(axis=1) + origin * params.split_hostility
    moved = hostility + new[:, None] * (towards - hostility) + new * (against[:, None] - hostility)
    return moved * (1 - jnp.eye(groups, dtype=hostility.dtype)[..., None])
