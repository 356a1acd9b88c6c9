"""Region: places, the people and groups in them at the start, and how places touch."""

from dataclasses import replace
from typing import TYPE_CHECKING

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Int

if TYPE_CHECKING:
    Leaf = Array  # what processes see
else:
    Leaf = Array | np.ndarray  # NumPy on the host, in double precision; JAX takes them in its own

WIDEST = 32  # neighbours of a place in columns at most


class Region(eqx.Module):
    """Places, the people and groups in them at the start, and how places touch. Never changes."""

    population: Float[Leaf, " place"]  # residents, persons
    homicides: Float[Leaf, " place"]  # recorded homicides per week before the start
    members: Float[Leaf, "group place"]  # rank and file at the start, persons
    hostility: Float[Leaf, "group group"]  # K of the national law at the start, >= 0, zero diagonal
    military: Float[Leaf, " place"]  # military deployed at the start, persons
    police: Float[Leaf, " place"]  # police at the start, persons
    capability: Float[Leaf, " place"]  # police integrity and capability at the start, 0..1
    vulnerability: Float[Leaf, " place"]  # relative propensity to be recruited, 1 is the national mean
    strategic: Float[Leaf, " place"]  # 1 where there is a port or border crossing, else 0
    easting: Float[Leaf, " place"]  # projected centroid, km
    northing: Float[Leaf, " place"]  # projected centroid, km
    province: Int[Leaf, " place"]  # index of the federal state, 0 .. provinces - 1
    # Row-standardised weights of neighbours: a few padded columns and, for the places with more
    # neighbours than columns, the rest as a coordinate list (degrees are skewed: padding to the
    # largest would read four times the data).
    neighbours: Int[Leaf, "place column"]  # place index; the place itself where padded
    weights: Float[Leaf, "place column"]  # 0 where padded
    tail_place: Int[Leaf, " tail"]
    tail_neighbour: Int[Leaf, " tail"]
    tail_weight: Float[Leaf, " tail"]
    # Closeness of the same neighbours, exp(-d / scale) of the way by road where it is known, else between
    # centres. Symmetric, unlike the weights: what leaves one place arrives in another.
    closeness: Float[Leaf, "place column"]  # 0 where padded
    tail_closeness: Float[Leaf, " tail"]
    # Share of what spills over from the same neighbours that arrives here, and the share of a place that stays in it.
    # From every place they sum to 1.
    exchange: Float[Leaf, "place column"]  # 0 where padded
    tail_exchange: Float[Leaf, " tail"]
    staying: Float[Leaf, " place"]
    provinces: int = eqx.field(static=True)  # number of federal states
    # Share of homicides before the start that was attributed to rivalry between groups; None where nobody counted.
    rivalry: Float[Leaf, " place"] | None = None
    # Named sets of places where options act: 1 inside and 0 outside, shares between, or numbers of districts.
    areas: dict[str, Float[Leaf, " place"]] = eqx.field(default_factory=dict)
    # Slots of groups that options name.
    slots: dict[str, Int[Leaf, ""]] = eqx.field(default_factory=dict)

    def __repr__(self) -> str:
        """Sizes on one line; a tree whose leaves are no arrays as Equinox writes it."""
        shape = getattr(self.members, "shape", ())
        if len(shape) != 2:
            return super().__repr__()
        return f"Region({shape[1]:,} places, {shape[0]} groups, {self.provinces} provinces, {len(self.areas)} areas)"

    def widened(self) -> "Region":
        """The same with neighbours in columns alone, where the most that a place has are not many.

        A GPU adds up padded columns in the pass that takes their sum; a tail is a pass of its own over all places.
        """
        places, columns = self.neighbours.shape
        rank = np.arange(len(self.tail_place)) - np.searchsorted(self.tail_place, self.tail_place)
        more = int(rank.max(initial=-1)) + 1
        if not more or columns + more > WIDEST:
            return self
        where = np.asarray(self.tail_place), rank

        def joined(columns, tail, empty):
            added = np.array(np.broadcast_to(empty, (places, more)), dtype=np.asarray(columns).dtype)
            added[where] = tail
            return np.hstack([columns, added])

        tables = dict(weights=self.tail_weight, closeness=self.tail_closeness, exchange=self.tail_exchange)
        wide = {name: joined(getattr(self, name), tail, 0) for name, tail in tables.items()}
        neighbours = joined(self.neighbours, self.tail_neighbour, np.arange(places)[:, None])
        tails = ("tail_place", "tail_neighbour", "tail_weight", "tail_closeness", "tail_exchange")
        empty = {name: np.asarray(getattr(self, name))[:0] for name in tails}
        return replace(self, neighbours=neighbours, **wide, **empty)


class Constants(eqx.Module):
    """What is derived once from `Region` and `Params` at the start and then stays."""

    contact: Float[Array, "place replicate"]  # theta_m, theta of the national law as a place has room, 1/(person week)
    room: Float[Array, "place replicate"]  # most losses in the place per member there, member anywhere and week
    per_casualty: Float[Array, " replicate"]  # chi, homicides per member killed in conflict
    endemic: Float[Array, "place replicate"]  # endemic_m, homicides per resident and week
    deterrence: Float[Array, "place replicate"]  # D at the start
    controlled: Float[Array, "place replicate"]  # share of each place under criminal control at the start
    expected: Float[Array, "place replicate"]  # homicides a week that the mechanism expects at the start
