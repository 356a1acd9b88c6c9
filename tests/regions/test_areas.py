"""Areas where options act: brought by a file, by the region, or built."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from shapely import box, voronoi_polygons
from shapely.geometry import MultiPoint

from contagion.errors import InputError
from contagion.interventions.registry import load_driver, load_intervention
from contagion.regions.areas import DEPLOYMENT, deployment_regions, with_areas
from contagion.regions.atlas import load_region


def parts(region, labels):
    """How many connected parts each deployment region has."""
    count, columns = region.neighbours.shape
    ends = np.repeat(np.arange(count), columns), np.ravel(region.neighbours)
    edges = np.concatenate([ends, [region.tail_place, region.tail_neighbour]], axis=1)
    touching = sparse.coo_array((np.ones(edges.shape[1]), tuple(edges)), shape=(count, count)).tocsr()
    return [
        connected_components(touching[inside][:, inside], directed=False)[0]
        for inside in (np.flatnonzero(labels == label) for label in np.unique(labels))
    ]


def irregular(tmp_path, centres, name="places.gpkg", order=None):
    """A region of polygons around points, in the order of rows asked for."""
    cells = gpd.GeoSeries(list(voronoi_polygons(MultiPoint(centres)).geoms))
    return load_places(tmp_path, cells.intersection(box(0, 0, 10, 10)), name, order)


def load_places(tmp_path, cells, name="places.gpkg", order=None, **options):
    """A region of polygons that are called by their numbers."""
    places = gpd.GeoDataFrame({"id": [f"P{number:03d}" for number in range(len(cells))]}, geometry=cells, crs=4326)
    places = places.assign(name=places.id, residents=1000, land="A")
    places.iloc[slice(None) if order is None else order].to_file(tmp_path / name)
    columns = dict(id="id", name="name", population="residents", state="land")
    return load_region("file", path=str(tmp_path / name), **columns, **options)


@pytest.mark.parametrize(("rows", "columns"), [(20, 15), (5, 4), (1, 1)])
def test_deployment_regions_are_as_many_as_asked_for_and_connected(rows, columns):
    region = load_region("lattice", rows=rows, columns=columns).region
    labels = deployment_regions(region)
    assert labels.shape == (rows * columns,)
    assert set(labels) == set(range(min(266, rows * columns)))
    assert set(parts(region, labels)) == {1}


def test_few_deployment_regions_are_connected():
    region = load_region("lattice", rows=20, columns=15).region
    labels = deployment_regions(region, 12)
    assert set(labels) == set(range(12))
    assert set(parts(region, labels)) == {1}


def test_deployment_regions_do_not_depend_on_the_order_of_rows(tmp_path):
    """The same places go together, whatever their numbers are."""
    generator = np.random.default_rng(4)
    centres, order = generator.uniform(0, 10, (60, 2)), generator.permutation(60)
    plain, shuffled = (
        irregular(tmp_path, centres, name, rows) for name, rows in (("plain.gpkg", None), ("mixed.gpkg", order))
    )
    labels = pd.DataFrame(
        {
            "plain": pd.Series(deployment_regions(plain.region, 9), plain.polygons.index),
            "shuffled": pd.Series(deployment_regions(shuffled.region, 9), shuffled.polygons.index),
        }
    )
    assert len(labels) == 60
    assert len(labels.drop_duplicates()) == labels.plain.nunique() == labels.shuffled.nunique() == 9


def test_islands_far_apart_have_deployment_regions_of_their_own(tmp_path):
    """Without a warning, which would fail."""
    cells = gpd.GeoSeries([box(x, y, x + 1, y + 1) for x in (0, 1, 2, 40, 41, 42) for y in range(3)])
    region = load_places(tmp_path, cells).region
    labels = deployment_regions(region, 6)
    assert set(labels) == set(range(6))
    assert set(parts(region, labels)) == {1}


def test_an_area_that_nobody_names_is_not_built():
    atlas = load_region("lattice")
    assert set(with_areas(atlas, ()).areas) == {"strategic"}
    assert set(with_areas(atlas, (load_driver("opium_price"),)).areas) == {"strategic"}
    named = with_areas(atlas, (load_driver("opium_price", crops=DEPLOYMENT),))
    assert np.array_equal(named.areas[DEPLOYMENT], deployment_regions(atlas.region))


def test_an_area_of_the_region_goes_before_the_one_built(tmp_path):
    path = write(tmp_path, f"code,{DEPLOYMENT}\n0,1\n1,1\n", load_region("lattice", rows=1, columns=2))
    atlas = load_region("lattice", rows=1, columns=2, areas=path)
    assert with_areas(atlas, (load_driver("opium_price", crops=DEPLOYMENT),)).areas[DEPLOYMENT].tolist() == [1, 1]


def test_districts_may_have_any_numbers(tmp_path):
    """An option that takes districts sees them counted from 0; a number beyond the places would be lost."""
    path = write(tmp_path, "code,zone\n0,7001\n1,15\n2,7001\n", load_region("lattice", rows=1, columns=3))
    atlas = load_region("lattice", rows=1, columns=3, areas=path)
    guard = load_intervention("national_guard", regions="zone")
    assert with_areas(atlas, (guard,)).areas["zone"].tolist() == [1, 0, 1]
    assert with_areas(atlas, (load_driver("opium_price", crops="zone"),)).areas["zone"].tolist() == [7001, 15, 7001]


def test_an_unknown_area_names_the_nearest():
    message = r"OpiumPrice.crops=strategik: the region has no such area; the nearest is strategic\."
    with pytest.raises(InputError, match=message) as error:
        with_areas(load_region("lattice"), (load_driver("opium_price", crops="strategik"),))
    assert len(str(error.value).splitlines()) == 1


def write(tmp_path, text, atlas):
    """A file of areas in which places are numbered from 0."""
    path = tmp_path / "areas.csv"
    head, *rows = text.splitlines()
    codes = atlas.polygons.index
    for number, row in enumerate(rows):
        first, *rest = row.split(",")
        rows[number] = ",".join([codes[int(first)] if first.isdigit() else first, *rest])
    path.write_text("\n".join([head, *rows]) + "\n")
    return str(path)


@pytest.mark.parametrize("kind", ["lattice", "file"])
def test_areas_of_a_file_arrive(tmp_path, kind):
    """Shares and districts; 0 where a place is not listed; in any order of rows."""

    def load(**options):
        if kind == "lattice":
            return load_region("lattice", rows=2, columns=3, **options)
        cells = gpd.GeoSeries([box(x, 0, x + 1, 1) for x in range(6)])
        return load_places(tmp_path, cells, **options)

    plain = load()
    path = write(tmp_path, "code,hills,district\n4,0.5,2\n1,1,1\n", plain)
    atlas = load(areas=path)
    assert set(atlas.region.areas) == {"strategic", "hills", "district"}
    assert atlas.region.areas["hills"].tolist() == [0, 1, 0, 0, 0.5, 0]
    assert atlas.region.areas["district"].tolist() == [0, 1, 0, 0, 2, 0]
    assert set(atlas.hashes) - set(plain.hashes) == {path}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("place,hills\n0,1\n", "areas.csv: no column 'code'; the nearest is"),
        ("code\n0\n", "areas.csv: no column other than code; each area is a column of numbers"),
        ("code,hills\nnowhere,1\n", r"areas.csv: 1 of 1 codes match no polygon \(nowhere\)"),
        ("code,hills\n0,1\n0,1\n", "areas.csv: column 'code' repeats the code"),
        ("code,hills\n0,-1\n", r"areas.csv: column 'hills' is negative in row 1 \(-1\); must be 0 or more"),
        ("code,hills\n0,high\n", r"areas.csv: column 'hills' is not a finite number in row 1 \(high\)"),
        ("code,high hills\n0,1\n", "areas.csv: column 'high hills' cannot name an area; use letters"),
    ],
)
def test_bad_files_of_areas(tmp_path, text, message):
    path = write(tmp_path, text, load_region("lattice"))
    with pytest.raises(InputError, match=message):
        load_region("lattice", areas=path)


def test_a_missing_file_of_areas():
    with pytest.raises(InputError, match=r"hills\.csv: no such file"):
        load_region("lattice", areas="hills.csv")
