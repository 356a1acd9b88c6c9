"""What a figure shows: one variable of a stored run, over one period, as its readers name it."""

from collections.abc import Iterable

import pandas as pd
from xarray import DataArray, Dataset

from contagion.errors import InputError, nearest
from contagion.processes.memory import WEEKS_OF_YEAR

RATE = "homicide_rate"  # derived from homicides, weeks and population; never stored
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


def is_flow(variable: DataArray) -> bool:
    """Whether `variable` counts what happens in a period, so that periods add up."""
    return "time: sum" in variable.attrs.get("cell_methods", "")


def by_strategy(dataset: Dataset, variable: str, statistic: str = "mean", time: str | slice | None = None) -> DataArray:
    """One number per strategy and place, NaN where any period of the selection lacks one.

    Flows are summed over the selected periods, stocks averaged. The homicide rate is
    homicides / weeks * 52.1775 / population * 100,000. Quantiles are those of single periods.

    **Arguments:** `time` a label or slice as xarray selects, or None for the last twelve months.

    **Returns:** an array (strategy, place) whose attributes are those of the dataset and the
    variable, plus `period` and `statistic` in words.

    **Raises:** InputError naming an unknown variable, statistic or time and the nearest valid choice.
    """
    dims = {"strategy", "statistic", "time", "place"}
    names = [str(name) for name, values in dataset.data_vars.items() if set(values.dims) == dims]
    rates = [RATE] if "homicides" in names else []
    choose("variable", variable, rates + names)
    choose("statistic", statistic, dataset.statistic.values)

    stored = dataset["homicides" if variable == RATE else variable].sel(statistic=statistic)
    stored = _periods(stored, time)
    months = _months(stored)
    if variable == RATE:
        residents = stored.population.where(stored.population > 0)
        weeks = stored.weeks.sum("time")
        values = stored.sum("time", skipna=False) / weeks * WEEKS_OF_YEAR / residents * 1e5
        words = {"long_name": "homicide rate", "units": "per 100,000 residents a year", "period": months}
    else:
        total = is_flow(stored)
        values = stored.sum("time", skipna=False) if total else stored.mean("time", skipna=False)
        kind = "total" if total else "mean"
        words = {**stored.attrs, "period": f"{kind} of {months}" if stored.time.size > 1 else months}
    if words["units"] == "1":
        words["units"] = "share"  # of residents, or of replicates and periods where it is so or not
    spread = "" if statistic == "mean" else " in each period"  # neither quantiles nor deviations of periods add up
    words["statistic"] = f"{STATISTICS.get(statistic, statistic)} of replicates{spread}"
    return values.transpose("strategy", "place").assign_attrs({**dataset.attrs, **words})


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


def _months(stored: DataArray) -> str:
    """From the month of the first week to that of the last, in words."""
    starts = stored.indexes["time"]
    last = starts[-1] + pd.Timedelta(weeks=int(stored.weeks[-1]) - 1)
    first, final = f"{starts[0]:%b %Y}", f"{last:%b %Y}"
    return first if first == final else f"{first} to {final}"
