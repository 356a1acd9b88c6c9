"""Dates and periods of a run."""

from datetime import date, timedelta
from typing import Literal

import numpy as np

from contagion.errors import InputError
from contagion.regions.atlas import Atlas

FIRST_DAY, LAST_DAY = date(1700, 1, 1), date(2150, 1, 1)  # with the longest run, what the store's dates can hold
Period = Literal["month", "week", "run"]


def first_day(given: date | str | None, atlas: Atlas) -> date:
    """The first day of week 0: as given, that of the region, or the first day of 2020."""
    try:
        start = date.fromisoformat(given) if isinstance(given, str) else given or atlas.start or date(2020, 1, 1)
    except ValueError:
        raise InputError(f"start={given!r}: must be a date such as 2020-01-31") from None
    if not FIRST_DAY <= start <= LAST_DAY:
        raise InputError(f"start={start}: must lie between {FIRST_DAY} and {LAST_DAY}")
    if atlas.start not in (None, start):
        raise InputError(f"start={start}: the region was loaded as of {atlas.start}; give both the same date")
    return start


def calendar(start: date, weeks: int, record: Period = "month") -> tuple[np.ndarray, list[tuple[int, int]]]:
    """First days of the periods as datetime64 and the weeks (first, last + 1) of each.

    A month has the weeks whose middle day lies in it; the run is a single period.
    """
    if record == "run":
        return np.array([start], "datetime64[ns]"), [(0, weeks)]
    if record == "week":
        days = np.datetime64(start) + 7 * np.arange(weeks)
        return days.astype("datetime64[ns]"), [(week, week + 1) for week in range(weeks)]
    middles = np.array([np.datetime64(start + timedelta(days=7 * week + 3), "M") for week in range(weeks)])
    months, first = np.unique(middles, return_index=True)
    last = [*first[1:].tolist(), weeks]
    return months.astype("datetime64[ns]"), list(zip(first.tolist(), last, strict=True))
