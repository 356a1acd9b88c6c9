"""Sums over neighbouring places."""

from jaxtyping import Array, Float

from contagion.state import Region


def neighbour_mean(region: Region, values: Float[Array, "place replicate"]) -> Float[Array, "place replicate"]:
    """sum_n W_mn values_n with row-standardised W: the mean over the neighbours of each place."""
    columns = region.neighbours.shape[1]
    mean = region.weights[:, :1] * values[region.neighbours[:, 0]]
    for column in range(1, columns):
        mean = mean + region.weights[:, column, None] * values[region.neighbours[:, column]]
    rest = region.tail_weight[:, None] * values[region.tail_neighbour]
    return mean.at[region.tail_place].add(rest, indices_are_sorted=True)
