"""Shares of places some periods ahead, halfway between those of the filter and of smoothed relative risks.

Halfway is in log shares. The weights of the smoothed relative risks are estimated at earlier origins of the same
record, one set per horizon; horizons between are interpolated.
"""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from contagion.inference.forecast.filtering import Dynamics, Levels
from contagion.inference.forecast.origins import HORIZONS, YEARLY_WEIGHT, ahead, earlier_origins
from contagion.inference.forecast.panel import National
from contagion.inference.forecast.record import Record
from contagion.inference.forecast.shares import Examples, blended, fit_weights, relative_risks

ACTIVE = {12: 3, 1: 2}  # component whose level says how much is counted in a place
HALF = 0.5
LEAST = 0.01  # count added before the logarithm of what is expected
FARTHEST = 2.0  # largest shift of a log share


@dataclass(frozen=True)
class Shift:
    """What is added to the log level of each place, by horizon.

    Attributes
    ----------
    horizons
        Periods ahead, in order; empty where the record is too short.
    shift
        Shift [horizon, place].
    """

    horizons: tuple[int, ...]
    shift: NDArray[np.float64]

    def at(self, periods: int) -> NDArray[np.float64]:
        """Shift in each of the periods ahead: [period, place]."""
        if not self.horizons:
            return np.zeros((periods, self.shift.shape[1]))
        right = np.clip(np.searchsorted(self.horizons, np.arange(1, periods + 1)), 1, max(len(self.horizons) - 1, 1))
        if len(self.horizons) == 1:
            return np.repeat(self.shift, periods, axis=0)
        low, high = np.array(self.horizons)[right - 1], np.array(self.horizons)[right]
        part = np.clip((np.arange(1, periods + 1) - low) / (high - low), 0, 1)[:, None]
        return (1 - part) * self.shift[right - 1] + part * self.shift[right]


def learn(record: Record, residents: NDArray[np.float64], reference: National, last: Levels, moves: Dynamics) -> Shift:
    """Estimate the weights of smoothed relative risks at earlier origins, and the shift at the last one.

    Parameters
    ----------
    record
        Counts by period.
    residents
        Residents in these periods [period, place].
    reference
        National log rate.
    last
        Filtered levels after the last period.
    moves
        Numbers of the filter by place.
    """
    rate = np.exp(reference.expected(record.calendar.phases(0, -len(residents))))
    exposure = np.where(record.known, residents, 0)
    yearly = record.calendar.periods_a_year
    risks = relative_risks(record.counts / rate[:, None], exposure, record.neighbours, record.area, yearly)
    expected = risks[ACTIVE[yearly]] * residents * np.exp(reference.level)[:, None]
    activity = np.log(expected + LEAST)
    found, horizons, widest = [], [], 0
    for horizon in HORIZONS[yearly]:
        origins = earlier_origins(len(residents), horizon, yearly)
        if not len(origins):
            break
        widest = widest or len(origins)
        own = _own(record, residents, risks, activity, origins, horizon, widest)
        mean, variance = ahead(last, moves, record.area, horizon)
        lived_in = residents[-1] > 0
        apart = np.where(lived_in, np.log(own) - mean - variance / 2, 0)
        apart -= np.average(apart, weights=np.where(lived_in, expected[-1], 0) + 1e-12)
        found.append(HALF * np.clip(apart, -FARTHEST, FARTHEST))
        horizons.append(horizon)
    return Shift(tuple(horizons), np.array(found).reshape(-1, residents.shape[1]))


def _own(
    record: Record, residents: NDArray, risks: NDArray, activity: NDArray, origins: NDArray, horizon: int, widest: int
) -> NDArray[np.float64]:
    """Relative risk of each place, by weights estimated at the origins: [place].

    Origins are repeated up to `widest` without weight, so that one compiled program serves every horizon.
    """
    repeated = np.arange(widest) >= len(origins)
    origins = np.resize(origins, widest)
    later = origins + horizon
    known = record.known[later]
    totals = record.counts[later].sum(axis=1)
    exposure = residents[later] * (totals / np.maximum(np.where(known, residents[later], 0).sum(axis=1), 1))[:, None]
    kept = known & (exposure > 0) & ~repeated[:, None]
    if not kept.any():
        return np.ones(residents.shape[1])
    centre, scale = activity[origins][kept].mean(), activity[origins][kept].std() + 1e-6
    age = (origins[0] - origins) / record.calendar.periods_a_year
    places = len(record.places)
    rows = Examples(
        risks=jnp.asarray(np.moveaxis(risks[:, origins], 0, -1).reshape(-1, len(risks))),
        exposure=jnp.asarray(np.where(kept, exposure, 0).ravel()),
        counts=jnp.asarray(record.counts[later].ravel()),
        activity=jnp.asarray((activity[origins].ravel() - centre) / scale),
        origin=jnp.asarray(np.repeat(np.arange(len(origins)), places), float),
        weight=jnp.asarray((YEARLY_WEIGHT ** age[:, None] * kept).ravel()),
    )
    fitted = fit_weights(rows, len(origins))
    now = jnp.asarray((activity[-1] - centre) / scale)
    return np.asarray(blended(jnp.asarray(fitted[:-3].reshape(3, -1)), jnp.asarray(risks[:, -1].T), now))
