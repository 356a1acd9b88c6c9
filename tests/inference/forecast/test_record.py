"""What a user may give, and what is refused, with the words."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
import xarray as xr
from libpysal.graph import Graph
from synthetic import grid, record

from contagion.errors import InputError
from contagion.inference.forecast.calendar import read_calendar
from contagion.inference.forecast.partition import partition
from contagion.inference.forecast.record import read_record


def times(values) -> xr.DataArray:
    return xr.DataArray(values, dims="time")


@pytest.mark.parametrize(
    ("given", "periods_a_year", "ahead"),
    [
        (np.arange(2000, 2010), 1, [2010, 2011]),
        (pd.date_range("2000-01-01", periods=8, freq="YS"), 1, ["2008-01-01", "2009-01-01"]),
        (pd.date_range("2000-02-01", periods=30, freq="MS"), 12, ["2002-08-01", "2002-09-01"]),
        (pd.date_range("2000-01-31", periods=27, freq="ME"), 12, ["2002-04-30", "2002-05-31"]),
        (["2000-11", "2000-12", "2001-01"], 12, ["2001-02-01", "2001-03-01"]),
    ],
)
def test_frequency_is_read_from_times(given, periods_a_year, ahead):
    calendar = read_calendar(times(given))
    assert calendar.periods_a_year == periods_a_year
    assert [str(value)[:10] for value in calendar.ahead(2)] == [str(value) for value in ahead]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([2000, 2001, 2003], "periods are missing after 2001"),
        ([2000, 2002, 2004], "2 years apart"),
        ([2001, 2000, 2002], "2000 is not after the one before"),
        ([200001, 200002], "integers must be years"),
        (pd.to_datetime(["2000-01-01", "2000-02-01", "2000-04-01"]), "periods are missing after 2000-02-01"),
        (pd.date_range("2000-01-01", periods=9, freq="QS"), "3 months apart"),
        (pd.date_range("2000-01-01", periods=9, freq="W"), "not after the one before"),
        (["then", "now"], "not read as dates"),
        (pd.to_datetime(["2000-01-01"]), "1 periods"),
    ],
)
def test_other_times_are_refused(given, words):
    with pytest.raises(InputError, match=words):
        read_calendar(times(given))


def test_places_are_aligned_by_label():
    counts, residents, neighbours, area = record()
    order = np.random.default_rng(0).permutation(counts.sizes["place"])
    labelled = pd.Series(area, counts.place.values)
    graph = Graph.from_sparse(sparse.coo_array(neighbours), ids=counts.place.values)
    first = read_record(counts, residents, neighbours, area)
    second = read_record(counts.T, residents[:, order], graph, labelled.iloc[order])
    for name in ("counts", "residents", "area"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert (first.neighbours != second.neighbours).nnz == 0


def test_residents_are_interpolated_and_held():
    counts, residents, neighbours, area = record()
    given = read_record(counts, residents.sel(time=[2001, 2003]), neighbours, area)
    found = given.population(0, -60)
    at = residents.sel(time=[2001, 2003]).values
    np.testing.assert_allclose(found[0], at[0])
    np.testing.assert_allclose(found[-1], at[1])
    middle = found[[29, 30]].mean(axis=0)  # June and July 2002
    np.testing.assert_allclose(middle, at.mean(axis=0), rtol=1e-6)
    monthly = residents.isel(time=slice(0, 3)).assign_coords(time=pd.date_range("2000-01-01", periods=3, freq="MS"))
    np.testing.assert_allclose(read_record(counts, monthly, neighbours).population(0, -60)[1], monthly.values[1])


def broken(name: str, change):
    """The record with one part changed."""
    given = dict(zip(("counts", "population", "neighbours", "area"), record(), strict=True))
    given[name] = change(given[name])
    return given


def put(value: float, *at):
    def change(table):
        table = table.copy()
        table[at] = value
        return table

    return change


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("counts", put(-1, 0, 0), "a negative count in p00 at 2000-01-01"),
        ("counts", put(0.5, 3, 2), "not whole in p02 at 2000-04-01"),
        ("counts", put(np.inf, 0, 0), "an infinite count"),
        ("counts", lambda table: table * np.nan, "no place with residents has a count"),
        ("counts", lambda table: table.isel(time=slice(0, 20)), "20 months: must be at least 24"),
        ("counts", lambda table: table.drop_isel(time=9), "periods are missing after 2000-09-01"),
        ("counts", lambda table: table.values, "is a ndarray: must be an xarray.DataArray"),
        ("counts", lambda table: table.rename(place="code"), r"has dimensions \(time, code\)"),
        ("counts", lambda table: table.drop_vars("time"), "time has no coordinate"),
        ("counts", lambda table: table.assign_coords(place=["p00"] * 24), r"duplicated labels \(p00\)"),
        ("counts", lambda table: table.astype(str), "must be numbers"),
        ("counts", lambda table: table.isel(place=slice(1, None)), "must have the 23 places of counts"),
        ("population", lambda table: table.isel(place=slice(1, None)), "lacks 1 places of counts"),
        ("population", put(np.nan, 1, 3), "missing, infinite or negative in p03"),
        ("population", put(-5, 1, 3), "missing, infinite or negative in p03"),
        ("population", lambda table: table * 0, "no residents in any place"),
        ("neighbours", lambda matrix: matrix[:5, :5], "must have the 24 places of counts"),
        ("neighbours", lambda matrix: -matrix, "negative or not finite"),
        ("neighbours", lambda matrix: "queen", "must be a sparse matrix or a Graph"),
        ("area", lambda labels: labels[1:], "must have a label for each of 24 places"),
        ("area", lambda labels: [None, *labels[1:]], "missing in p00"),
        ("area", lambda labels: pd.Series(labels, [f"q{at}" for at in range(24)]), "lacks p00"),
    ],
)
def test_what_cannot_be_used_is_refused(name, change, words):
    with pytest.raises(InputError, match=words):
        read_record(**broken(name, change))


def test_areas_of_near_places_are_made_where_none_are_named():
    area = partition(grid(20, 30))
    sizes = np.bincount(area)
    assert len(sizes) == 10
    assert sizes.min() >= 15
    parts = sparse.block_diag([grid(10, 10), grid(6, 6), sparse.csr_array((5, 5))], format="csr")
    assert [len(set(partition(parts)[part])) for part in (slice(0, 100), slice(100, 136), slice(136, 141))] == [2, 1, 1]
