"""Shares of places some periods ahead: those of the filter, halfway to a mixture with smoothed relative risks.

What the filter expects is averaged, in logs, with what it expects when areas are of about thirty near places. Weights
of the mixture are estimated at earlier origins of the same record, one set per horizon; horizons between are
interpolated. Where there are too few origins the weights stay where they start.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from contagion.inference.forecast.filtering import Dynamics, Levels, Panel, run
from contagion.inference.forecast.origins import HORIZONS, YEARLY_WEIGHT, ahead, earlier_origins
from contagion.inference.forecast.panel import National
from contagion.inference.forecast.partition import partition
from contagion.inference.forecast.record import Record
from contagion.inference.forecast.shares import Examples, fit_coefficients, relative_risks, starting, weights

SIZE = 30  # places of an area of the second run of the filter, about
ACTIVE = {12: 3, 1: 2}  # smoothed risk whose level says how much is counted in a place
HALF = 0.5
LEAST = 0.01  # count added before the logarithm of what is expected
FARTHEST = 2.0  # largest shift of a log share


class Filtered(NamedTuple):
    """Levels after one period or every one, the numbers by place, and the area of each place."""

    levels: Levels
    moves: Dynamics
    area: NDArray[np.int64]

    def at(self, periods: NDArray[np.int64]) -> "Filtered":
        """The same after some of the periods."""
        return self._replace(levels=jax.tree.map(lambda values: values[periods], self.levels))

    def expected(self, horizon: int) -> Float[np.ndarray, "*origin place"]:
        """Log of the relative risk some periods ahead."""
        mean, variance = ahead(self.levels, self.moves, self.area, horizon)
        return mean + variance / 2


@dataclass(frozen=True)
class Shift:
    """What is added to the log level of each place, by horizon.

    Attributes
    ----------
    horizons
        Periods ahead, in order.
    shift
        Shift [horizon, place].
    weights
        Weight of each member of the mixture, the filter's last [horizon, place, member].
    """

    horizons: tuple[int, ...]
    shift: NDArray[np.float64]
    weights: NDArray[np.float64]

    def at(self, periods: int) -> NDArray[np.float64]:
        """Shift in each of the periods ahead: [period, place]."""
        steps, known = np.arange(1, periods + 1), np.array(self.horizons)
        right = np.clip(np.searchsorted(known, steps), 1, len(known) - 1)
        low, high = known[right - 1], known[right]
        part = np.clip((steps - low) / (high - low), 0, 1)[:, None]
        return (1 - part) * self.shift[right - 1] + part * self.shift[right]


class Past(NamedTuple):
    """What is known after each period."""

    residents: Float[np.ndarray, "period place"]
    risks: Float[np.ndarray, "member period place"]  # smoothed
    activity: Float[np.ndarray, "period place"]  # log expected count


def filtered_again(moves: Dynamics, panel: Panel, record: Record) -> Filtered:
    """Last levels of the filter with areas of near places instead of those of the record, and the same numbers."""
    area = partition(record.neighbours, SIZE)
    last = jax.jit(partial(run, areas=int(area.max()) + 1))(moves, panel._replace(area=jnp.asarray(area)))[0]
    return Filtered(jax.tree.map(np.asarray, last), moves, area)


def learn(
    record: Record,
    residents: NDArray[np.float64],
    reference: National,
    every: Filtered,
    second: Filtered,
    drawn: Filtered,
) -> Shift:
    """Estimate the weights of the mixture at earlier origins, and the shift at the last one.

    Parameters
    ----------
    record
        Counts by period.
    residents
        Residents in these periods [period, place].
    reference
        National log rate.
    every
        The filter after every period.
    second
        The filter with areas of near places, after the last period.
    drawn
        Levels after the last period from which paths are drawn, and which are shifted.
    """
    rate = np.exp(reference.expected(record.calendar.phases(0, -len(residents))))
    exposure = np.where(record.known, residents, 0)
    yearly = record.calendar.periods_a_year
    risks = relative_risks(record.counts / rate[:, None], exposure, record.neighbours, record.area, yearly)
    expected = risks[ACTIVE[yearly]] * residents * np.exp(reference.level)[:, None]
    past = Past(residents, risks, np.log(expected + LEAST))
    lived_in = residents[-1] > 0
    importance = np.where(lived_in, expected[-1], 0) + 1e-12
    shifts, shares = [], []
    for horizon in HORIZONS[yearly]:
        origins = earlier_origins(len(residents), horizon, yearly)
        at = np.append(origins, len(residents) - 1)
        ours = every.at(at).expected(horizon)
        mixed = np.concatenate([risks[:, at], np.exp(ours)[None]])
        share = _weights(record, past, mixed[:, :-1], origins, horizon)
        mixture = np.log((mixed[:, -1] * share.T).sum(axis=0))
        twice = (ours[-1] + second.expected(horizon)) / 2
        apart = np.where(lived_in, (1 - HALF) * twice + HALF * mixture - drawn.expected(horizon), 0)
        apart -= np.average(apart, weights=importance)
        shifts.append(np.clip(apart, -FARTHEST, FARTHEST))
        shares.append(share)
    return Shift(HORIZONS[yearly], np.stack(shifts), np.stack(shares))


def _weights(
    record: Record, past: Past, risks: NDArray, origins: NDArray[np.int64], horizon: int
) -> Float[np.ndarray, "place member"]:
    """Weights of the members after the last period, estimated at the origins.

    Origins are repeated up to those of the nearest horizon without weight, so that one compiled program serves all.

    Parameters
    ----------
    record
        Counts by period.
    past
        What is known after each period.
    risks
        Relative risks at the origins [member, origin, place].
    origins
        Periods after which places are forecast.
    horizon
        Periods ahead.
    """
    yearly = record.calendar.periods_a_year
    widest = len(earlier_origins(len(past.residents), 1, yearly))
    repeated = np.arange(widest) >= len(origins)
    used = np.resize(np.arange(len(origins)), widest) if len(origins) else np.arange(0)
    origins = origins[used]
    later = origins + horizon
    known, residents = record.known[later], past.residents[later]
    totals = record.counts[later].sum(axis=1)
    exposure = residents * (totals / np.maximum(np.where(known, residents, 0).sum(axis=1), 1))[:, None]
    kept = known & (exposure > 0) & ~repeated[: len(used), None]
    activity = past.activity[origins]
    if not kept.any():
        start = jnp.asarray(starting(len(risks)))
        return np.asarray(weights(start, jnp.zeros(len(record.places))))
    centre, scale = activity[kept].mean(), activity[kept].std() + 1e-6
    age = (origins[0] - origins) / yearly
    rows = Examples(
        risks=jnp.asarray(np.moveaxis(risks[:, used], 0, -1).reshape(-1, len(risks))),
        exposure=jnp.asarray(np.where(kept, exposure, 0).ravel()),
        counts=jnp.asarray(record.counts[later].ravel()),
        activity=jnp.asarray((activity.ravel() - centre) / scale),
        origin=jnp.asarray(np.repeat(np.arange(len(origins)), len(record.places)), float),
        weight=jnp.asarray((YEARLY_WEIGHT ** age[:, None] * kept).ravel()),
    )
    fitted = fit_coefficients(rows, len(origins))
    return np.asarray(weights(jnp.asarray(fitted), jnp.asarray((past.activity[-1] - centre) / scale)))
