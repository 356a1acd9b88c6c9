"""Outlines in a store, decoded again by a library that knows the conventions, and by hand."""

import re
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from lattice import lattice, run

from contagion.errors import InputError
from contagion.regions.geometry import NAMES, with_outlines, without_outlines
from contagion.simulation.labels import text
from contagion.simulation.store import open_results, save


@pytest.fixture(scope="module")
def polygons() -> gpd.GeoDataFrame:
    """A place with a hole and one of two parts among others."""
    places = lattice(2, 3)
    shapes = places.geometry.to_numpy().copy()
    west, south, east, north = shapes[1].bounds
    shapes[1] = shapes[1].difference(shapely.box(west + 0.3, south + 0.3, east - 0.3, north - 0.3))
    shapes[5] = shapely.MultiPolygon([shapes[5], shapely.box(-90, 20, -89, 21)])
    return places.set_geometry(gpd.GeoSeries(shapes, places.index, crs="EPSG:4326"))


@pytest.fixture(scope="module")
def dataset(polygons: gpd.GeoDataFrame) -> xr.Dataset:
    made_up = run(polygons, ["baseline", "kingpin"])
    return made_up.assign_coords({name: text(made_up[name].values) for name in ("strategy", "statistic")})


@pytest.fixture(scope="module")
def stored(dataset, polygons, tmp_path_factory) -> xr.Dataset:
    """The store alone, as plain xarray opens it."""
    shuffled = polygons.sample(frac=1, random_state=0)
    path = save(dataset, tmp_path_factory.mktemp("outlines"), shuffled)
    with xr.open_zarr(path, chunks=None) as opened:
        return opened.load().assign_attrs(path=str(path))


def test_a_library_reads_the_outlines(stored, polygons) -> None:
    cf_xarray = pytest.importorskip("cf_xarray")
    shapes = cf_xarray.geometry.cf_to_shapely(stored, container="geometry")
    assert shapes.dims == ("place",)
    same = [shapely.equals(one, other) for one, other in zip(shapes.values, polygons.geometry, strict=True)]
    assert all(same)


def test_the_conventions_are_followed(stored, polygons) -> None:
    container = stored["geometry"].attrs
    assert container["geometry_type"] == "polygon"
    assert container["node_coordinates"] == "x y"
    assert container["grid_mapping"] == "crs"
    assert gpd.GeoSeries(crs=stored["crs"].attrs["crs_wkt"]).crs == polygons.crs
    assert (stored["x"].attrs["axis"], stored["y"].attrs["axis"]) == ("X", "Y")
    assert set(NAMES) <= set(stored.coords)
    for name, values in stored.data_vars.items():
        of_places = "place" in values.dims
        assert (values.attrs.get("geometry") == "geometry") == of_places, name
        assert ((values.attrs.get("grid_mapping") or values.encoding.get("grid_mapping")) == "crs") == of_places
    counts = stored["node_count"].values
    assert counts.sum() == stored["part_node_count"].values.sum() == stored.sizes["node"]
    assert stored["interior_ring"].values.tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    first = np.column_stack([stored["x"][: counts[0]], stored["y"][: counts[0]]])
    assert shapely.LinearRing(first).is_ccw
    assert shapely.Polygon(first).equals(polygons.geometry.iloc[0])


def test_results_are_opened_without(stored, dataset) -> None:
    opened = open_results(stored.attrs["path"], verify=True)
    xr.testing.assert_identical(opened.load(), dataset)
    with warnings.catch_warnings(action="error"):
        xr.testing.assert_identical(without_outlines(with_outlines(dataset, lattice(2, 3))), dataset)
    assert "geometry" not in dataset["homicides"].attrs


def test_the_example_of_the_documents_draws_a_map(stored, monkeypatch) -> None:
    pytest.importorskip("cf_xarray")
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    text = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    monkeypatch.chdir(Path(stored.attrs["path"]).parent)
    names: dict = {}
    exec(compile(code, "outputs.md", "exec"), names)
    assert len(names["shapes"]) == 6


def test_outlines_of_other_places_are_refused(dataset, polygons, tmp_path) -> None:
    with pytest.raises(InputError, match="1 places have no polygon: 000"):
        save(dataset, tmp_path, polygons[1:])
    assert not list(tmp_path.iterdir())
