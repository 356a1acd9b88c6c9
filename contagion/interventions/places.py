"""Areas that options build where a region brings none."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from contagion.state import Region

TOWNS = 20  # most populous places, from which remoteness is measured


def named(region: Region, name: str) -> Float[Array, "place 1"]:
    """An area of the region by its name."""
    return jnp.asarray(region.areas[name])[:, None]


def remote(region: Region, share: Float[Array, ""]) -> Float[Array, "place 1"]:
    """1 in the share of places that lie farthest from the large towns, 0 elsewhere."""
    easting, northing = jnp.asarray(region.easting), jnp.asarray(region.northing)
    largest = jnp.argsort(region.population, descending=True)

    def nearer(nth, distance):
        town = largest[nth]
        return jnp.minimum(distance, jnp.hypot(easting - easting[town], northing - northing[town]))

    distance = lax.fori_loop(0, min(TOWNS, len(easting)), nearer, jnp.full_like(easting, jnp.inf))
    farthest = jnp.argsort(jnp.argsort(distance, descending=True))
    return (farthest < share * len(easting)).astype(easting.dtype)[:, None]


def corridor(region: Region, width: Float[Array, ""]) -> Float[Array, "place 1"]:
    """1 within `width` km of the line from the largest town to the largest other port or crossing, 0 elsewhere."""
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
