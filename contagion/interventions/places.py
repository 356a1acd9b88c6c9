"""Places that options act on where no area is named."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.state import Region

TOWNS = 20  # most populous places, from which remoteness is measured


def remote(region: Region, share: Float[Array, ""]) -> Float[Array, " place"]:
    """1 in the `share` of places farthest from the nearest of the most populous ones, else 0; more where they tie."""
    _, towns = jax.lax.top_k(region.population, min(TOWNS, len(region.population)))
    east, north = (centres[:, None] - centres[towns] for centres in (region.easting, region.northing))
    distance = jnp.hypot(east, north).min(axis=1)
    count = jnp.round(share * len(distance)).astype(int)
    threshold = jnp.sort(distance, descending=True)[jnp.clip(count, 1, len(distance)) - 1]
    return ((count > 0) & (distance >= threshold)).astype(distance.dtype)
