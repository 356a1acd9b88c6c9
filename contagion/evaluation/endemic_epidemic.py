"""hhh4: the endemic-epidemic model of counts by place (Held, Höhle and Hofmann 2005), as a rival.

Counts are negative binomial around nu_it + lambda y_i,t-1 + phi sum_j w_ji y_j,t-1, with an endemic part nu_it = e_i
exp(alpha + beta sin + gamma cos) of the season, e_i the share of a place in all counts so far, and w_ji shares of
neighbours that sum to 1. The numbers are those of highest likelihood (the model without random effects of R's
surveillance, Meyer, Held and Höhle 2017).
"""

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from contagion.evaluation.learned import Horizons, log_likelihood

ROUNDS, ENOUGH = 100, 1e-8  # of Fisher scoring, and the largest step with which it ends
LARGEST_STEP = 1.0
YEARS = 10  # that the numbers are fitted to, the newest
BOUNDS = (-15.0, 20.0)  # of logarithms: a part that the counts do not show is as good as absent
SIZES = (-5.0, 12.0)  # of the log size
LEAST = 1e-9  # mean, and what is added to the information


class Fitted(NamedTuple):
    """Numbers of highest likelihood."""

    endemic: NDArray  # alpha, and beta and gamma where there is a season
    own: float  # log lambda
    neighbours: float  # log phi; -inf where nobody has any
    size: float  # variance = mean + mean^2 / size


def shares_of_neighbours(touching: sparse.csr_array) -> sparse.csr_array:
    """Weights w_ij from contiguity: the share of place i that goes to each of its neighbours j; rows sum to 1 or 0."""
    degree = np.asarray(touching.sum(axis=1)).ravel()
    each = np.divide(1, degree, out=np.zeros(len(degree)), where=degree > 0)
    return sparse.csr_array(sparse.diags_array(each) @ touching)


def fit(counts: NDArray, weights: sparse.csr_array | None, season: int, first: int = 0) -> Fitted:
    """Fit the model by Fisher scoring, with the size of highest likelihood at every step.

    Parameters
    ----------
    counts
        Counts [period, unit].
    weights
        From `shares_of_neighbours`; None for no neighbours.
    season
        Periods of a year.
    first
        Number of the first period, by which the season is reckoned.
    """
    parts = _parts(counts, weights)
    seasonal = np.repeat(_season(first + np.arange(1, len(counts)), season), counts.shape[1], axis=0)
    later, size, cycle = counts[1:].ravel(), 1.0, seasonal.shape[1]
    begun = np.log(max(later.mean() * counts.shape[1], 1e-6) / 2)
    theta = np.concatenate([[begun], np.zeros(cycle - 1), np.full(len(parts) - 1, np.log(0.25))])
    for _ in range(ROUNDS):
        endemic = parts[0] * np.exp(seasonal @ theta[:cycle])
        epidemic = [np.exp(log) * part for log, part in zip(theta[cycle:], parts[1:], strict=True)]
        mean = np.maximum(endemic + sum(epidemic), LEAST)
        size = _best_size(mean, later)
        slopes = np.vstack([seasonal.T * endemic, *epidemic])
        weight = size / (mean * (mean + size))
        information = (slopes * weight) @ slopes.T + LEAST * np.eye(len(theta))
        step = np.linalg.solve(information, slopes @ (weight * (later - mean)))
        moved = np.clip(theta + np.clip(step, -LARGEST_STEP, LARGEST_STEP), *BOUNDS)
        done = np.abs(moved - theta).max() < ENOUGH
        theta = moved
        if done:
            break
    own, around = [*theta[cycle:], -np.inf][:2]
    return Fitted(theta[:cycle], float(own), float(around), size)


class EndemicEpidemic:
    """The model as a rule, which keeps what it was fitted to: horizons differ, and the counts behind them do not.

    Parameters
    ----------
    weights
        From `shares_of_neighbours`; None for no neighbours.
    """

    def __init__(self, weights: sparse.csr_array | None):
        self.weights = weights
        self.fits: dict[int, Fitted] = {}

    def __call__(self, counts: NDArray, origins: NDArray, horizons: Horizons, season: int) -> NDArray:
        """Expected totals at each origin [origin, unit].

        The last origin is forecast from everything that was counted before it, the others from what was counted in the
        whole years before the first of them.
        """
        found = []
        for end, several in ((origins[0] - origins[0] % season, origins[:-1]), (origins[-1], origins[-1:])):
            fitted, share = self._fit(counts, int(end), season), _share(counts[:end])
            for origin in several:
                mean, total = counts[origin - 1], np.zeros(counts.shape[1])
                for ahead in range(1, max(horizons) + 1):
                    around = 0 if self.weights is None else np.exp(fitted.neighbours) * (mean @ self.weights)
                    endemic = share * np.exp(_season(np.array([origin - 1 + ahead]), season) @ fitted.endemic)
                    mean = endemic + np.exp(fitted.own) * mean + around
                    total = total + mean * (ahead in horizons)
                found.append(total)
        return np.array(found)

    def _fit(self, counts: NDArray, end: int, season: int) -> Fitted:
        if end not in self.fits:
            first = max(end - YEARS * season, 0)
            self.fits[end] = fit(counts[first:end], self.weights, season, first)
        return self.fits[end]


def _share(counts: NDArray) -> NDArray:
    """Share of each unit in all counts, with one more in each."""
    every = counts.sum(axis=0) + 1.0
    return every / every.sum()


def _season(periods: NDArray, season: int) -> NDArray:
    """Constant, sine and cosine of the season [period, number]; the constant alone for years."""
    turn = 2 * np.pi * periods / season
    columns = [np.ones(len(periods)), np.sin(turn), np.cos(turn)]
    return np.column_stack(columns[: 3 if season > 1 else 1])


def _parts(counts: NDArray, weights: sparse.csr_array | None) -> list[NDArray]:
    """What the endemic part, that of the place and that of neighbours are multiples of [period and unit]."""
    before = counts[:-1]
    around = [] if weights is None else [(before @ weights).ravel()]
    return [np.tile(_share(counts), len(before)), before.ravel(), *around]


def _best_size(mean: NDArray, counted: NDArray) -> float:
    """Size of the negative binomial of highest likelihood."""

    def loss(log_size: float) -> float:
        return -log_likelihood(mean, float(np.exp(log_size)), counted)

    best: Any = minimize_scalar(loss, bounds=SIZES, method="bounded", options=dict(xatol=1e-6))
    return float(np.exp(best.x))
