"""Sums over groups, over places and over neighbours."""

from functools import reduce

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.region import Region


def neighbour_mean(region: Region, values: Float[Array, "place ..."]) -> Float[Array, "place ..."]:
    """sum_n W_mn values_n with row-standardised W: the mean over the neighbours of each place."""
    return _weighted(region, region.weights, region.tail_weight, values)


def closeness_sum(region: Region, values: Float[Array, "place ..."]) -> Float[Array, "place ..."]:
    """sum_n K_mn values_n with symmetric closeness K."""
    return _weighted(region, region.closeness, region.tail_closeness, values)


def _weighted(region: Region, weights, tail_weights, values):
    def weighted(weight, place):
        """Weight times value; places exist, so that no index has to be looked after."""
        there = values.at[place].get(mode="promise_in_bounds", wrap_negative_indices=False)
        return weight.reshape(-1, *[1] * (values.ndim - 1)) * there

    total = reduce(jnp.add, map(weighted, *(jnp.unstack(each, axis=1) for each in (weights, region.neighbours))))
    if not len(region.tail_place):
        return _stored(region, total)  # what is added to places of the tail is stored as it is
    rest = weighted(tail_weights, region.tail_neighbour)
    return total.at[region.tail_place].add(rest, indices_are_sorted=True, wrap_negative_indices=False)


def _stored(region: Region, values: Float[Array, "place ..."]) -> Float[Array, "place ..."]:
    """The values, on CPU by way of memory.

    XLA would fuse what they come from, such as sums over neighbours, into each of the passes that take them, and
    compute it again in each. It fuses nothing across a condition of which it does not know that it always holds.
    """

    def by_way_of_memory(residents, values):
        return jax.lax.cond(residents >= 0, lambda: values, lambda: jnp.zeros_like(values))

    return jax.lax.platform_dependent(
        jnp.asarray(region.population)[0], values, cpu=by_way_of_memory, default=lambda _, values: values
    )


def over_groups(
    values: Float[Array, "place group replicate"], weights: Float[Array, "group replicate"] | float | None = None
) -> Float[Array, "place replicate"]:
    """sum_g w_g values_mg, written out: XLA fuses it into one pass, while a reduction costs 8 to 20 times more on CPU.

    Weights are taken group by group: their product with all values would be an array to write and to read.
    """
    parts = jnp.unstack(values, axis=1)
    if weights is not None:
        parts = map(jnp.multiply, jnp.unstack(jnp.broadcast_to(weights, values.shape[1:])), parts)
    return reduce(jnp.add, parts)


def over_places(values: Float[Array, "place ..."]) -> Float[Array, "..."]:
    """sum_m values_m, as a product with ones.

    The order of a reduction changes with the number of replicates, and with it the last digit of what follows from it;
    this one's does not. The ones come first: after the values, XLA turns these around before it sums them.
    """
    return jnp.einsum("p,p...->...", jnp.ones(len(values)), values, precision="highest")
