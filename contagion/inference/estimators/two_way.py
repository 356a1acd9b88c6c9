"""Count regression on windows with two-way fixed effects of places and months.

Model: y[t, i] ~ NB2(mean mu, variance mu + alpha mu^2), log mu[t, i] = a_i + b_t + sum_k beta_k x[k, t, i]. Fisher
scoring with the place effects eliminated exactly (a Schur complement of size months + windows), so that a fit of 400
places and 120 months takes tenths of a second where the same regression with dummies takes minutes. With alpha = 0 this
is the pseudo-Poisson estimate (Correia, Guimaraes, Zylkin 2020, Stata Journal 20). Tests compare it with statsmodels
with dummies.

pyfixest gives the same pseudo-Poisson coefficients in 0.48 s (after 6 s of compilation) where this takes 0.37 s for 323
places, 120 months and 9 windows; its documentation names no negative binomial, which the published study needs.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from contagion.errors import InputError

STEPS = 100  # maximum number of scoring iterations
PRECISION = 1e-8  # convergence tolerance, relative change of the deviance
STEEPEST = 30.0  # bound of |log mean|


class Fit(NamedTuple):
    """Result of a regression."""

    coefficients: NDArray  # [window]; -inf without counts in the window, NaN if empty or collinear
    covariance: NDArray  # [window, window], clustered by place
    mean: NDArray  # [month, place]
    dispersion: float


def poisson(counts: NDArray, windows: NDArray, dispersion: float = 0.0) -> NDArray:
    """Coefficients [window] at a fixed dispersion, without errors: fast enough for many replicates.

    Parameters
    ----------
    counts
        Counts [month, place].
    windows
        Indicators [window, month, place].
    dispersion
        Dispersion alpha; 0 is pseudo-Poisson.
    """
    return _score(counts, windows, dispersion)[0]


def negative_binomial(counts: NDArray, windows: NDArray) -> Fit:
    """Maximum likelihood over coefficients and dispersion, alternating until convergence.

    Places without any count carry no information given a place effect and are excluded from likelihood and clusters.
    The covariance is the sandwich estimator with scores summed by place, times G / (G - 1).

    Parameters
    ----------
    counts, windows
        As for `poisson`.
    """
    used = counts.sum(axis=0) > 0
    dispersion, before, steps = 0.0, -1.0, 0
    coefficients, mean, inverse, within = _score(counts, windows, dispersion)
    while abs(dispersion - before) > 1e-4 * (dispersion + 1e-4) and steps < STEPS:
        before, dispersion, steps = dispersion, _dispersion(counts[:, used], mean[:, used]), steps + 1
        coefficients, mean, inverse, within = _score(counts, windows, dispersion, mean)
    residual = (counts - mean) / (1 + dispersion * mean)
    scores = np.einsum("ktp,tp->kp", within, residual)[:, used]
    clusters = used.sum()
    covariance = inverse @ (scores @ scores.T) @ inverse * clusters / max(clusters - 1, 1)
    unknown = ~np.isfinite(coefficients)
    covariance[unknown] = covariance[:, unknown] = np.nan
    return Fit(coefficients, covariance, mean, dispersion)


def _score(
    counts: NDArray, windows: NDArray, dispersion: float, mean: NDArray | None = None
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Fisher scoring: coefficients, mean, inverse information of the windows, and the windows net of both effects."""
    used = counts.sum(axis=0) > 0
    open_months = counts.sum(axis=1) > 0
    if not used.any():
        raise InputError("all counts of the sample are 0: a ratio needs positive counts")
    cells = np.einsum("ktp,tp->k", windows, (open_months[:, None] & used).astype(float)) > 0
    seen = np.einsum("ktp,tp->k", windows, counts) > 0
    # Without counts in a window the likelihood increases as its mean goes to 0, so its cells are excluded.
    inside = open_months[:, None] & used & ~windows[cells & ~seen].any(axis=0)
    held = windows * inside
    mean = np.where(inside, (counts + counts.mean(axis=0)) / 2, 0.0) if mean is None else mean
    predictor = np.log(np.where(inside, mean, 1.0))
    deviance, steps = np.inf, 0
    while True:
        weight = mean / (1 + dispersion * mean)
        working = np.where(inside, predictor + (counts - mean) / np.where(inside, mean, 1.0), 0.0)
        net = _net_of_effects(np.concatenate([held, working[None]]), weight)
        within, outcome = net[:-1], net[-1]
        information = np.einsum("ktp,ltp->kl", within * weight, within, optimize=True)
        raw = np.einsum("ktp,tp->k", held, weight)
        known = seen & (np.diag(information) > 1e-9 * np.maximum(raw, 1e-12))
        information = np.where(known[:, None] & known, information, 0.0)
        inverse = np.linalg.pinv(information, rcond=1e-10, hermitian=True)
        coefficients = inverse @ (np.einsum("ktp,tp->k", within * weight, outcome) * known)
        # The fitted value is the working response minus the part explained by neither effects nor windows.
        unexplained = outcome - np.tensordot(coefficients, within, 1)
        predictor = np.clip(working - unexplained, -STEEPEST, STEEPEST)
        mean = np.where(inside, np.exp(predictor), 0.0)
        last, deviance, steps = deviance, _deviance(counts[inside], mean[inside], dispersion), steps + 1
        if abs(last - deviance) < PRECISION * (abs(deviance) + 1) or steps == STEPS:
            break
    coefficients = np.where(known, coefficients, np.where(cells & ~seen, -np.inf, np.nan))
    return coefficients, mean, inverse, within


def _net_of_effects(values: NDArray, weight: NDArray) -> NDArray:
    """Residuals of values [any, month, place] on place and month effects, with weights [month, place]."""
    by_place, by_month = weight.sum(axis=0), weight.sum(axis=1)
    share = weight / np.where(by_place > 0, by_place, 1.0)
    centred = values - np.einsum("tp,ktp->kp", share, values)[:, None]
    reduced = np.diag(by_month) - weight @ share.T
    reduced[np.diag_indices(len(reduced))] += np.where(by_month > 0, 0.0, 1.0)
    reduced += by_month.mean() / len(reduced)  # month effects sum to zero; the level is in the place effects
    right = np.einsum("tp,ktp->tk", weight, centred)
    months = scipy.linalg.solve(reduced, right, assume_a="sym").T
    return centred - months[:, :, None] + (months @ share)[:, None]


def _deviance(counts: NDArray, mean: NDArray, dispersion: float) -> float:
    """Minus twice the log likelihood, up to terms that depend only on the counts."""
    if dispersion == 0:
        return float(2 * (mean - counts * np.log(mean)).sum())
    scaled = dispersion * mean
    return float(2 * ((counts + 1 / dispersion) * np.log1p(scaled) - counts * np.log(scaled)).sum())


def _dispersion(counts: NDArray, mean: NDArray) -> float:
    """Maximum-likelihood dispersion at a given mean; 0 without overdispersion."""
    inside = mean > 0
    values, repeats = np.unique(counts[inside], return_counts=True)
    chosen, expected = counts[inside], mean[inside]

    def loss(logarithm: float) -> float:
        size = np.exp(-logarithm)
        constant = (repeats * (gammaln(values + size) - gammaln(size))).sum()
        return float(((chosen + size) * np.log1p(expected / size)).sum() + chosen.sum() * np.log(size) - constant)

    best: Any = minimize_scalar(loss, bounds=(-10.0, 4.0), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(best.x)) if best.x > -9.9 else 0.0
