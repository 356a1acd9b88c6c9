"""Maps in rows of strategies and columns of years."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from lattice import lattice, run

from contagion import plots
from contagion.analysis.select import by_period, by_strategy, by_year
from contagion.errors import InputError
from contagion.plots.color_classes import classes_of

STRATEGIES = ["baseline", "kingpin", "handover"]


@pytest.fixture
def polygons() -> gpd.GeoDataFrame:
    return lattice(3, 4)


@pytest.fixture
def dataset(polygons: gpd.GeoDataFrame) -> xr.Dataset:
    """In the second year homicides are three times as many."""
    dataset = run(polygons, STRATEGIES)
    later = xr.where(dataset.time.dt.year == 2021, 3, 1)
    return dataset.assign(homicides=(dataset.homicides * later).assign_attrs(dataset.homicides.attrs))


def longer(dataset: xr.Dataset, months: int, start: str = "2020-01-01") -> xr.Dataset:
    """The same months again and again."""
    times = pd.date_range(start, periods=months, freq="MS")
    return dataset.isel(time=np.arange(months) % 24).assign_coords(time=times)


def test_years_by_hand(dataset: xr.Dataset) -> None:
    years = by_year(dataset, "homicide_rate")
    assert years.dims == ("year", "strategy", "place")
    assert years.year.values.tolist() == ["2020", "2021"]
    for year in years.year.values:
        xr.testing.assert_allclose(years.sel(year=year, drop=True), by_strategy(dataset, "homicide_rate", time=year))
    assert years.period == "Jan 2020 to Dec 2021"


def test_years_of_a_flow_add_up_and_of_a_stock_do_not(dataset: xr.Dataset) -> None:
    stored = dataset.sel(statistic="mean")
    np.testing.assert_allclose(by_year(dataset, "homicides").sum("year"), stored.homicides.sum("time"))
    np.testing.assert_allclose(by_year(dataset, "trust").mean("year"), stored.trust.mean("time"))


@pytest.mark.parametrize(
    ("months", "start", "named"),
    [
        (1, "2020-01-01", ["Jan 2020"]),
        (12, "2020-06-01", ["Jun 2020 to May 2021"]),
        (17, "2020-01-01", ["2020"]),  # a rest shorter than half a year is left out
        (18, "2020-01-01", ["2020", "Jan 2021 to Jun 2021"]),
        (60, "2020-06-01", [f"Jun {year} to May {year + 1}" for year in range(2020, 2025)]),
        (240, "2001-01-01", ["2001", "2005", "2009", "2012", "2016", "2020"]),
    ],
)
def test_years_are_named_by_their_months(dataset: xr.Dataset, months: int, start: str, named: list[str]) -> None:
    assert by_year(longer(dataset, months, start), "homicide_rate").year.values.tolist() == named


def test_years_of_weeks(dataset: xr.Dataset) -> None:
    days = pd.date_range("2020-01-01", periods=260, freq="7D")
    weekly = dataset.isel(time=np.arange(260) % 24).assign_coords(time=days, weeks=("time", np.ones(260)))
    assert by_year(weekly, "homicide_rate").year.values.tolist() == ["2020", "2021", "2022", "2023", "2024"]
    assert by_period(weekly, "homicide_rate").period.values[:2].tolist() == ["01 Jan 2020", "08 Jan 2020"]


def test_periods_are_one_by_one(dataset: xr.Dataset) -> None:
    periods = by_period(dataset, "homicide_rate", "q95")
    assert periods.period.values[[0, -1]].tolist() == ["Jan 2020", "Dec 2021"]
    alone = by_strategy(dataset, "homicide_rate", "q95", "2021-12")
    xr.testing.assert_allclose(periods.isel(period=-1, drop=True), alone)


def test_rows_are_strategies_and_columns_years(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    figure = plots.multiples(dataset, polygons)
    years = by_year(dataset, "homicide_rate")
    classes = classes_of(years)
    assert len(figure.axes) == 6
    lefts, lows = np.array([axes.get_position().p0 for axes in figure.axes]).reshape(3, 2, 2).transpose(2, 0, 1)
    assert (np.diff(lefts, axis=1) > 0).all()
    assert (np.diff(lows, axis=0) < 0).all()
    for number, axes in enumerate(figure.axes):
        row, column = divmod(number, 2)
        values = years.sel(strategy=STRATEGIES[row]).isel(year=column).values
        np.testing.assert_allclose(axes.collections[0].get_facecolor(), classes.colours[classes.assign(values)])
    written = [text.get_text() for text in figure.texts]
    for expected in ("Homicide rate, year by year", "2020", "2021", *STRATEGIES):
        assert expected in written
    assert len(figure.legends) == 1


def test_eight_strategies_and_five_years_are_readable(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    several = longer(dataset, 60).isel(strategy=[0] * 8).assign_coords(strategy=[f"s{number}" for number in range(8)])
    figure = plots.multiples(several, polygons)
    sizes = [axes.get_window_extent().size for axes in figure.axes]
    assert len(sizes) == 40
    assert min(map(min, sizes)) > 130  # pixels
    assert figure.get_size_inches()[0] < 16


def test_some_strategies_and_another_variable(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    figure = plots.multiples(dataset, polygons, "trust", ["kingpin"], "q50")
    assert len(figure.axes) == 2
    assert figure.legends[0].get_title().get_text() == "share, 0 to 1"
    with pytest.raises(InputError, match="unknown strategy 'king'; the nearest is 'kingpin'"):
        plots.multiples(dataset, polygons, strategies=["king"])
    with pytest.raises(InputError, match="unknown variable 'trusts'; the nearest is 'trust'"):
        plots.multiples(dataset, polygons, "trusts")
    with pytest.raises(InputError, match="unknown statistic 'q5'"):
        plots.multiples(dataset, polygons, statistic="q5")


def test_missing_places_are_hatched(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    dataset["homicides"].loc[{"place": "003", "time": "2021-12-01"}] = np.nan
    figure = plots.multiples(dataset, polygons)
    assert [len(axes.collections[1].get_paths()) for axes in figure.axes] == [0, 1] * 3
    assert figure.legends[0].get_texts()[-1].get_text() == "no data"
