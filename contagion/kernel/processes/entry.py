"""Process 11, third channel: groups open in places where they were absent."""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.kernel.numerics.hazards import first_event
from contagion.kernel.numerics.random import uniform
from contagion.kernel.numerics.sums import closeness_sum, over_groups
from contagion.kernel.params import Params
from contagion.kernel.processes.relocation import EVERY, market
from contagion.kernel.region import Region
from contagion.kernel.state import State


def present(state: State, params: Params) -> Float[Array, "place group replicate"]:
    """1 where a group has a foothold, else 0."""
    return (state.members >= params.foothold).astype(state.members.dtype)


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
    here = present(state, params)
    reach = closeness_sum(region, jnp.ones_like(region.population))[:, None, None]
    per_reach = 1 / jnp.where(reach > 0, reach, 1)
    near = closeness_sum(region, here) * per_reach
    members = over_groups(state.members)
    weights = params.entry_weakness * (1 - state.integrity) + params.entry_vacuum * (1 - commanded)
    weak = over_groups(weights * state.members) / jnp.where(members > 0, members, 1)
    chance = params.entry_channel * params.entry * market(params, region) * (1 + weak)
    drawn = None if keys is None else uniform(keys, members.shape[:1], members.dtype)
    opens = first_event(EVERY * chance[:, None] * near * (1 - here), drawn)

    def move():
        """Each place sends its share to the places around it that are opened."""
        sent = jnp.minimum(params.entry_share * closeness_sum(region, opens) * per_reach, 1)

        def moved(cells):
            return (1 - sent) * cells + params.entry_share * opens * closeness_sum(region, cells * per_reach)

        return moved(state.members), moved(state.operators)

    opened = opens.sum(axis=0)
    members, operators = jax.lax.cond((opened > 0).any(), move, lambda: (state.members, state.operators))
    return replace(state, members=members, operators=operators), opened
