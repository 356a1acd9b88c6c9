"""National rate of a record, and the arrays that the filter of places reads."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from contagion.inference.forecast.filtering import TYPICAL, Panel
from contagion.inference.forecast.nation import NOISE, reference, season
from contagion.inference.forecast.record import Record

ACTIVITY = (-4.0, 5.0)  # bounds of the log mean count of a place


@dataclass(frozen=True)
class National:
    """National log rate of a record.

    Attributes
    ----------
    season
        Log deviation of each month of the year.
    log_rate
        Log rate without season [period].
    extra
        Variance of each log rate from small counts, relative to what is usual [period].
    level
        Filtered log rate, without season [period].
    """

    season: NDArray[np.float64]
    log_rate: NDArray[np.float64]
    extra: NDArray[np.float64]
    level: NDArray[np.float64]

    def expected(self, phases: NDArray[np.int64]) -> NDArray[np.float64]:
        """Filtered log rate with season, given the month of the year of each period: [period]."""
        return self.level + self.season[phases]


def national(record: Record, residents: NDArray[np.float64]) -> National:
    """National log rate, from the places that are known in each period.

    Parameters
    ----------
    record
        Counts by period.
    residents
        Residents in these periods [period, place].
    """
    periods = record.calendar.periods_a_year
    total, exposure = record.counts.sum(axis=1), _exposure(record, residents)
    floor = 0.5 if total.any() else 0.5 / len(total)
    seen = exposure > 0
    rate = np.log(np.maximum(total, floor) / np.where(seen, exposure, 1))
    rate = np.interp(np.arange(len(rate)), np.flatnonzero(seen), rate[seen])
    extra = np.maximum(1 / np.maximum(total, 0.5) / NOISE - 1, 0)
    phase = record.calendar.phases(0, -len(rate))
    usual = season(rate, phase, periods)
    rate = rate - usual[phase]
    return National(usual, rate, extra, reference(rate, extra, periods))


def _exposure(record: Record, residents: NDArray) -> NDArray[np.float64]:
    """Residents where counts are known, weighted by the usual relative risk of places if some are unknown."""
    if (record.known | (residents == 0)).all():
        return residents.sum(axis=1)
    known = np.where(record.known, residents, 0)
    average = record.counts.sum() / known.sum()
    risk = (record.counts.sum(axis=0) + 1) / (average * known.sum(axis=0) + 1)
    share = (known * risk).sum(axis=1) / (residents * risk).sum(axis=1)
    return share * residents.sum(axis=1)


def build_panel(record: Record, residents: NDArray[np.float64], rates: National) -> Panel:
    """Arrays of the filter.

    Parameters
    ----------
    record
        Counts by period.
    residents
        Residents in these periods [period, place].
    rates
        National log rate.
    """
    log_rate = rates.expected(record.calendar.phases(0, -len(residents)))
    offset = np.log(np.maximum(residents, 1)) + log_rate[:, None]
    seen = record.known.sum(axis=0)
    usual = np.exp(offset).mean(axis=0)
    mean = np.where(seen > 0, (record.counts.sum(axis=0) + 0.5) / np.maximum(seen, 1), usual)
    return Panel(
        counts=jnp.asarray(record.counts),
        known=jnp.asarray(record.known),
        offset=jnp.asarray(offset),
        area=jnp.asarray(record.area),
        residents=jnp.asarray(np.log(np.maximum(residents[-1], 1)) - TYPICAL),
        activity=jnp.asarray(np.clip(np.log(mean), *ACTIVITY)),
    )
