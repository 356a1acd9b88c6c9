"""Process 11, second channel: cells under pressure move to neighbouring places."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.kernel.numerics.fractions import LEAST_WHOLE, ratio
from contagion.kernel.numerics.hazards import first_event, first_group, of_group
from contagion.kernel.numerics.random import uniform
from contagion.kernel.numerics.sums import closeness_sum, closeness_sum_of_groups, over_groups
from contagion.kernel.numerics.tiles import within_places
from contagion.kernel.params import Params
from contagion.kernel.processes.conflict import pressure
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State
from contagion.kernel.xla import on_cpu, sometimes

EVERY = 4  # weeks between decisions to move or to open: a compromise of cost and detail, assumed


def market(params: Params, region: Region) -> Float[Array, "place replicate"]:
    """Attraction of a place, N / (N + half) of its N residents. Assumed."""
    return region.population[:, None] / (region.population[:, None] + params.market_half)


@jax.named_scope("relocation")
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
    drawn = () if keys is None else (uniform(keys, state.site.shape[:1], state.site.dtype),)
    if not drawn or on_cpu():
        score, leaves = within_places(_weighed, (state, constants, params, region), drawn)[0]
        choices = closeness_sum(region, score)
        leaves, leaving = leaves * (choices > LEAST_WHOLE), None
        left = leaves * state.members
        arriving = partial(closeness_sum, region)
    else:  # one group at most leaves a place: its number, and that of its cells, are less to gather
        score, group, *cells = within_places(_numbered, (state, constants, params, region), drawn)[0]
        groups = score.shape[1]
        leaves = of_group(group, groups, score.dtype)
        choices = over_groups(leaves * closeness_sum(region, score))
        leaves = leaves * (choices > LEAST_WHOLE)[:, None]
        leaving = [jnp.where(choices > LEAST_WHOLE, each, 0) for each in cells]
        left = leaves * leaving[0][:, None]
        arriving = partial(closeness_sum_of_groups, region, group, groups)

    def move(here):
        """Those who leave a place are shared over its neighbours in proportion to closeness and score."""
        pairs = zip(here, leaving or (leaves * cells for cells in here), strict=True)
        return tuple((1 - leaves) * cells + score * arriving(ratio(gone, choices, 0)) for cells, gone in pairs)

    relocated = left.sum(axis=0)
    members, operators = sometimes((relocated > 0).any(), move, (state.members, state.operators))
    return replace(state, members=members, operators=operators), relocated


def _weighed(
    state: State,
    constants: Constants,
    params: Params,
    region: Region,
    drawn: Float[Array, "place replicate"] | None = None,
) -> tuple[tuple[Array, Array], tuple[()], tuple[()]]:
    """How groups score in each place, and 1 for the group that leaves it; without a draw, the share that leaves."""
    score, hazard = _scored(state, constants, params, region)
    return (score, first_event(hazard, drawn)), (), ()


def _numbered(
    state: State, constants: Constants, params: Params, region: Region, drawn: Float[Array, "place replicate"]
) -> tuple[tuple[Array, ...], tuple[()], tuple[()]]:
    """How groups score in each place, the number of the group that leaves it, and its members and operators there."""
    score, hazard = _scored(state, constants, params, region)
    group = first_group(hazard, drawn)
    leaves = of_group(group, hazard.shape[1], hazard.dtype)
    return (score, group, over_groups(leaves * state.members), over_groups(leaves * state.operators)), (), ()


def _scored(
    state: State, constants: Constants, params: Params, region: Region
) -> tuple[Float[Array, "place group replicate"], Float[Array, "place group replicate"]]:
    """How groups score in each place, and the hazards with which they leave it."""
    against = pressure(state.hostility, state.members) + params.hold
    weakness = against / (against + state.members)
    deterred = jnp.maximum(state.deterrence - constants.deterrence, 0)
    worth = market(params, region)
    hazard = (params.relocation * (1 - worth))[:, None] * weakness**2 + (params.flight * deterred)[:, None]
    attraction = worth * jnp.exp(-params.force_aversion * state.deterrence)
    score = attraction[:, None] / jnp.exp(params.rival_aversion * weakness)
    return score, EVERY * params.relocation_channel * hazard * (state.members > 0)
