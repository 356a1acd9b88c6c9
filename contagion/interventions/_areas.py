"""Default areas of interventions, for regions that do not define them."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.region import Region

TOWNS = 20  # number of most populous places from which remoteness is measured


def named(region: Region, name: str) -> Float[Array, "place 1"]:
    """Area of the region by name."""
    return jnp.asarray(region.areas[name])[:, None]


def named_or_remote(region: Region, name: str, share: Float[Array, ""]) -> Float[Array, "place 1"]:
    """Area by name, or the remote places if the name is empty."""
    return named(region, name) if name else remote(region, share)


def remote(region: Region, share: Float[Array, ""]) -> Float[Array, "place 1"]:
    """Indicator of the `share` of places farthest from the most populous ones; ties are included."""
    _, towns = jax.lax.top_k(region.population, min(TOWNS, len(region.population)))
    east, north = (centres[:, None] - centres[towns] for centres in (region.easting, region.northing))
    distance = jnp.hypot(east, north).min(axis=1)
    count = jnp.round(share * len(distance)).astype(int)
    threshold = jnp.sort(distance, descending=True)[jnp.clip(count, 1, len(distance)) - 1]
    return ((count > 0) & (distance >= threshold)).astype(distance.dtype)[:, None]


def corridor(region: Region, width: Float[Array, ""]) -> Float[Array, "place 1"]:
    """Indicator of places within `width` km of the line from the largest town to the largest other port or crossing."""
    position = jnp.stack([jnp.asarray(region.easting), jnp.asarray(region.northing)])
    residents, order = jnp.asarray(region.population), jnp.arange(len(region.population))
    largest = jnp.argmax(residents)
    ports = jnp.where(order == largest, -1, residents * region.strategic)
    town, port = position[:, largest], position[:, jnp.argmax(ports)]
    from_town, way = position - town[:, None], (port - town)[:, None]
    squared = jnp.maximum((way**2).sum(), jnp.finfo(position.dtype).tiny)
    share = jnp.clip((from_town * way).sum(axis=0) / squared, 0, 1)
    apart = jnp.hypot(*(from_town - share * way))
    return (apart <= width).astype(position.dtype)[:, None]
