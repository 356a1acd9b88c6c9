"""Sums over groups, over places and over neighbours."""

from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Shaped

from contagion.kernel.numerics.hazards import of_group
from contagion.kernel.region import Region
from contagion.kernel.state import State, Totals
from contagion.kernel.xla import in_tile, materialise, on_cpu, ordered_sum, unrolled_sum, written_out


def neighbour_mean(region: Region, values: Float[Array, "place ..."]) -> Float[Array, "place ..."]:
    """sum_n W_mn values_n with row-standardised W: the mean over the neighbours of each place."""
    return _weighted(region, region.weights, region.tail_weight, partial(_at, values))


def exchanged(region: Region, values: Float[Array, "place ..."]) -> Float[Array, "place ..."]:
    """What arrives of `values` that spill over: a share of each stays, the rest is shared out over its neighbours."""
    stays = region.staying.reshape(-1, *[1] * (values.ndim - 1)) * values
    return stays + _weighted(region, region.exchange, region.tail_exchange, partial(_at, values))


def closeness_sum(
    region: Region,
    values: Shaped[Array, "place ..."],
    function: Callable[..., Float[Array, "place ..."]] = lambda values: values,
    *others: Shaped[Array, "place ..."],
) -> Float[Array, "place ..."]:
    """sum_n K_mn f(values_n, ...) with symmetric closeness K.

    What is summed is a function of one place: on a GPU it is computed where it is gathered, and never written.
    """

    def computed(place):
        return function(*(_at(each, place) for each in (values, *others)))

    there = partial(_at, function(values, *others)) if on_cpu() else computed
    return _weighted(region, region.closeness, region.tail_closeness, there)


def closeness_sum_of_groups(
    region: Region, group: Int[Array, "place replicate"], groups: int, values: Float[Array, "place _"]
) -> Float[Array, "place group replicate"]:
    """sum_n K_mn [group_n = g] values_n: what one group at most has in each place, gathered as one number a place."""
    return closeness_sum(
        region, values, lambda values, group: of_group(group, groups, values.dtype) * values[:, None], group
    )


def _at(values, place):
    """Values of places, which exist, so that no index has to be looked after."""
    return values.at[place].get(mode="promise_in_bounds", wrap_negative_indices=False)


def _weighted(region: Region, weights, tail_weights, there: Callable[[Any], Array]):
    """Sum over neighbours of weights times what is `there`, at the places that are asked for."""

    def weighted(weight, place):
        values = there(place)
        return weight.reshape(-1, *[1] * (values.ndim - 1)) * values

    total = unrolled_sum(map(weighted, *(jnp.unstack(each, axis=1) for each in (weights, region.neighbours))))
    if not len(region.tail_place):
        return materialise(
            total, jnp.asarray(region.population)[0]
        )  # the addition of a tail writes to memory in any case
    rest = weighted(tail_weights, region.tail_neighbour)
    return total.at[region.tail_place].add(rest, indices_are_sorted=True, wrap_negative_indices=False)


def over_groups(
    values: Float[Array, "place group replicate"], weights: Float[Array, "#group #replicate"] | float | None = None
) -> Float[Array, "place replicate"]:
    """sum_g w_g values_mg.

    Weights are taken group by group: their product with all values would be an array to write and to read.
    """
    if not written_out(values.shape[1]):
        return (values if weights is None else weights * values).sum(axis=1)
    parts = jnp.unstack(values, axis=1)
    if weights is not None:
        parts = map(jnp.multiply, jnp.unstack(jnp.broadcast_to(weights, values.shape[1:])), parts)
    return unrolled_sum(parts)


def over_other_groups(values: Float[Array, "place group replicate"]) -> Float[Array, "place group replicate"]:
    """sum_{h != g} v_mh for each group g, from the sums before and after it: a difference would lose small values."""
    if in_tile():
        return (values[:, None] * (1 - jnp.eye(values.shape[1], dtype=values.dtype))[..., None]).sum(axis=2)
    if not written_out(values.shape[1]):
        nothing = jnp.zeros_like(values[:, :1])
        up_to, from_here = jnp.cumsum(values, axis=1), jnp.cumsum(values[:, ::-1], axis=1)[:, ::-1]
        return jnp.hstack([nothing, up_to[:, :-1]]) + jnp.hstack([from_here[:, 1:], nothing])
    parts = jnp.unstack(values, axis=1)
    nothing = jnp.zeros_like(parts[0])
    before = list(accumulate(parts[:-1], jnp.add, initial=nothing))
    after = list(accumulate(parts[:0:-1], jnp.add, initial=nothing))[::-1]
    return jnp.stack(list(map(jnp.add, before, after)), axis=1)


def over_places(values: Float[Array, "place ..."]) -> Float[Array, "..."]:
    """sum_m values_m, rounded alike for any number of replicates."""
    return ordered_sum(values)


def totals_of(state: State) -> Totals:
    """Members and operators of each group everywhere."""
    return Totals(over_places(state.members), over_places(state.operators))
