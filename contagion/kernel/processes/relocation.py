"""Process 11, second channel: cells under pressure move to neighbouring places."""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.kernel.numerics.hazards import first_event
from contagion.kernel.numerics.random import uniform
from contagion.kernel.numerics.sums import closeness_sum
from contagion.kernel.params import Params
from contagion.kernel.processes.conflict import pressure
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State

EVERY = 4  # weeks between decisions to move or to open: a compromise of cost and detail, assumed


def market(params: Params, region: Region) -> Float[Array, "place replicate"]:
    """Attraction of a place, N / (N + half) of its N residents. Assumed."""
    return region.population[:, None] / (region.population[:, None] + params.market_half)


def relocation(
    state: State, constants: Constants, params: Params, region: Region, keys: Key[Array, " replicate"] | None
) -> tuple[State, Float[Array, "group replicate"]]:
    """The cell of a group leaves with hazard mu (1 - market) p^2 + f (D - D(0))+ and goes where less stands against it.

    p = (R + hold) / (R + hold + S) is how weak the S members are against the R hostile rivals they face, and by
    themselves: 1 where a group is absent. Places worth little are given up first. The destination is a neighbour n with
    probability proportional to closeness_mn market_n exp(-force D_n - rival p_n): a softmax of market minus forces
    minus rivals minus distance. In a place at most one group leaves within `EVERY` weeks, with all its members and
    operators; without keys the expected share of each leaves. Persons are conserved.

    Returns the state and the rank and file that moved.
    """
    against = pressure(state.hostility, state.members) + params.hold
    weakness = against / (against + state.members)
    deterred = jnp.maximum(state.deterrence - constants.deterrence, 0)
    worth = market(params, region)
    hazard = (params.relocation * (1 - worth))[:, None] * weakness**2 + (params.flight * deterred)[:, None]
    drawn = None if keys is None else uniform(keys, deterred.shape[:1], deterred.dtype)
    leaves = first_event(EVERY * params.relocation_channel * hazard * (state.members > 0), drawn)

    attraction = worth * jnp.exp(-params.force_aversion * state.deterrence)
    score = attraction[:, None] / jnp.exp(params.rival_aversion * weakness)
    choices = closeness_sum(region, score)
    leaves = leaves * (choices > 0)

    def move():
        """Those who leave a place are shared over its neighbours in proportion to closeness and score."""
        among = jnp.where(choices > 0, choices, 1)

        def moved(cells):
            return (1 - leaves) * cells + score * closeness_sum(region, leaves * cells / among)

        return moved(state.members), moved(state.operators)

    relocated = (leaves * state.members).sum(axis=0)
    members, operators = jax.lax.cond((relocated > 0).any(), move, lambda: (state.members, state.operators))
    return replace(state, members=members, operators=operators), relocated
