"""What a figure shows: one variable of a stored run, over one period, as its readers name it."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import Index
from xarray import DataArray, Dataset, concat

from contagion._util.language import dated, say, worded
from contagion.errors import InputError, nearest
from contagion.kernel.units import WEEKS_OF_YEAR

RATE = "homicide_rate"  # derived from homicides, weeks and population; never stored
UNIT_OF_RATE = "per 100,000 residents a year"
LEAST_WEEKS, MOST_YEARS = 26, 6  # of a rest that counts as a year; of those shown
STATISTICS = {
    "mean": "mean",
    "sd": "standard deviation",
    "q05": "5 % quantile",
    "q50": "median",
    "q95": "95 % quantile",
}


def choose(kind: str, given: str, choices: Iterable[str]) -> str:
    """Return `given` if it is one of the `choices` of its `kind`; else InputError with the nearest one."""
    names = [str(choice) for choice in choices]
    if given in names:
        return given
    raise InputError(f"unknown {kind} {given!r}; the nearest is {nearest(given, names)!r}")


def chosen(kind: str, given: Iterable[str] | None, choices: Iterable[str]) -> list[str]:
    """Return `given` if all are among the `choices` of their `kind`, or all `choices` where none is given."""
    names = [str(choice) for choice in choices]
    return [choose(kind, name, names) for name in given or names]


def is_flow(variable: DataArray) -> bool:
    """Whether `variable` counts what happens in a period, so that periods add up."""
    return "time: sum" in variable.attrs.get("cell_methods", "")


def of_years(recorded: DataArray) -> bool:
    """Whether homicides recorded before the start are those of years, and not of months."""
    return bool((recorded["recorded_time"].dt.month == 1).all())


def by_strategy(dataset: Dataset, variable: str, statistic: str = "mean", time: str | slice | None = None) -> DataArray:
    """One number per strategy and place, NaN where any period of the selection lacks one.

    Flows are summed over the selected periods, stocks averaged. The homicide rate is
    homicides / weeks * 52.1775 / population * 100,000. Quantiles are those of single periods.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    variable
        A variable of places, or `homicide_rate`.
    statistic
        mean, sd, q05, q50 or q95 over replicates.
    time
        A label or slice as xarray selects; by default the last twelve months.

    Returns
    -------
    xarray.DataArray
        Values `(strategy, place)` with the attributes of the dataset and of the variable, and `period` and `statistic`
        in words.

    Raises
    ------
    InputError
        If variable, statistic or time are unknown; names the nearest.
    """
    return _worth(_periods(_stored(dataset, variable, statistic), time), dataset, variable)


def by_year(dataset: Dataset, variable: str, statistic: str = "mean") -> DataArray:
    """One number per year, strategy and place.

    Years run from the first period on, twelve months each; a rest shorter than half a year is left out where there is
    more than a year. Of a long run, six years spread evenly from the first to the last.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    variable
        A variable of places, or `homicide_rate`.
    statistic
        mean, sd, q05, q50 or q95 over replicates.

    Returns
    -------
    xarray.DataArray
        Values `(year, strategy, place)`, as of `by_strategy`; years are named by their months.
    """
    stored = _stored(dataset, variable, statistic)
    year_of = years_of(stored)
    weeks = np.bincount(year_of, weights=stored.weeks.values)
    count = len(weeks) - (len(weeks) > 1 and weeks[-1] < LEAST_WEEKS)
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_YEARS)).round())
    parts = [stored.isel(time=year_of == year) for year in chosen]
    return _in_turn(parts, "year", [year_name(part) for part in parts], dataset, variable)


def years_of(stored: DataArray | Dataset) -> NDArray[np.integer]:
    """Number of the year of each period, from 0: twelve months each, from the first period on, and a rest [time]."""
    starts = stored.indexes["time"]
    edges = [starts[0] + pd.DateOffset(years=year) for year in range((starts[-1] - starts[0]).days // 365 + 2)]
    return np.searchsorted(pd.DatetimeIndex(edges), starts, side="right") - 1


def by_period(dataset: Dataset, variable: str, statistic: str = "mean") -> DataArray:
    """One number per period, strategy and place.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    variable
        A variable of places, or `homicide_rate`.
    statistic
        mean, sd, q05, q50 or q95 over replicates.

    Returns
    -------
    xarray.DataArray
        Values `(period, strategy, place)`, as of `by_strategy`; periods are named by their start.
    """
    stored = _stored(dataset, variable, statistic)
    parts = [stored.isel(time=[number]) for number in range(stored.time.size)]
    return _in_turn(parts, "period", period_names(dataset), dataset, variable)


def period_names(dataset: Dataset) -> list[str]:
    """Periods by their start: months, or days of a run recorded by week."""
    form = "short_day" if (dataset.weeks == 1).all() else "short_month"
    return [dated(start, form) for start in dataset.indexes["time"]]


def _in_turn(parts: list[DataArray], dim: str, names: list[str], dataset: Dataset, variable: str) -> DataArray:
    """What is shown of one part of the run after another."""
    several = [_worth(part, dataset, variable) for part in parts]
    whole = {"period": months(dataset)}  # each part names its own
    joined = concat(several, Index(names, name=dim), coords="minimal", compat="override", join="override")
    return joined.assign_attrs({**several[0].attrs, **whole})


def _stored(dataset: Dataset, variable: str, statistic: str) -> DataArray:
    """One statistic of a variable of places, read."""
    dims = {"strategy", "statistic", "time", "place"}
    names = [str(name) for name, values in dataset.data_vars.items() if set(values.dims) == dims]
    rates = [RATE] if "homicides" in names else []
    choose("variable", variable, rates + names)
    choose("statistic", statistic, dataset.statistic.values)
    return dataset["homicides" if variable == RATE else variable].sel(statistic=statistic).compute()


def _worth(stored: DataArray, dataset: Dataset, variable: str) -> DataArray:
    """One number per strategy and place of the periods of `stored`."""
    period = months(stored)
    if variable == RATE:
        values = yearly_rate(stored.sum("time", skipna=False), stored.weeks.sum("time"))
        words = {"long_name": "homicide rate", "units": UNIT_OF_RATE, "period": period}
    else:
        total = is_flow(stored)
        values = stored.sum("time", skipna=False) if total else stored.mean("time", skipna=False)
        over = say("statistic.total_of" if total else "statistic.mean_of", period=period)
        words = {**stored.attrs, "period": over if stored.time.size > 1 else period}
    if words["units"] == "1":
        words["units"] = "share"  # of residents, or of replicates and periods where it is so or not
    statistic = stored.statistic.item()
    # Neither quantiles nor deviations of periods add up.
    spread = "statistic.of_replicates" if statistic == "mean" else "statistic.of_periods"
    words["statistic"] = say(spread, statistic=worded("statistic", statistic))
    return values.transpose("strategy", "place").assign_attrs({**dataset.attrs, **words})


def yearly_rate(homicides: DataArray, weeks: DataArray) -> DataArray:
    """Homicides of places in so many weeks, per 100,000 residents and year; NaN where nobody lives."""
    return homicides / weeks * WEEKS_OF_YEAR / homicides.population.where(homicides.population > 0) * 1e5


def _periods(stored: DataArray, time: str | slice | None) -> DataArray:
    starts = stored.indexes["time"]
    lengths = pd.to_timedelta(stored.weeks.values * 7, unit="D")
    if time is None:
        end = starts[-1] + lengths[-1]
        # The middle decides: months of whole weeks do not end on the last day of the calendar's.
        return stored.isel(time=starts + lengths / 2 > end - pd.DateOffset(years=1))
    span = time if isinstance(time, slice) else slice(time, time)
    try:
        chosen = stored.sel(time=span)
    except (KeyError, TypeError, ValueError):
        chosen = stored.isel(time=slice(0))
    if chosen.time.size == 0:
        raise InputError(f"unknown time {time!r}; the periods start from {starts[0]:%Y-%m-%d} to {starts[-1]:%Y-%m-%d}")
    return chosen


def _ends(stored: DataArray | Dataset) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First days of the first and of the last week."""
    starts = stored.indexes["time"]
    return starts[0], starts[-1] + pd.Timedelta(weeks=int(stored.weeks[-1]) - 1)


def months(stored: DataArray | Dataset) -> str:
    """From the month of the first week to that of the last, in words."""
    start, last = _ends(stored)
    first, final = dated(start, "short_month"), dated(last, "short_month")
    return first if first == final else say("date.span", first=first, last=final)


def year_name(stored: DataArray | Dataset) -> str:
    """The months, or the number of a year that they fill."""
    start, last = _ends(stored)
    whole = (start.month, last.month) == (1, 12) and start.year == last.year
    return str(last.year) if whole else months(stored)


def year_end(stored: DataArray | Dataset) -> str:
    """The last month, or the number of a year that the months fill."""
    name = year_name(stored)
    return name if name.isdigit() else dated(_ends(stored)[1], "short_month")
