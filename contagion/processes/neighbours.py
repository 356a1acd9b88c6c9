"""Sums over neighbouring places."""

from jaxtyping import Array, Float

from contagion.state import Region


def neighbour_mean(region: Region, values: Float[Array, "place ..."]) -> Float[Array, "place ..."]:
    """sum_n W_mn values_n with row-standardised W: the mean over the neighbours of each place."""
    return _weighted(region, region.weights, region.tail_weight, values)


def closeness_sum(region: Region, values: Float[Array, "place ..."]) -> Float[Array, "place ..."]:
    """sum_n K_mn values_n with symmetric closeness K."""
    return _weighted(region, region.closeness, region.tail_closeness, values)


def _weighted(region: Region, weights, tail_weights, values):
    inner = (slice(None), *[None] * (values.ndim - 1))
    total = weights[:, 0][inner] * values[region.neighbours[:, 0]]
    for column in range(1, region.neighbours.shape[1]):
        total = total + weights[:, column][inner] * values[region.neighbours[:, column]]
    rest = tail_weights[inner] * values[region.tail_neighbour]
    return total.at[region.tail_place].add(rest, indices_are_sorted=True)
