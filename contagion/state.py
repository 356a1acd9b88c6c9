"""What everything else speaks: Region, Params, State, View and Controls.

Axes are named once and for all: ``group`` (criminal group slot), ``place`` (municipality) and
``replicate``. The replicate axis is last in every carried array. A number in `Params` has shape
``()`` or ``(replicate,)``: both broadcast, so one code path serves fixed and sampled parameters.
"""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key


def number(unit: str, low: float, high: float, status: str = "assumed", source: str = "") -> Any:
    """Declare a traced number of a component: its unit, its bounds, and where it comes from.

    **Arguments:** `unit` in words; `low`, `high` the legal interval, ends included; `status` one of
    published, calibrated, assumed; `source` a short citation.
    """
    metadata = dict(unit=unit, low=low, high=high, status=status, source=source)
    return eqx.field(metadata=metadata)


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
    state: Int[Array, " place"]  # index of the federal state, 0 .. states - 1
    # Row-standardised weights of neighbours: a few padded columns and, for the places with more
    # neighbours than columns, the rest as a coordinate list (degrees are skewed: padding to the
    # largest would read four times the data).
    neighbours: Int[Array, "place column"]  # place index; the place itself where padded
    weights: Float[Array, "place column"]  # 0 where padded
    tail_place: Int[Array, " tail"]
    tail_neighbour: Int[Array, " tail"]
    tail_weight: Float[Array, " tail"]
    states: int = eqx.field(static=True)  # number of federal states
