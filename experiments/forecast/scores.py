"""Scores of forecasts: CRPS, log score, and how much of what was counted lies in the central 90 %."""

import numpy as np
from numpy.typing import NDArray
from scoringrules import crps_ensemble

CENTRAL = (0.05, 0.95)
MOST = 4000  # largest count of the exact sum; larger ones are scored by draws
PER_CHUNK = 64  # places that are summed up to the same count
TAIL = 10.0  # standard deviations beyond which a distribution is cut


def scored_mixture(means: NDArray, size: NDArray, counted: NDArray) -> dict[str, NDArray]:
    """Scores of the average over draws of negative binomial distributions given their means.

    CRPS is the sum over k of (F(k) - 1{counted <= k})^2.

    Parameters
    ----------
    means
        Expected counts [draw, place].
    size
        Size of the negative binomial [place].
    counted
        What was counted [place].

    Returns
    -------
    dict
        crps, log_score (higher is better) and central [place].
    """
    high = np.quantile(means, 0.995, axis=0)
    reach = np.maximum(counted, high + TAIL * np.sqrt(high * (1 + high / size))) + 10
    reach = np.minimum(reach, np.maximum(MOST, counted + 1)).astype(int)
    found = {name: np.empty(len(counted)) for name in ("crps", "log_score", "central")}
    for chunk in np.array_split(np.argsort(reach), -(-len(counted) // PER_CHUNK)):
        parts = _summed(means[:, chunk].astype(float), size[chunk], counted[chunk], int(reach[chunk].max()))
        for name, values in parts.items():
            found[name][chunk] = values
    return found


def _summed(means: NDArray, size: NDArray, counted: NDArray, reach: int) -> dict[str, NDArray]:
    odds, mass = means / (means + size), np.exp(-size * np.log1p(means / size))
    below, at = np.zeros(len(counted)), np.zeros(len(counted))
    reached, crps = np.zeros(len(counted)), np.zeros(len(counted))
    for k in range(reach + 1):
        if k:
            mass *= odds * ((k - 1 + size) / k)
        here = mass.mean(axis=0)
        below += np.where(k < counted, here, 0)
        at = np.where(k == counted, here, at)
        reached += here
        crps += (reached - (counted <= k)) ** 2
    return dict(crps=crps, log_score=np.log(np.maximum(at, 1e-12)), central=central(below, below + at))


def central(below: NDArray, upto: NDArray) -> NDArray:
    """Mass of the randomised probability integral transform that lies in the central interval."""
    low, high = CENTRAL
    width = np.maximum(upto - below, 1e-9)
    return np.clip(np.minimum(below + width, high) - np.maximum(below, low), 0, None) / width


def scored_draws(draws: NDArray, counted: NDArray, sampled: bool = True) -> dict[str, NDArray]:
    """The same of an ensemble [draw, place], without a log score.

    If the ensemble is sampled, CRPS is the unbiased estimate for what it comes from; otherwise it is the forecast.
    """
    crps = crps_ensemble(counted.astype(float), draws.T.astype(float), estimator="pwm" if sampled else "nrg")
    below = (draws < counted).mean(axis=0)
    return dict(crps=np.asarray(crps), central=central(below, below + (draws == counted).mean(axis=0)))
