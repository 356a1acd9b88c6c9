"""Which groups and places options choose."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.kernel.numerics.sums import over_places
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


def rank(values: Float[Array, "group replicate"]) -> Int[Array, "group replicate"]:
    """Place of each group in the order of `values`: 0 for the largest, ties to the earlier slot."""
    order = jnp.arange(values.shape[0])
    ahead = (values[None] > values[:, None]) | (
        (values[None] == values[:, None]) & (order[None, :, None] < order[:, None, None])
    )
    return ahead.sum(axis=1)


def hottest(recorded: Float[Array, "place replicate"], count: Int[Array, ""]) -> Bool[Array, "place replicate"]:
    """The `count` places with most recorded homicides; more where the last of them tie, none without homicides."""
    ordered = jnp.sort(recorded, axis=0, descending=True)
    threshold = ordered[jnp.clip(count, 1, len(ordered)) - 1]
    return (count > 0) & (recorded >= threshold) & (recorded > 0)


def average_capability(view: Observation, region: Region) -> Float[Array, " replicate"]:
    """Capability of the police that an average resident has."""
    residents = region.population / region.population.sum()
    return over_places(residents[:, None] * view.capability)
