"""Rings around centres: the parts of a plan that spreads over space."""

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from contagion.kernel.region import Region

INNERMOST = -1


class Rings(eqx.Module):
    """Parts of a plan: the places that are nearest to one centre and lie in one band of distance from it.

    A part is known by its first place, so that a value for each part is a value for each place, alike within parts.
    """

    ring: Int[Array, " place"]  # 0 around the centre; the number of rings outside the plan
    part: Int[Array, " place"]  # first place of the part in which a place lies
    inner: Int[Array, " place"]  # first place of the next inner part around the same centre, INNERMOST for none
    residents: Float[Array, " place"]  # of the part of each place, persons
    order: Int[Array, " place"]  # places by ring, then by centre: parts in the order in which they are served

    def total(self, values: Float[Array, "place replicate"]) -> Float[Array, "place replicate"]:
        """Sum over the part of each place."""
        return jnp.zeros_like(values).at[self.part].add(values)[self.part]

    def first(self) -> Bool[Array, "place 1"]:
        """Whether each place is the first of its part."""
        return (self.part == jnp.arange(len(self.part)))[:, None]

    def count(self, those: Bool[Array, "place replicate"]) -> Float[Array, " replicate"]:
        """Number of parts among those."""
        return (self.first() & those).sum(axis=0, dtype=float)

    def ahead(self, values: Float[Array, "place replicate"]) -> Float[Array, "place replicate"]:
        """Sum of values of parts over all parts that are served before the part of each place, and this part."""
        served = jnp.cumsum((self.first() * values)[self.order], axis=0)
        return jnp.zeros_like(values).at[self.order].set(served)


def rings_around(
    region: Region,
    centres: Int[Array, " place"],
    count: Int[Array, ""],
    width: Float[Array, ""],
    rings: int,
    together: bool = False,
) -> Rings:
    """Divide places into parts.

    Parameters
    ----------
    region
        The region.
    centres
        Places in order of preference as centres.
    count
        How many of them are centres.
    width
        Width of a ring, km.
    rings
        Number of rings.
    together
        Whether rings of the same number are one part, whatever their centre.

    Returns
    -------
    Rings
        Parts of the plan.
    """
    easting, northing = jnp.asarray(region.easting), jnp.asarray(region.northing)

    def nearer(nth, found):
        least, nearest = found
        away = jnp.hypot(easting - easting[centres[nth]], northing - northing[centres[nth]])
        return jnp.minimum(least, away), jnp.where(away < least, nth, nearest)

    nobody = jnp.full_like(easting, jnp.inf), jnp.zeros(easting.shape, jnp.int32)
    distance, centre = lax.fori_loop(0, count, nearer, nobody)
    centre = jnp.zeros_like(centre) if together else centre
    ring = jnp.minimum(jnp.floor(distance / width), rings).astype(jnp.int32)

    places = jnp.arange(len(easting), dtype=jnp.int32)
    by_part = jnp.lexsort((ring, centre)).astype(jnp.int32)  # parts of a centre lie side by side, from the inside out
    changes = (jnp.diff(centre[by_part]) != 0) | (jnp.diff(ring[by_part]) != 0)
    start = lax.cummax(jnp.where(jnp.concatenate([jnp.ones(1, bool), changes]), places, 0))
    same = (start > 0) & (centre[by_part[start - 1]] == centre[by_part])
    inner = jnp.where(same, by_part[start[start - 1]], INNERMOST)
    part = jnp.zeros_like(places).at[by_part].set(by_part[start])
    residents = jnp.asarray(region.population)
    return Rings(
        ring=ring,
        part=part,
        residents=jnp.zeros_like(residents).at[part].add(residents)[part],
        inner=jnp.zeros_like(places).at[by_part].set(inner),
        order=jnp.lexsort((centre, ring)).astype(jnp.int32),
    )
