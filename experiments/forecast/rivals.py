"""Simple rules that a forecast must beat, each with the spread that served it best at earlier origins."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

LEAST = 0.02  # smallest expected count
ORIGINS = 8  # earlier origins at which the spread is estimated
BOUNDS = (-3.0, 9.0)  # of the log size


def mean_year(counts: NDArray, horizon: int, season: int) -> NDArray:
    """Mean of the last twelve months, or the last year."""
    del horizon
    return counts[-season:].mean(axis=0)


def last_value(counts: NDArray, horizon: int, season: int) -> NDArray:
    """What was counted last."""
    del horizon, season
    return counts[-1]


def seasonal(counts: NDArray, horizon: int, season: int) -> NDArray:
    """What was counted in the same month a year before."""
    return counts[len(counts) - season + (horizon - 1) % season]


def mean_three(counts: NDArray, horizon: int, season: int) -> NDArray:
    """Mean of the last three years."""
    del horizon
    return counts[-3 * season :].mean(axis=0)


RULES: dict[str, Callable[[NDArray, int, int], NDArray]] = {
    "mean of a year": mean_year,
    "mean of three years": mean_three,
    "last value": last_value,
    "seasonal naive": seasonal,
}
DRAWN = "last year as draws"


def with_spread(rule: Callable, counts: NDArray, horizons: tuple[int, ...], season: int) -> tuple[NDArray, NDArray]:
    """Expected total over `horizons` of each place, and the size of its negative binomial.

    The log size is quadratic in the log expected count, of highest likelihood at earlier origins.
    """

    def expected(upto: int) -> NDArray:
        total = np.sum([rule(counts[:upto], horizon, season) for horizon in horizons], axis=0)
        return np.maximum(total, LEAST * len(horizons))

    latest = len(counts) - max(horizons)
    step = max(season // 2, 1)
    first = min(3 * season, latest)
    origins = np.arange(latest, first - 1, -step)[:ORIGINS]
    means = np.concatenate([expected(at) for at in origins])
    later = np.concatenate([counts[at + np.array(horizons) - 1].sum(axis=0) for at in origins])
    centre = np.log(means).mean()

    def log_size(mean: NDArray, bends: NDArray) -> NDArray:
        z = np.log(mean) - centre if counts.shape[1] > 10 else np.zeros(len(mean))
        return np.clip(bends[0] + bends[1] * z + bends[2] * z**2, *BOUNDS)

    def loss(bends: NDArray) -> float:
        size = np.exp(log_size(means, bends))
        fit = gammaln(later + size) - gammaln(size) - size * np.log1p(means / size) - later * np.log1p(size / means)
        return -fit.sum() + 0.5 * np.square(bends[1:]).sum()

    best = minimize(loss, np.array([1.0, 0.3, 0.0]), method="Nelder-Mead").x
    now = expected(len(counts))
    return now, np.exp(log_size(now, best))


def year_as_draws(counts: NDArray, horizons: tuple[int, ...], season: int) -> NDArray:
    """The last twelve months, or five years, as an ensemble; totals over more than one period end in each of them."""
    members = season if season > 1 else 5
    sums = np.cumsum(np.concatenate([np.zeros((1, counts.shape[1])), counts]), axis=0)
    length = len(horizons)
    ends = np.arange(len(counts), len(counts) - members, -1)
    ends = ends[ends >= length]
    return sums[ends] - sums[ends - length]
