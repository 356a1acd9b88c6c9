"""The record of a region: homicides counted by place and month or year, and residents over time."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from contagion._util.text import first_few, percent
from contagion.errors import InputError
from contagion.regions.tables import as_decimals, codes, column, numbers, persons, read_table, remedy

YEAR, MONTH = r"\d{4}", r"\d{4}-\d{2}(-\d{2})?"
ALIASES = {"cvegeo": "code", "total_dwrh": "count"}  # columns of Mexico's list of deaths by rivalry
LEAST_MATCHED = 0.5  # share of the counts of a table that must lie in places of the region


def unit(yearly: bool) -> str:
    """NumPy's name of the type whose numbers are years or months since 1970."""
    return "datetime64[Y]" if yearly else "datetime64[M]"


def first_days(periods: NDArray, yearly: bool) -> NDArray[np.datetime64]:
    """First day of periods that are years or months since 1970."""
    return periods.astype(unit(yearly)).astype("datetime64[D]")


@dataclass(frozen=True)
class Record:
    """What was counted in a region.

    Attributes
    ----------
    counts
        Homicides (time, place), NaN where unknown. Times are first days of months, or years as integers.
    population
        Residents (time, place); times are years as integers.
    """

    counts: xr.DataArray
    population: xr.DataArray

    def __repr__(self) -> str:
        first, last = self.labels[[0, -1]]
        return f"Record({self.counts.sizes['place']:,} places, {first} to {last})"

    @property
    def yearly(self) -> bool:
        """Whether periods are years."""
        return self.counts.time.dtype.kind in "iu"

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Periods as months or years since 1970."""
        times = self.counts.time.values
        return times.astype(int) - 1970 if self.yearly else times.astype(unit(False)).astype(int)

    @property
    def labels(self) -> NDArray[np.str_]:
        """Periods as text, 2007 or 2007-03."""
        return self.numbers.astype(unit(self.yearly)).astype(str)

    @property
    def ends(self) -> NDArray[np.datetime64]:
        """The first day after each period."""
        return first_days(self.numbers + 1, self.yearly)

    def before(self, day: date) -> "Record":
        """The record as known on the morning of `day`: periods that had ended, residents of years that had begun.

        Raises
        ------
        InputError
            If no period had ended.
        """
        known = self.ends <= np.datetime64(day)
        if not known.any():
            raise InputError(
                f"start={day}: nothing was counted before; the record begins in {self.labels[0]}: must be later"
            )
        return replace(self, counts=self.counts[known])

    def last_year(self) -> tuple[xr.DataArray, str]:
        """Homicides of each place over the last twelve months or the last year, NaN if unknown, and the period."""
        last = self.counts[-(1 if self.yearly else 12) :]
        labels = self.labels[-len(last) :]
        scale = 12 / len(last) if not self.yearly else 1.0  # of a record shorter than a year
        return last.sum("time", min_count=1) * scale, " to ".join(dict.fromkeys([labels[0], labels[-1]]))


def read_record(
    path: str, identifier: str, digits: int | None, absent: str, residents: pd.Series
) -> tuple[Record, tuple[str, ...]]:
    """Read a long table with the columns `identifier`, `time` and `count`, or `year` and `month` in place of a time.

    Parameters
    ----------
    path
        CSV file: a row for each place and period; times such as 2007, 2007-03 or 2007-03-01.
    identifier
        Column of codes.
    digits
        As for `codes`.
    absent
        What a place and period without a row means: unknown or zero.
    residents
        Residents by code, in the order of places; held over time.

    Returns
    -------
    Record
        The record, places in the order of `residents`.
    tuple of str
        Notes on what does not match and what is unknown.

    Raises
    ------
    InputError
        If the table is malformed, or most of what it counts lies in places that the region lacks.
    """
    table = read_table(path).rename(columns=ALIASES | {identifier: identifier})
    if "time" not in table and {"year", "month"} <= set(table):
        months = numbers(table.month, path).astype(int).astype(str)
        table["time"] = table.year.astype(str) + "-" + pd.Series(months, table.index).str.zfill(2)
    written = column(table, identifier, path)
    keys = codes(written, path, digits, unique=False)
    period, yearly = _periods(column(table, "time", path), path)
    counted = persons(column(table, "count", path), path)
    if (counted % 1 != 0).any():
        row = int(np.flatnonzero(counted % 1 != 0)[0])
        raise InputError(f"{path}: row {row + 1} counts {counted[row]}: must be a whole number of persons")
    long = pd.DataFrame({"code": keys, "period": period, "count": counted})
    repeated = long[long.duplicated(["code", "period"])]
    if len(repeated):
        pairs = first_few(f"{code} in {time}" for code, time in zip(repeated.code, repeated.period, strict=True))
        raise InputError(f"{path}: {pairs} appears in several rows; must be one row per place and period")
    here = long.code.isin(residents.index).to_numpy()
    matched, total = counted[here].sum(), counted.sum()
    if matched < LEAST_MATCHED * total or not here.any():
        raise InputError(
            f"{path}: {first_few(keys[~here].unique())} match no polygon, which is most of what is counted; codes "
            f"of polygons are written like {first_few(residents.index, 3)}"
            f"{remedy(keys[~here].unique(), residents.index)}"
        )
    notes = list(as_decimals(written, path))
    if not here.all():
        share = percent((total - matched) / total if total else 0)
        lost = keys[~here].unique()
        notes.append(f"{path}: {len(lost)} codes match no polygon: {first_few(lost)}, {share} of what is counted.")
    wide = long[here].pivot(index="period", columns="code", values="count")
    every = pd.period_range(wide.index.min(), wide.index.max(), freq="Y" if yearly else "M")
    wide = wide.reindex(index=every, columns=residents.index)
    if missing := int(wide.isna().sum().sum()):
        taken = "taken as no homicides" if absent == "zero" else "unknown"
        notes.append(f"{path}: {missing:,} of {wide.size:,} places and periods have no row: {taken}.")
    counts = _labelled(wide.fillna(0) if absent == "zero" else wide, every.year if yearly else every.to_timestamp())
    held = xr.DataArray(residents.to_numpy(float)[None], dict(time=[every[0].year], place=counts.place), counts.dims)
    return Record(counts, held), tuple(notes)


def _periods(given: pd.Series, path: str) -> tuple[pd.PeriodIndex, bool]:
    """Months or years, and whether they are years."""
    text = given.astype("string").str.strip()
    yearly = bool(text.str.fullmatch(YEAR).all())
    wrong = ~text.str.fullmatch(YEAR if yearly else MONTH).fillna(False).to_numpy(bool)
    if not wrong.any():
        try:
            return pd.PeriodIndex(text.str[: 4 if yearly else 7], freq="Y" if yearly else "M"), yearly
        except ValueError as error:
            raise InputError(f"{path}: column 'time' has an impossible month ({error})") from None
    row = int(np.flatnonzero(wrong)[0])
    raise InputError(
        f"{path}: column 'time' has {given.iloc[row]!r} in row {row + 1}; must be years as 2007, or months as 2007-03"
    )


def _labelled(wide: pd.DataFrame, time: pd.Index) -> xr.DataArray:
    """A table by period and place as a DataArray."""
    place = wide.columns.to_numpy(str)
    return xr.DataArray(wide.to_numpy(float), dict(time=time.to_numpy(), place=place), ("time", "place"))


def from_tables(counts: pd.DataFrame, residents: pd.DataFrame) -> Record:
    """A record from tables by code and month (columns such as 2007-03), and by code and year (such as 2007)."""
    months = pd.DatetimeIndex([f"{month}-01" for month in counts.columns])
    return Record(_labelled(counts.T, months), _labelled(residents.T, residents.columns.astype(int)))


def smoothed(recorded: NDArray, residents: NDArray, state: NDArray) -> NDArray:
    """Empirical-Bayes estimate of homicides: rates shrunk towards the state rate, keeping state totals.

    The rate of place i with n_i residents is w_i r_i + (1 - w_i) m with w_i = A / (A + m / n_i), where m is the state
    rate and A the variance between places beyond sampling noise (Marshall 1991, Applied Statistics 40). A state without
    homicides is shrunk towards the national rate.

    Parameters
    ----------
    recorded
        Recorded homicides [place], NaN for places without a record.
    residents
        Residents [place], persons.
    state
        State labels [place].
    """
    known = np.isfinite(recorded)
    result = np.empty(len(recorded))
    nation = recorded[known].sum() / residents[known].sum()
    for label in pd.unique(state):
        mine = state == label
        count, people = np.where(known, recorded, 0)[mine], np.where(known, residents, 0)[mine]
        total = count.sum()
        mean = total / people.sum() if total else nation
        rate = np.divide(count, people, out=np.full(len(count), mean), where=people > 0)
        excess = (people * (rate - mean) ** 2).sum() / people.sum() - mean * (people > 0).sum() / people.sum()
        between = max(excess, 0.0)
        weight = between / (between + mean / np.maximum(people, 1))
        shrunk = (weight * rate + (1 - weight) * mean) * residents[mine]
        result[mine] = shrunk * (total / shrunk[people > 0].sum()) if total else shrunk
    return result
