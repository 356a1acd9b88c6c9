"""Hot spots: where high rates lie together they are found, and in noise they are not."""

import sys

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from lattice import lattice, run, words

from contagion import plots
from contagion.analysis.spatial.hot_spots import hot_spot_table
from contagion.errors import InputError


@pytest.fixture(scope="module")
def polygons() -> gpd.GeoDataFrame:
    return lattice(8, 8).assign(population=10_000.0)


@pytest.fixture(scope="module")
def dataset(polygons: gpd.GeoDataFrame) -> xr.Dataset:
    """Noise under the first strategy; under the second a block of three by three places with ten times as many."""
    made = run(polygons, ["noise", "block"])
    generator = np.random.default_rng(0)
    field = generator.uniform(1, 2, (2, 1, 1, 64))
    field.reshape(2, 8, 8)[1, :3, :3] *= 10
    weeks = made["weeks"].values[:, None]
    homicides = np.broadcast_to(field * weeks, made["homicides"].shape).copy()
    return made.assign(homicides=(made["homicides"].dims, homicides, made["homicides"].attrs))


@pytest.fixture(scope="module")
def table(dataset, polygons):
    return hot_spot_table(dataset, polygons)


def test_a_block_of_violence_is_a_hot_spot(table) -> None:
    assert table["source"].unique().tolist() == ["noise", "block"]
    block = table[table["source"] == "block"].set_index("code")
    inside = [f"{row * 8 + column:03d}" for row in range(2) for column in range(2)]
    assert (block.loc[inside, "cluster"] == "hot spot").all()
    assert (block.loc[inside, "spot"] == "hot spot").all()
    assert (block.loc[inside, "getis"] > 3).all()
    far = [f"{row * 8 + column:03d}" for row in range(5, 8) for column in range(5, 8)]
    assert not block.loc[far, ["cluster", "spot"]].isin(["hot spot"]).any(axis=None)
    noise = table[table["source"] == "noise"]
    assert (noise["spot"] == "not significant").mean() > 0.9


def test_the_record_comes_first(dataset, polygons) -> None:
    """Of its last twelve months, or its last year."""
    times = np.array([f"{2018 + month // 12}-{month % 12 + 1:02d}-01" for month in range(24)], "datetime64[ns]")
    counted = np.concatenate([np.full((12, 64), 99.0), np.ones((12, 64))])
    recorded = dataset.assign(recorded_homicides=(("recorded_time", "place"), counted)).assign_coords(
        recorded_time=times
    )
    table = hot_spot_table(recorded, polygons)
    first = table[table["source"] == "record"]
    np.testing.assert_allclose(first["rate"], 12 / 10_000 * 1e5)
    assert (first["spot"] == "not significant").all()  # the same everywhere
    yearly = recorded.isel(recorded_time=[0, 12])
    assert hot_spot_table(yearly, polygons)["rate"].iloc[0] == pytest.approx(1 / 10_000 * 1e5)


def test_maps(dataset, polygons, table) -> None:
    for statistic, title in (("spot", "Gi* of homicide rates"), ("cluster", "Local Moran's I of homicide rates")):
        figure = plots.hot_spots(dataset, polygons, table, statistic)
        assert len(figure.axes) == 2
        assert title in words(figure)
        assert "places in hot spots" in words(figure).replace("\n", " ")
    with pytest.raises(InputError, match="unknown statistic 'spots'; the nearest is 'spot'"):
        plots.hot_spots(dataset, polygons, table, "spots")


def test_misuse(dataset, polygons, monkeypatch) -> None:
    empty = dataset.assign_coords(population=dataset.population * 0)
    with pytest.raises(InputError, match="hot spots take three places with residents or more"):
        hot_spot_table(empty, polygons)
    with pytest.raises(InputError, match="2 places have no polygon: 000, 001"):
        hot_spot_table(dataset, polygons[2:])
    monkeypatch.setitem(sys.modules, "esda", None)
    with pytest.raises(InputError, match="esda is not installed"):
        hot_spot_table(dataset, polygons)


def test_places_without_residents_are_left_out(dataset, polygons) -> None:
    some = dataset.assign_coords(population=dataset.population.where(dataset.place != "005", 0))
    table = hot_spot_table(some, polygons)
    assert "005" not in table["code"].tolist()
    assert "no data" in str([text.get_text() for text in plots.hot_spots(some, polygons, table).legends[0].get_texts()])
