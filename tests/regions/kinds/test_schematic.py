"""The schematic region: a true coverage with real totals, the same on every call."""

import hashlib

import geopandas as gpd
import jax
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal import examples

from contagion._util.resources import folder
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.atlas import load_region
from contagion.regions.kinds import schematic
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres


@pytest.fixture(scope="module")
def atlas():
    return load_region()


@pytest.fixture(scope="module")
def states():
    return pd.read_csv(folder("geodata") / "schematic" / "states.csv", comment="#", dtype={"state": str})


def test_places_and_people_of_each_state(atlas, states):
    places = atlas.polygons
    assert len(places) == 2469
    assert places.index[:2].tolist() == ["01001", "01002"]
    assert places.name.iloc[0] == "Aguascalientes 1"
    by_state = places.groupby(places.index.str[:2]).population.agg(["size", "sum"])
    assert by_state.index.tolist() == states.state.tolist()
    assert by_state["size"].tolist() == states.municipalities.tolist()
    assert by_state["sum"].tolist() == states.population.tolist()
    assert (places.population > 0).all()
    assert atlas.region.provinces == 32


def test_places_cover_the_country_without_overlap(atlas):
    shapes = atlas.polygons.geometry
    assert shapes.is_valid.all()
    assert set(shapes.geom_type) <= {"Polygon", "MultiPolygon"}
    assert shapely.coverage_is_valid(shapes.to_numpy())
    country = gpd.read_file(examples.get_path("mexicojoin.shp")).set_crs(4326).to_crs(schematic.PLANE)
    assert shapes.to_crs(schematic.PLANE).area.sum() == pytest.approx(country.area.sum(), rel=1e-4)


def test_places_touch_as_municipalities_do(atlas):
    touching, notes = contiguity(atlas.polygons.geometry)
    assert notes == ()  # no isolate, one component
    degree = np.diff(touching.indptr)
    assert 5.5 < degree.mean() < 6.1  # 5.85 in the real municipalities


def test_areas_people_and_homicides_are_heavy_tailed(atlas):
    area = in_kilometres(atlas.polygons).area
    rate = atlas.region.homicides / atlas.region.population
    for values in (area, atlas.polygons.population, rate):
        assert np.quantile(values, 0.99) > 8 * np.median(values)
    region = atlas.region
    assert region.homicides.sum() * WEEKS_OF_YEAR / region.population.sum() * 1e5 == pytest.approx(22, rel=1e-4)


def test_groups_share_territories(atlas):
    members = atlas.region.members
    present = (members > 0).sum(axis=0)
    assert 0.3 < (present > 0).mean() < 0.4
    assert 0.4 < (present > 1).sum() / (present > 0).sum() < 0.6
    total = members.sum(axis=1)
    assert total[:6] == pytest.approx(115_000 / np.arange(1, 7) / (1 / np.arange(1, 7)).sum(), rel=1e-5)
    assert (total[6:] == 0).all()
    rate = atlas.region.homicides / atlas.region.population
    assert np.median(rate[present > 1]) > np.median(rate[present == 1]) > np.median(rate[present == 0])


@pytest.mark.parametrize("groups", [1, 3, 64])
def test_any_number_of_groups(groups):
    atlas = load_region(groups=groups)
    assert atlas.region.members.sum() == pytest.approx(115_000, rel=1e-5)
    active = groups - 2 if groups >= 4 else groups
    assert (atlas.region.members[:active].sum(axis=1) > 0).all()


def test_strategic_places_are_few_large_and_on_the_rim(atlas):
    strategic = atlas.region.strategic > 0
    assert strategic.sum() == 36
    rim = shapely.boundary(shapely.coverage_union_all(atlas.polygons.geometry.to_numpy()))
    assert atlas.polygons[strategic].intersects(rim).all()


def test_says_that_it_is_schematic(atlas):
    assert atlas.schematic
    assert "chematic" in atlas.source
    assert any("schematic" in note for note in atlas.notes)


def digest(atlas):
    leaves = [np.ascontiguousarray(leaf).tobytes() for leaf in jax.tree.leaves(atlas.region)]
    shapes = shapely.to_wkb(atlas.polygons.geometry.to_numpy())
    return hashlib.sha256(b"".join([*leaves, *shapes])).hexdigest()


def test_is_the_same_on_every_call(atlas):
    schematic.divided.cache_clear()
    assert digest(load_region()) == digest(atlas)
