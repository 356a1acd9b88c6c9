"""Path of the national log rate: season, filtered level, and an average over local-level models.

A local-level model has a level and a damped slope. With log rate R_t = level_t + noise,

    level_t = level_(t-1) + damping slope_(t-1) + noise,    slope_t = damping slope_(t-1) + noise.

Variances are relative to that of the observation, whose own scale has an inverse-gamma prior, so that the marginal
likelihood of each model of a grid is closed. The forecast is the average over the grid: its covariance contains the
spread between models.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GRIDS = {  # level variance, slope variance, damping by periods a year; variances relative to the observation's
    12: ((0.1, 0.3, 1.0, 3.0), (0.0, 0.003, 0.01, 0.03, 0.1), (0.8, 0.9, 0.95)),
    1: ((0.3, 1.0, 3.0, 10.0), (0.0, 0.03, 0.1, 0.3), (0.3, 0.6)),
}
PRIOR = (1.0, 0.002)  # shape and scale of the inverse-gamma prior of the observation variance
NOISE = 0.003  # usual variance of the observed log rate
DIFFUSE = (25.0, 1e-2)  # variance of the first level; of the first slope, relative to the observation's
LEVEL = dict(level=0.3, slope=0.02, damping=0.92)  # of the filter that gives places their reference
TREND = dict(level=0.35, slope=0.1, damping=0.95)  # of exponential smoothing with a damped trend, for months
SEASON_PRIOR = 8.0  # years of no season to which the record of the season is added


class Path(NamedTuple):
    """Normal distribution of the national log rate in the periods ahead, without season."""

    mean: NDArray[np.float64]  # [period]
    covariance: NDArray[np.float64]  # [period, period]
    noise: float  # variance of a single observation about the level


def season(log_rate: NDArray[np.float64], phase: NDArray[np.int64], periods: int) -> NDArray[np.float64]:
    """Log deviation of each month of the year from the year about it, shrunk to none; zero for yearly data.

    Parameters
    ----------
    log_rate
        National log rate [period].
    phase
        Month of the year of each period, 0 to 11.
    periods
        Periods a year.
    """
    if periods == 1 or len(log_rate) < 2 * periods:
        return np.zeros(periods)
    weights = np.concatenate([[0.5], np.ones(periods - 1), [0.5]]) / periods
    middle = np.convolve(log_rate, weights, mode="valid")
    half = periods // 2
    deviation, months = log_rate[half : half + len(middle)] - middle, phase[half : half + len(middle)]
    total = np.bincount(months, deviation, minlength=periods)
    shrunk = total / (np.bincount(months, minlength=periods) + SEASON_PRIOR)
    return shrunk - shrunk.mean()


def filtered(log_rate: NDArray[np.float64], level: float, slope: float, damping: float, extra: NDArray[np.float64]):
    """Kalman filter of a local level with damped slope, observation variance one plus `extra`.

    Returns
    -------
    tuple
        Levels [period], the state and its covariance after the last period, errors and their variances [period].
    """
    advance = np.array([[1.0, damping], [0.0, damping]])
    noise = np.diag([level, slope])
    state, covariance = np.array([log_rate[0], 0.0]), np.diag(DIFFUSE)
    levels, errors, variances = np.empty((3, len(log_rate)))
    for period, value in enumerate(log_rate):
        if period:
            state, covariance = advance @ state, advance @ covariance @ advance.T + noise
        variances[period] = covariance[0, 0] + 1 + extra[period]
        errors[period] = value - state[0]
        gain = covariance[:, 0] / variances[period]
        state = state + gain * errors[period]
        covariance = covariance - np.outer(gain, covariance[0])
        levels[period] = state[0]
    return levels, state, covariance, errors, variances


def reference(log_rate: NDArray[np.float64], extra: NDArray[np.float64], periods: int) -> NDArray[np.float64]:
    """The national level that places are measured against: filtered for months, as counted for years."""
    if periods == 1:
        return log_rate.copy()
    return filtered(log_rate, **LEVEL, extra=extra)[0]


def ahead(state: NDArray, covariance: NDArray, level: float, slope: float, damping: float, periods: int):
    """Mean and covariance of the level in the periods after the last one."""
    advance = np.array([[1.0, damping], [0.0, damping]])
    noise = np.diag([level, slope])
    mean, whole = np.empty(periods), np.empty((periods, periods))
    for period in range(periods):
        state, covariance = advance @ state, advance @ covariance @ advance.T + noise
        mean[period] = state[0]
        carried = covariance
        for later in range(period, periods):
            whole[later, period] = whole[period, later] = carried[0, 0]
            carried = advance @ carried
    return mean, whole


def smoothed_trend(log_rate: NDArray[np.float64], level: float, slope: float, damping: float, periods: int):
    """Forecast of exponential smoothing with a damped trend (Gardner and McKenzie 1985): [period]."""
    smooth, trend = log_rate[:6].mean(), 0.0
    for value in log_rate:
        expected = smooth + damping * trend
        before, smooth = smooth, expected + level * (value - expected)
        trend = slope * (smooth - before) + (1 - slope) * damping * trend
    return smooth + trend * np.cumsum(damping ** np.arange(1, periods + 1))


def forecast(log_rate: NDArray[np.float64], extra: NDArray[np.float64], periods_a_year: int, periods: int) -> Path:
    """Average over the grid of local-level models, weighted by their marginal likelihood; for months also a trend.

    The mean path for months is halfway to that of exponential smoothing with a damped trend, and half the distance
    between the two counts as a standard deviation.

    Parameters
    ----------
    log_rate
        National log rate without season [period].
    extra
        Variance of each observation from small counts alone, relative to a typical one [period].
    periods_a_year
        12 for months, 1 for years.
    periods
        Periods ahead.
    """
    skipped = min(2, len(log_rate) - 1)
    found = []
    for level in GRIDS[periods_a_year][0]:
        for slope in GRIDS[periods_a_year][1]:
            for damping in GRIDS[periods_a_year][2]:
                _, state, covariance, errors, variances = filtered(log_rate, level, slope, damping, extra)
                errors, variances = errors[skipped:], variances[skipped:]
                shape = PRIOR[0] + len(errors) / 2
                scale = PRIOR[1] + (errors**2 / variances).sum() / 2
                mean, whole = ahead(state, covariance, level, slope, damping, periods)
                variance = scale / (shape - 1)  # of the Student distribution
                found.append((-np.log(variances).sum() / 2 - shape * np.log(scale), mean, whole * variance, variance))
    logs = np.array([one[0] for one in found])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    means = np.stack([one[1] for one in found])
    mean = weights @ means
    spread = np.einsum("m,mi,mj->ij", weights, means - mean, means - mean)
    within = np.einsum("m,mij->ij", weights, np.stack([one[2] for one in found]))
    if periods_a_year > 1:
        apart = (smoothed_trend(log_rate, **TREND, periods=periods) - mean) / 2
        mean, spread = mean + apart, spread + np.outer(apart, apart)
    return Path(mean, within + spread, float(weights @ np.array([one[3] for one in found])))
