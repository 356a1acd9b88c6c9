"""Outlines of places as variables of a Dataset, after the CF conventions (1.11, section 7.5)."""

import geopandas as gpd
import numpy as np
import shapely
from xarray import Dataset, Variable

from contagion.regions.polygons import in_order

CONTAINER, MAPPING = "geometry", "crs"
NODES = dict(geometry_type="polygon", node_count="node_count", node_coordinates="x y")
PARTS = dict(part_node_count="part_node_count", interior_ring="interior_ring")
NAMES = (CONTAINER, MAPPING, "x", "y", "node_count", *PARTS)


def with_outlines(dataset: Dataset, polygons: gpd.GeoDataFrame) -> Dataset:
    """A dataset of places with their outlines and coordinate reference system as coordinates.

    Parameters
    ----------
    dataset
        Results of a run.
    polygons
        One row per place, indexed by code.

    Returns
    -------
    xarray.Dataset
        The dataset with `geometry`, the container that variables of places name in their attribute `geometry`; `crs`;
        nodes `x` and `y`, `node_count(place)`, and of each ring `part_node_count` and `interior_ring`, 1 for a hole.

    Raises
    ------
    InputError
        If polygons and places do not match.

    References
    ----------
    CF Conventions 1.11, section 7.5 (geometries), https://cfconventions.org
    """
    ordered = in_order(polygons, dataset["place"].to_index())
    assert ordered.crs is not None
    shapes = shapely.orient_polygons(ordered.geometry.to_numpy())
    parts, place_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    nodes, ring_of_node = shapely.get_coordinates(rings, return_index=True)
    per_ring = np.bincount(ring_of_node)
    per_place = np.bincount(place_of_part[part_of_ring], per_ring, len(shapes)).astype(per_ring.dtype)
    hole = (np.diff(part_of_ring, prepend=-1) == 0).astype(np.int8)
    degrees = dict(axis="X", units="degrees_east"), dict(axis="Y", units="degrees_north")
    outlines = {
        CONTAINER: Variable((), np.int8(0), NODES | PARTS | dict(grid_mapping=MAPPING)),
        MAPPING: Variable((), np.int8(0), ordered.crs.to_cf()),
        "x": Variable("node", nodes[:, 0], degrees[0]),
        "y": Variable("node", nodes[:, 1], degrees[1]),
        "node_count": Variable("place", per_place, dict(long_name="Nodes of the outline")),
        "part_node_count": Variable("part", per_ring, dict(long_name="Nodes of the ring")),
        "interior_ring": Variable("part", hole, dict(long_name="Whether the ring is a hole")),
    }
    named = dict(geometry=CONTAINER, grid_mapping=MAPPING)
    of_places = {
        name: values.assign_attrs(named) for name, values in dataset.data_vars.items() if "place" in values.dims
    }
    return dataset.assign(of_places).assign_coords(outlines)


def without_outlines(dataset: Dataset) -> Dataset:
    """The same dataset without them."""
    plain = dataset.drop_vars(NAMES, errors="ignore")
    for values in plain.data_vars.values():
        for key in ("geometry", "grid_mapping"):
            values.attrs.pop(key, None)
    return plain
