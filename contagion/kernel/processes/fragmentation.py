"""Process 4: groups split."""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.kernel.numerics.hazards import first_event
from contagion.kernel.numerics.random import uniform
from contagion.kernel.numerics.sums import over_groups, over_places
from contagion.kernel.params import Params
from contagion.kernel.region import Region
from contagion.kernel.state import State

SMALLEST_KM = 1e-3  # spread of a territory that has sides
EDGE = 0.25  # width of the border between those who stay and those who go, in standard deviations of the territory


def fragmentation(
    state: State, params: Params, region: Region, keys: Key[Array, " replicate"] | None
) -> tuple[State, Float[Array, "group replicate"], Float[Array, "group replicate"]]:
    """A group splits with hazard h0 + h1 (1 - L) O / (O + O_1): leaders gone above an intact middle layer.

    One side of its territory, cut along a random direction, goes to a free slot with its members and operators;
    hostility H_s arises between the two, and the splinter inherits the other hostilities and the contest for
    succession. In a week at most one group splits. Where no slot is free nothing splits. Without keys, the expected
    share of every founder flows to the slots that were free at the start, each until it holds a usual splinter.

    Returns the state, the splits of each group, and those that found no slot.
    """
    members = over_places(state.members)
    operators = over_places(state.operators)
    held = members >= 1
    headless = (1 - state.integrity) * operators / (operators + params.split_operators_half)
    hazard = held * (params.split_hazard + params.split_hazard_headless * headless)
    if keys is None:
        founders = (jnp.asarray(region.members).sum(axis=1) > 0)[:, None]
        usual = params.split_share * (founders * members).sum(axis=0) / jnp.maximum(founders.sum(), 1)
        room = ~founders * jnp.clip(1 - members / jnp.maximum(usual, 1), 0, 1)
        splits = first_event(hazard, None) * founders
        free = room.max(axis=0)
        slots = room / jnp.maximum(room.sum(axis=0), jnp.finfo(room.dtype).tiny)
        portion = jnp.broadcast_to(params.split_share, state.site.shape)
        return _split(state, free * splits, slots, portion, params), free * splits, (1 - free) * splits

    drawn = uniform(keys, (2,), members.dtype)
    splits = first_event(hazard, drawn[0])
    slots = (~held & (jnp.cumsum(~held, axis=0) == 1)).astype(members.dtype)
    free = slots.sum(axis=0)
    splits, blocked = free * splits, (1 - free) * splits

    def divide(state: State) -> State:
        """The sides of all territories that are cut this week."""
        portion = _side(state.members, splits, 2 * jnp.pi * drawn[1], params, region)
        parent = jnp.argmax(splits, axis=0).astype(state.parent.dtype)
        parent = jnp.where(slots * splits.sum(axis=0) > 0, parent, state.parent)
        return replace(_split(state, splits, slots, portion, params), parent=parent)

    return jax.lax.cond(splits.max() > 0, divide, lambda state: state, state), splits, blocked


def _split(
    state: State,
    splits: Float[Array, "group replicate"],
    slots: Float[Array, "group replicate"],
    portion: Float[Array, "place replicate"],
    params: Params,
) -> State:
    """The state after a portion of the groups that split has gone to the slots."""
    leaving = splits * portion[:, None]
    gone, gone_operators = leaving * state.members, leaving * state.operators
    joined = gone.sum(axis=0)
    arrived = slots * joined.sum(axis=0)
    new = arrived / jnp.maximum(state.members.sum(axis=0) + arrived, 1)  # weight of those who arrive in the slot
    origin = joined / jnp.maximum(joined.sum(axis=0), jnp.finfo(joined.dtype).tiny)
    return replace(
        state,
        members=(1 - leaving) * state.members + slots * over_groups(gone)[:, None],
        operators=(1 - leaving) * state.operators + slots * over_groups(gone_operators)[:, None],
        integrity=state.integrity + new * (1 - state.integrity),
        shock=state.shock + new * ((origin * state.shock).sum(axis=0) - state.shock),
        hostility=_inherited(state.hostility, origin, new, params),
    )


def _side(
    members: Float[Array, "place group replicate"],
    splits: Float[Array, "group replicate"],
    angle: Float[Array, " replicate"],
    params: Params,
    region: Region,
) -> Float[Array, "place replicate"]:
    """Share of the members in each place that lies on the far side of a line across the territory.

    The line has the direction `angle`; for a territory like a normal distribution it cuts off `split_share`.
    """
    weight = over_groups(members * splits)
    weight = weight / jnp.maximum(weight.sum(axis=0), 1)
    along = region.easting[:, None] * jnp.cos(angle) + region.northing[:, None] * jnp.sin(angle)
    along = along - (weight * along).sum(axis=0)
    spread = jnp.sqrt((weight * along**2).sum(axis=0))
    cut = jax.scipy.special.ndtri(1 - params.split_share)
    beyond = jax.nn.sigmoid((along / jnp.maximum(spread, SMALLEST_KM) - cut) / EDGE)
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
