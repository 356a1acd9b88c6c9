"""Periods of a record: months or years, read from a time coordinate, and continued beyond it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from contagion.errors import InputError

MONTHS, YEARS = 12, 1  # periods a year
NAMES = {MONTHS: "month", YEARS: "year"}


@dataclass(frozen=True)
class Calendar:
    """Consecutive periods.

    Attributes
    ----------
    periods_a_year
        12 for months, 1 for years.
    first
        Number of the first period: months or years since the year 0.
    length
        Number of periods.
    last
        Coordinate of the last period as it was given, an integer year or a date.
    """

    periods_a_year: int
    first: int
    length: int
    last: Any

    @property
    def middles(self) -> NDArray[np.float64]:
        """Middle of each period, in years."""
        return self.middles_ahead(0, -self.length)

    def middles_ahead(self, until: int, since: int = 0) -> NDArray[np.float64]:
        """Middles of the periods from `since` to before `until`, counted from the end of the record."""
        periods = self.first + self.length + np.arange(since, until)
        return (periods + 0.5) / self.periods_a_year

    def phases(self, until: int, since: int = 0) -> NDArray[np.int64]:
        """Month of the year, 0 to 11, of the same periods; 0 for years."""
        return (self.first + self.length + np.arange(since, until)) % self.periods_a_year

    def ahead(self, periods: int) -> NDArray:
        """Coordinates of the periods after the last one, of the kind that was given."""
        if isinstance(self.last, int):
            return self.last + np.arange(1, periods + 1)
        months = 12 // self.periods_a_year
        dates = [self.last + pd.DateOffset(months=months * step) for step in range(1, periods + 1)]
        return np.array(dates, "datetime64[ns]")


def _numbers(time: xr.DataArray, name: str) -> tuple[NDArray, bool]:
    """Years as integers, or dates; and whether they are years."""
    values = time.values
    index = time.to_index()
    if isinstance(index, pd.PeriodIndex):
        values = index.to_timestamp().to_numpy()
    if values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.rint(values)).all():
        values = values.astype(int)
    if values.dtype.kind in "iu":
        if values.size and not ((values > 0) & (values < 10_000)).all():
            raise InputError(f"{name}: time has {values[0]} to {values[-1]}: integers must be years, such as 2007")
        return values.astype(int), True
    try:
        dates = pd.DatetimeIndex(pd.to_datetime(values))
    except (ValueError, TypeError) as error:
        raise InputError(f"{name}: time is not read as dates ({error}): must be years or dates") from error
    if dates.isna().any():
        raise InputError(f"{name}: time has a missing date: each period must have one")
    return dates.to_numpy(), False


def _months(dates: NDArray) -> NDArray[np.int64]:
    """Months since the year 0."""
    index = pd.DatetimeIndex(dates)
    return index.year.to_numpy(np.int64) * 12 + index.month.to_numpy(np.int64) - 1


def _steps(numbers: NDArray, time: xr.DataArray, name: str, right: str) -> NDArray:
    """Distances between periods, all of them positive."""
    steps = np.diff(numbers)
    if (steps <= 0).any():
        raise InputError(f"{name}: time {_said(time.values[1:][steps <= 0][0])} is not after the one before: {right}")
    return steps


def read_calendar(time: xr.DataArray, name: str = "counts") -> Calendar:
    """Periods of a record from its time coordinate.

    Parameters
    ----------
    time
        Years as integers, or dates a month or a year apart.
    name
        What it belongs to, for messages.

    Raises
    ------
    InputError
        If the periods are not consecutive months or years in order.
    """
    values, years = _numbers(time, name)
    if len(values) < 2:
        raise InputError(f"{name}: {len(values)} periods: must be at least two months or years")
    numbers = values if years else _months(values)
    steps = _steps(numbers, time, name, "must be months or years in order, each once")
    usual = int(steps.min())
    if not (years and usual == 1) and not (not years and usual in (1, 12)):
        raise InputError(
            f"{name}: periods are {usual} {'years' if years else 'months'} apart: must be a month or a year"
        )
    if (steps != usual).any():
        at = time.values[:-1][steps != usual][0]
        raise InputError(f"{name}: periods are missing after {_said(at)}: must be consecutive, unknown counts as NaN")
    yearly = years or usual == 12
    first = int(numbers[0]) if years else int(numbers[0]) // (12 if yearly else 1)
    last = int(values[-1]) if years else pd.Timestamp(values[-1])
    return Calendar(YEARS if yearly else MONTHS, first, len(values), last)


def _said(value: Any) -> str:
    """A time as it is written in messages."""
    return str(value)[:10]


def middles(time: xr.DataArray, name: str) -> NDArray[np.float64]:
    """Times in years that values of a slowly changing quantity belong to: middles of months or of years.

    Parameters
    ----------
    time
        Years as integers, or dates. Dates of which two are less than eleven months apart are months.
    name
        What it belongs to, for messages.

    Raises
    ------
    InputError
        If times are not in order, each once.
    """
    values, years = _numbers(time, name)
    numbers = values * 12 if years else _months(values)
    steps = _steps(numbers, time, name, "must be in order, each once")
    monthly = not years and steps.size > 0 and steps.min() < 11
    return np.asarray((numbers + 0.5) / 12 if monthly else numbers // 12 + 0.5, float)
