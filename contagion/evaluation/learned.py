"""Rules whose numbers are fitted to earlier counts: exponential smoothing, a log-linear model, boosted trees.

The latter two forecast shares, for each horizon anew: that of the last year times a function of logarithms of means
over shorter and longer times. The total is smoothed, since the few years of a record say little about where it turns.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

WINDOWS = {12: (1, 3, 6, 36), 1: (2, 4)}  # periods over which counts are averaged
STEP = {12: 3, 1: 1}  # periods between examples
EXAMPLES = 24  # origins that are learned from, at most
ROWS = 20_000  # units and origins that trees are grown from, at most
LEAST = 0.02  # smallest expected count of a period
DAMPING = 0.9  # of the trend of exponential smoothing, by period
WEIGHTS = {12: (0.03, 0.06, 0.12, 0.25, 0.5), 1: (0.2, 0.4, 0.6, 0.8, 1.0)}  # of the newest count
TRENDS = (0.0, 0.1, 0.3)  # weight of the newest change, relative to that of the count
FEWEST = 4  # origins below which nothing is learned
RIDGE = 1.0  # penalty of the coefficients, those of a whole population
SIZES = tuple(np.exp(np.arange(-2, 6.0)))  # of the negative binomial
ROUNDS = 12  # steps of Newton's method
TREES: dict[str, Any] = dict(
    early_stopping=False, max_iter=40, learning_rate=0.1, max_leaf_nodes=15, l2_regularization=1.0
)

Horizons = tuple[int, ...]
Fit = Callable[[NDArray, NDArray, NDArray], Callable[[NDArray], NDArray]]


def totals(counts: NDArray, origins: NDArray, horizons: Horizons) -> NDArray:
    """What was counted after each origin in the periods that are summed: [origin, unit]."""
    return np.array([counts[at + np.array(horizons) - 1].sum(axis=0) for at in origins])


def smoothing(counts: NDArray, origins: NDArray, horizons: Horizons, season: int) -> NDArray:
    """Exponential smoothing with a damped trend (Gardner and McKenzie 1985), the same for all units.

    Its two weights are those of the lowest Poisson deviance at the earlier origins.
    """
    weight, trend = (part.ravel()[:, None] for part in np.meshgrid(WEIGHTS[season], TRENDS))
    level = np.repeat(counts[:season].mean(axis=0, keepdims=True), len(weight), axis=0)
    slope = np.zeros_like(level)
    reach = sum(DAMPING * (1 - DAMPING**horizon) / (1 - DAMPING) for horizon in horizons)
    expected = {}
    for at in range(int(origins[-1]) + 1):
        if at in origins:
            expected[at] = np.maximum(len(horizons) * level + reach * slope, LEAST * len(horizons))
        if at < origins[-1]:
            before, level = level, weight * counts[at] + (1 - weight) * (level + DAMPING * slope)
            slope = trend * (level - before) + (1 - trend) * DAMPING * slope
    means = np.array([expected[at] for at in origins.tolist()])
    later = totals(counts, origins[:-1], horizons)[:, None]
    best = (means[:-1] - later * np.log(means[:-1])).sum(axis=(0, 2)).argmin()
    return means[:, best]


def _features(counts: NDArray, origin: int, season: int) -> tuple[NDArray, NDArray]:
    """What is known of each unit at an origin [unit, feature], and its mean over the last year [unit].

    Means are drawn towards that of all units, and those of other times towards that of the year, as if one more had
    been counted there.
    """
    known = counts[:origin]
    typical = max(known[-season:].mean(), LEAST)
    year = (known[-season:].sum(axis=0) + 1) / (season + 1 / typical)
    ratios = []
    for window in WINDOWS[season]:
        last = known[-window:]
        mean = (last.sum(axis=0) + 1) / (len(last) + 1 / year)
        ratios.append(np.log(mean / year) - np.log(mean.sum() / year.sum()))
    return np.column_stack([np.ones(len(year)), *ratios, np.log(year / typical)]), year


def _shares(fit: Fit, counts: NDArray, origins: NDArray, horizons: Horizons, season: int) -> NDArray:
    """Expected totals at each origin [origin, unit]: shares of the smoothed total of all units.

    The last origin is forecast from everything that was counted before it, the others from what was counted before the
    first of them.
    """
    whole = smoothing(counts.sum(axis=1, keepdims=True), origins, horizons, season)
    found = []
    for end, several in ((origins[0], origins[:-1]), (origins[-1], origins[-1:])):
        at = np.arange(end - max(horizons), season - 1, -STEP[season])[:EXAMPLES]
        factor = _unchanged  # too short for anything but the shares of the last year
        if len(at) >= FEWEST:
            rows, usual = zip(*(_features(counts, origin, season) for origin in at), strict=True)
            later = totals(counts, at, horizons)
            scale = later.sum(axis=1) / np.sum(usual, axis=1)  # what the total came to is not to be learned
            expected = np.maximum(np.array(usual) * scale[:, None], LEAST / 10)
            factor = fit(np.concatenate(rows), expected.ravel(), later.ravel())
        for origin in several:
            rows, usual = _features(counts, origin, season)
            found.append(factor(rows) * usual)
    return np.array(found) * whole / np.sum(found, axis=1, keepdims=True)


def _unchanged(rows: NDArray) -> NDArray:
    return np.ones(len(rows))


def log_linear(counts: NDArray, origins: NDArray, horizons: Horizons, season: int) -> NDArray:
    """Negative binomial regression, log-linear in lagged means, with a ridge towards the shares of the last year."""
    return _shares(_fit_log_linear, counts, origins, horizons, season)


def boosted_trees(counts: NDArray, origins: NDArray, horizons: Horizons, season: int) -> NDArray:
    """Gradient-boosted trees with Poisson loss (scikit-learn's, after LightGBM)."""
    return _shares(_fit_trees, counts, origins, horizons, season)


def _fit_log_linear(rows: NDArray, usual: NDArray, counted: NDArray) -> Callable[[NDArray], NDArray]:
    """Newton's method given the size, which is that of highest likelihood about the means of the step before."""
    beta, penalty = np.zeros(rows.shape[1]), RIDGE * np.eye(rows.shape[1])

    def factor(given: NDArray) -> NDArray:
        return np.exp(np.clip(given @ beta, -2, 2))

    for _ in range(ROUNDS):
        mean = usual * factor(rows)
        size = _best_size(mean, counted)
        weight = mean * size / (mean + size)
        gradient = rows.T @ ((counted - mean) * size / (mean + size)) - penalty @ beta
        step = np.linalg.solve((rows * weight[:, None]).T @ rows + penalty, gradient)
        beta = beta + np.clip(step, -0.5, 0.5)
    return factor


def _best_size(mean: NDArray, counted: NDArray) -> float:
    """Size of the negative binomial of highest likelihood."""
    return max(SIZES, key=lambda size: log_likelihood(mean, size, counted))


def log_likelihood(mean: NDArray, size: NDArray | float, counted: NDArray) -> float:
    """Log likelihood of a negative binomial, but for what neither mean nor size changes."""
    fit = gammaln(counted + size) - gammaln(size) - size * np.log1p(mean / size) - counted * np.log1p(size / mean)
    return float(fit.sum())


def _fit_trees(rows: NDArray, usual: NDArray, counted: NDArray) -> Callable[[NDArray], NDArray]:
    chosen = np.random.default_rng(0).permutation(len(rows))[:ROWS]
    rows, usual, counted = rows[chosen], usual[chosen], counted[chosen]
    leaf = int(np.clip(len(rows) // 100, 5, 200))
    if not counted.any():  # Poisson loss takes a positive sum
        return _unchanged
    trees = HistGradientBoostingRegressor(loss="poisson", random_state=0, min_samples_leaf=leaf, **TREES)
    with threadpool_limits(1, user_api="openmp"):  # threads wait for each other for longer where cores are shared
        trees.fit(rows, counted / usual, sample_weight=usual)
    return threadpool_limits.wrap(1, user_api="openmp")(trees.predict)
