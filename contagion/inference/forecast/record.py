"""Counts, residents, neighbours and areas as arrays in one order of places, checked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sparse
import xarray as xr
from numpy.typing import NDArray

from contagion._util.text import first_few
from contagion.errors import InputError
from contagion.inference.forecast.calendar import NAMES, Calendar, middles, read_calendar
from contagion.inference.forecast.partition import partition

SHORTEST = {12: 24, 1: 6}  # periods


@dataclass(frozen=True)
class Record:
    """What a forecast is made from.

    Attributes
    ----------
    counts
        Counts, 0 where unknown [period, place].
    known
        Whether the count is known and somebody lives there [period, place].
    calendar
        Periods of the counts.
    places
        Labels of places.
    neighbours
        Neighbour relations without a diagonal [place, place].
    area
        Number of the area of each place.
    residents_at, residents
        Times in years and residents then [time, place].
    """

    counts: NDArray[np.float64]
    known: NDArray[np.bool_]
    calendar: Calendar
    places: NDArray
    neighbours: sparse.csr_array
    area: NDArray[np.int64]
    residents_at: NDArray[np.float64]
    residents: NDArray[np.float64]

    def population(self, until: int, since: int = 0) -> NDArray[np.float64]:
        """Residents in the periods from `since` to before `until`, counted from the end: [period, place]."""
        return interpolated(self.calendar.middles_ahead(until, since), self.residents_at, self.residents)


def interpolated(at: NDArray, times: NDArray, values: NDArray) -> NDArray[np.float64]:
    """Linear in time, and held at the first and the last value beyond: [time, place]."""
    right = np.clip(np.searchsorted(times, at), 1, max(len(times) - 1, 1))
    if len(times) == 1:
        return np.repeat(values, len(at), axis=0)
    share = np.clip((at - times[right - 1]) / (times[right] - times[right - 1]), 0, 1)[:, None]
    return (1 - share) * values[right - 1] + share * values[right]


def read_record(counts: xr.DataArray, population: xr.DataArray, neighbours: Any, area: Any = None) -> Record:
    """Check and align what a user gave.

    Parameters
    ----------
    counts
        Counts (time, place), NaN where unknown.
    population
        Residents (time, place) or (place).
    neighbours
        Sparse matrix [place, place] or a libpysal Graph.
    area
        Label of the area of each place; None makes areas of places that are near each other.

    Raises
    ------
    InputError
        If something cannot be used.
    """
    counts = _table(counts, "counts", time=True)
    calendar = read_calendar(counts.time)
    if calendar.length < SHORTEST[calendar.periods_a_year]:
        unit = NAMES[calendar.periods_a_year]
        least = SHORTEST[calendar.periods_a_year]
        raise InputError(f"counts: {calendar.length} {unit}s: must be at least {least}")
    values = _counted(counts)
    places = _labels(counts, "counts")
    residents_at, residents = _residents(population, places)
    around = matched_neighbours(neighbours, places)
    areas = _areas(area, places) if area is not None else partition(around)
    now = interpolated(calendar.middles, residents_at, residents)
    if not (now.sum(axis=1) > 0).all():
        raise InputError("population: no residents in any place of a period: must have some in each period of counts")
    known = np.isfinite(values) & (now > 0)
    if not known.any():
        raise InputError("counts: no place with residents has a count: must have at least one")
    return Record(np.where(known, values, 0), known, calendar, places, around, areas, residents_at, residents)


def _table(given: Any, name: str, time: bool) -> xr.DataArray:
    """A DataArray with dimensions time and place in this order; time may be left out where it is not required."""
    if not isinstance(given, xr.DataArray):
        raise InputError(f"{name}: is a {type(given).__name__}: must be an xarray.DataArray (time, place)")
    wanted = ("time", "place") if time or "time" in given.dims else ("place",)
    if set(given.dims) != set(wanted):
        found = ", ".join(map(str, given.dims))
        raise InputError(f"{name}: has dimensions ({found}): must have ({', '.join(wanted)})")
    for dimension in wanted:
        if dimension == "time" and "time" not in given.coords:
            raise InputError(f"{name}: time has no coordinate: must be years or dates")
        if dimension in given.coords and not given.indexes[dimension].is_unique:
            repeated = given.indexes[dimension]
            repeated = repeated[repeated.duplicated()].unique()
            raise InputError(f"{name}: {dimension} has duplicated labels ({first_few(repeated)}): must be unique")
    if given.dtype.kind not in "iufb":
        raise InputError(f"{name}: has values of type {given.dtype}: must be numbers")
    return given.transpose(*wanted)


def _labels(table: xr.DataArray, name: str) -> NDArray:
    if table.sizes["place"] == 0:
        raise InputError(f"{name}: has no places: must have at least one")
    return table.place.values if "place" in table.coords else np.arange(table.sizes["place"])


def _counted(counts: xr.DataArray) -> NDArray[np.float64]:
    values = counts.values.astype(float)
    for wrong, what in (
        (np.isinf(values), "an infinite count"),
        (values < 0, "a negative count"),
        (np.isfinite(values) & (values != np.rint(values)), "a count that is not whole"),
    ):
        if wrong.any():
            period, place = np.argwhere(wrong)[0]
            where = f"{_labels(counts, 'counts')[place]} at {str(counts.time.values[period])[:10]}"
            raise InputError(f"counts: {what} in {where}: must be whole numbers from 0, NaN where unknown")
    return values


def _residents(population: xr.DataArray, places: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table = _table(population, "population", time=False)
    if "place" in table.coords:
        missing = pd.Index(places).difference(table.indexes["place"], sort=False)
        if len(missing):
            raise InputError(
                f"population: lacks {len(missing)} places of counts ({first_few(missing)}): must have each"
            )
        table = table.sel(place=places)
    elif table.sizes["place"] != len(places):
        raise InputError(f"population: has {table.sizes['place']} places: must have the {len(places)} of counts")
    if "time" not in table.dims:
        table = table.expand_dims(time=[2000])
    if table.sizes["time"] == 0:
        raise InputError("population: has no times: must have at least one")
    values = table.values.astype(float)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        named = places[np.flatnonzero(wrong.any(axis=0))]
        raise InputError(
            f"population: missing, infinite or negative in {first_few(named)}: must be numbers of residents from 0"
        )
    return middles(table.time, "population"), values


def matched_neighbours(given: Any, places: NDArray) -> sparse.csr_array:
    """Contiguity of `places` [place, place], symmetric, from a sparse matrix or a libpysal Graph.

    Raises
    ------
    InputError
        If it is neither, or does not match the places.
    """
    matrix, order = given, None
    if not sparse.issparse(given) and hasattr(given, "sparse"):  # libpysal's Graph, or its older W
        matrix = given.sparse
        order = pd.Index(given.unique_ids) if hasattr(given, "unique_ids") else pd.Index(given.id_order)
    try:
        array = sparse.csr_array(matrix, dtype=float, copy=True)
    except (TypeError, ValueError) as error:
        raise InputError(f"neighbours: is a {type(given).__name__}: must be a sparse matrix or a Graph") from error
    if array.shape != (len(places), len(places)):
        raise InputError(f"neighbours: has shape {array.shape}: must have the {len(places)} places of counts")
    if not (np.isfinite(array.data).all() and (array.data >= 0).all()):
        raise InputError("neighbours: a weight is negative or not finite: must be numbers from 0")
    if order is not None and not order.equals(pd.RangeIndex(len(places))):
        at = order.get_indexer(pd.Index(places))
        if (at < 0).any():
            raise InputError(
                f"neighbours: lacks {first_few(places[at < 0])}: must have the places of counts, or be numbered from 0"
            )
        array = array[at][:, at]
    array = sparse.csr_array(array - sparse.diags_array(array.diagonal()))
    array.eliminate_zeros()
    return array


def _areas(given: Any, places: NDArray) -> NDArray[np.int64]:
    if isinstance(given, xr.DataArray) and given.dims == ("place",) and "place" in given.coords:
        given = given.to_series()
    if isinstance(given, dict):
        given = pd.Series(given)
    if isinstance(given, pd.Series) and not given.index.equals(pd.RangeIndex(len(places))):
        if not given.index.is_unique:
            raise InputError("area: has duplicated labels of places: must have each once")
        at = given.index.get_indexer(pd.Index(places))
        if (at < 0).any():
            raise InputError(f"area: lacks {first_few(places[at < 0])}: must have a label for each place of counts")
        given = given.iloc[at]
    labels = np.asarray(given, dtype=object)
    if labels.shape != (len(places),):
        raise InputError(f"area: has shape {labels.shape}: must have a label for each of {len(places)} places")
    codes = pd.factorize(labels, sort=False)[0]
    if (codes < 0).any():
        raise InputError(f"area: missing in {first_few(places[codes < 0])}: must have a label for each place")
    return codes.astype(np.int64)
