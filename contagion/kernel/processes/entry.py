"""Process 11, third channel: groups open in places where they were absent."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from contagion.kernel.numerics.fractions import ratio
from contagion.kernel.numerics.hazards import first_event, first_group, of_group
from contagion.kernel.numerics.random import uniform
from contagion.kernel.numerics.sums import closeness_sum, closeness_sum_of_groups, over_groups
from contagion.kernel.numerics.tiles import within_places
from contagion.kernel.params import Params
from contagion.kernel.processes.relocation import EVERY, market
from contagion.kernel.region import Region
from contagion.kernel.state import State
from contagion.kernel.xla import on_cpu, sometimes


def holds(state: State, params: Params) -> Bool[Array, "place group replicate"]:
    """Where a group has a foothold."""
    return state.members >= params.foothold


def present(state: State, params: Params) -> Float[Array, "place group replicate"]:
    """1 where a group has a foothold, else 0."""
    return holds(state, params).astype(state.members.dtype)


@jax.named_scope("entry")
def entry(
    state: State,
    commanded: Float[Array, "group replicate"],
    params: Params,
    region: Region,
    keys: Key[Array, " replicate"] | None,
) -> tuple[State, Float[Array, "group replicate"]]:
    """A group opens next to where it is present, with hazard e market_m near_gm (1 + w headless_m + v disabled_m).

    near is the share of the neighbourhood, by closeness, in which the group is present; headless and disabled are the
    shares of members in the place whose groups have lost their leadership, 1 - L, and their middle layer, 1 less what
    they have `commanded`. In a place at most one group opens within `EVERY` weeks;
    without keys, each with its expected share. Those who open it come from the neighbouring places, `entry_share` of
    whose members would open all places around. Persons are conserved.

    Returns the state and the number of places in which each group opened, whether it gains a foothold or not.
    """
    reach = closeness_sum(region, jnp.ones_like(region.population))
    per_reach = 1 / jnp.where(reach > 0, reach, 1)
    (here, chance), _, _ = within_places(_open, (state, params, region), (), (commanded,))
    groups = here.shape[1]
    near = closeness_sum(region, here, lambda here: here.astype(chance.dtype)) * per_reach[:, None, None]
    hazard = jnp.where(here, 0, chance[:, None] * near)
    drawn = None if keys is None else uniform(keys, chance.shape[:1], chance.dtype)
    if drawn is None or on_cpu():
        opens = first_event(hazard, drawn)
        around = partial(closeness_sum, region, opens)
    else:  # a number of a group is less to gather
        group = first_group(hazard, drawn)
        opens = of_group(group, groups, chance.dtype)
        around = partial(closeness_sum_of_groups, region, group, groups, jnp.ones_like(chance[:, :1]))

    def move(there):
        """Each place sends its share to the places around it that are opened."""
        sent = jnp.minimum(params.entry_share * around() * per_reach[:, None, None], 1)

        def arriving(cells):
            return closeness_sum(region, cells, lambda cells, share: cells * share[:, None, None], per_reach)

        return tuple((1 - sent) * cells + params.entry_share * opens * arriving(cells) for cells in there)

    opened = opens.sum(axis=0)
    members, operators = sometimes((opened > 0).any(), move, (state.members, state.operators))
    return replace(state, members=members, operators=operators), opened


def _open(
    state: State, params: Params, region: Region, commanded: Float[Array, "group replicate"]
) -> tuple[tuple[Array, Array], tuple[()], tuple[()]]:
    """Where groups are, and the hazard with which one opens in a place that is surrounded by it."""
    members = over_groups(state.members)
    weights = params.entry_weakness * (1 - state.integrity) + params.entry_vacuum * (1 - commanded)
    weak = ratio(over_groups(state.members, weights), members, 0)
    chance = EVERY * params.entry_channel * params.entry * market(params, region) * (1 + weak)
    return (holds(state, params), chance), (), ()
