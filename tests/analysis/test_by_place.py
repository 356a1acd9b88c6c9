"""What a strategy does to a place, and in how many replicates, by hand."""

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from lattice import lattice, run

from contagion.analysis import by_place as effects
from contagion.errors import InputError


@pytest.fixture
def polygons() -> gpd.GeoDataFrame:
    return lattice(1, 3)


@pytest.fixture
def dataset(polygons: gpd.GeoDataFrame) -> xr.Dataset:
    """Three places under two strategies, in four replicates: one is worse, one never changes, one is mostly better."""
    usual = np.array([[1, 5, 4], [2, 5, 4], [3, 5, 4], [0, 5, 4]], float)
    other = np.array([[2, 5, 1], [3, 5, 1], [3, 5, 1], [1, 5, 8]], float)
    whole = run(polygons, ["usual", "other"]).isel(replicate=slice(4))
    return whole.assign(homicides_run_total=(("strategy", "replicate", "place"), np.stack([usual, other])))


def test_harm_counts_ties_half(dataset: xr.Dataset) -> None:
    share = effects.probability_of_harm(dataset)
    np.testing.assert_array_equal(share.sel(strategy="other"), [3.5 / 4, 0.5, 1 / 4])
    np.testing.assert_array_equal(share.sel(strategy="usual"), 0.5)
    assert (share.units, share.statistic) == ("share of replicates", "4 replicates")
    assert share.period == "Jan 2020 to Dec 2021"


def test_a_strategy_and_its_reverse_add_up_to_one(dataset: xr.Dataset) -> None:
    there = effects.probability_of_harm(dataset).sel(strategy="other")
    back = effects.probability_of_harm(dataset.isel(strategy=[1, 0])).sel(strategy="usual")
    np.testing.assert_allclose(there + back, 1)


def test_change_of_the_rate(dataset: xr.Dataset) -> None:
    """Homicides in 104 weeks and so many residents, per 100,000 and 52.1775 weeks."""
    change = effects.change(dataset)
    by_hand = np.array([0.75, 0, -1.25]) / 104 * 52.1775 / dataset.population.values * 1e5
    np.testing.assert_allclose(change.sel(strategy="other"), by_hand)
    np.testing.assert_array_equal(change.sel(strategy="usual"), 0)
    assert change.units == "per 100,000 residents a year"


def test_certainty_is_that_of_the_direction(dataset: xr.Dataset) -> None:
    """Of the fall it is the share that falls; where nothing changes it is a half; it may be less than a half."""
    np.testing.assert_array_equal(effects.certainty(dataset).sel(strategy="other"), [3.5 / 4, 0.5, 3 / 4])
    rare = dataset.assign(homicides_run_total=dataset.homicides_run_total.copy())
    rare["homicides_run_total"].loc[{"strategy": "other", "place": "002"}] = [1, 1, 1, 80]
    assert effects.certainty(rare).sel(strategy="other", place="002") == 1 / 4


def test_quantiles_of_homicides(dataset: xr.Dataset) -> None:
    np.testing.assert_allclose(effects.homicides(dataset, 0.95).sel(strategy="usual", place="000"), 2.85)
    np.testing.assert_array_equal(effects.homicides(dataset).sel(strategy="usual"), [1.5, 5, 4])


def test_nobody_lives_there(dataset: xr.Dataset) -> None:
    empty = dataset.assign_coords(population=dataset.population * [0, 1, 1])
    assert np.isnan(effects.change(empty).sel(strategy="other", place="000"))
    assert effects.certainty(empty).sel(strategy="other", place="000") == 3.5 / 4


def test_a_run_without_them(dataset: xr.Dataset) -> None:
    with pytest.raises(InputError, match="the run has no homicides_run_total"):
        effects.probability_of_harm(dataset.drop_vars("homicides_run_total"))
