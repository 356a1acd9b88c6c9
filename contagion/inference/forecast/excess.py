"""Noise that the places of an area share in a single period, beyond what the filter expects."""

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from contagion.inference.forecast.filtering import Dynamics, Levels, Panel

USUAL = 0.01  # variance of shared noise under which residuals are weighted
MOST = 0.25  # largest variance
RESIDUAL = 9.0  # largest squared residual over its expected one, so that single events do not decide


def excess(every: Levels, moves: Dynamics, panel: Panel, residents: NDArray[np.float64], skipped: int) -> float:
    """Variance of log noise that the places of an area share in a period, by residuals of area totals one ahead.

    A squared residual is on average the variance that the filter expects plus the excess times the squared mean;
    the excess is their weighted least-squares slope, at least 0.

    Parameters
    ----------
    every
        Filtered levels after each period.
    moves
        Numbers by place.
    panel
        Counts by period.
    residents
        Residents by period.
    skipped
        Periods at the start that are left out.
    """
    area, counts, known = (np.asarray(part) for part in (panel.area, panel.counts, panel.known))
    areas = every.area_mean.shape[-1]
    at = np.arange(max(skipped, 1), len(counts)) - 1
    decay = moves.memory
    mean = np.einsum("i,tip->tp", decay, every.mean[at])
    spread = np.einsum("i,j,tijp->tp", decay, decay, every.covariance[at]) + moves.noise.sum(axis=0)
    shock = moves.area_memory * every.area_mean[at]
    shared = moves.area_memory**2 * every.area_variance[at] + moves.area_noise
    expected = np.where(known[1:][at], residents[1:][at] * np.exp(mean + spread / 2 + shock[:, area]), 0)
    counted = counts[1:][at]
    expected *= (counted.sum(axis=1) / np.maximum(expected.sum(axis=1), 1e-9))[:, None]
    alone = expected + expected**2 * ((1 + np.expm1(spread)) / moves.size + np.expm1(spread))
    member = sparse.csr_array((np.ones(len(area)), (np.arange(len(area)), area)), shape=(len(area), areas))
    total, variance = expected @ member, alone @ member
    variance += total**2 * shared
    usual = variance + USUAL * total**2
    squared = np.minimum(np.square(counted @ member - total), RESIDUAL * usual)
    weight = total**2 / np.maximum(usual, 1e-9) ** 2
    slope = (weight * (squared - variance)).sum() / max((weight * total**2).sum(), 1e-9)
    return float(np.clip(slope, 0, MOST))
