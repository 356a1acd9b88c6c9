"""Region: places, the people and groups in them at the start, and how places touch."""

import equinox as eqx
from jaxtyping import Array, Float, Int


class Region(eqx.Module):
    """Places, the people and groups in them at the start, and how places touch. Never changes."""

    population: Float[Array, " place"]  # residents, persons
    homicides: Float[Array, " place"]  # recorded homicides per week before the start
    members: Float[Array, "group place"]  # rank and file at the start, persons
    hostility: Float[Array, "group group"]  # K of the national law at the start, >= 0, zero diagonal
    military: Float[Array, " place"]  # military deployed at the start, persons
    police: Float[Array, " place"]  # police at the start, persons
    capability: Float[Array, " place"]  # police integrity and capability at the start, 0..1
    vulnerability: Float[Array, " place"]  # relative propensity to be recruited, 1 is the national mean
    strategic: Float[Array, " place"]  # 1 where there is a port or border crossing, else 0
    easting: Float[Array, " place"]  # projected centroid, km
    northing: Float[Array, " place"]  # projected centroid, km
    province: Int[Array, " place"]  # index of the federal state, 0 .. provinces - 1
    # Row-standardised weights of neighbours: a few padded columns and, for the places with more
    # neighbours than columns, the rest as a coordinate list (degrees are skewed: padding to the
    # largest would read four times the data).
    neighbours: Int[Array, "place column"]  # place index; the place itself where padded
    weights: Float[Array, "place column"]  # 0 where padded
    tail_place: Int[Array, " tail"]
    tail_neighbour: Int[Array, " tail"]
    tail_weight: Float[Array, " tail"]
    # Closeness of the same neighbours, exp(-d / scale) of the way by road where it is known, else between
    # centres. Symmetric, unlike the weights: what leaves one place arrives in another.
    closeness: Float[Array, "place column"]  # 0 where padded
    tail_closeness: Float[Array, " tail"]
    provinces: int = eqx.field(static=True)  # number of federal states
    # Named sets of places where options act: 1 inside and 0 outside, shares between, or numbers of districts.
    areas: dict[str, Float[Array, " place"]] = eqx.field(default_factory=dict)


class Constants(eqx.Module):
    """What is derived once from `Region` and `Params` at the start and then stays."""

    contact: Float[Array, "place replicate"]  # theta_m, 1/(person week)
    endemic: Float[Array, "place replicate"]  # endemic_m, homicides per resident and week
    deterrence: Float[Array, "place replicate"]  # D at the start
