"""Paired statistics: differences under common random numbers, their intervals, and the verdict."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import beta


def interval(met: float, count: float) -> tuple[float, float]:
    """90 % interval of a share, met in so many of `count` replicates, under Jeffreys' prior; 0 to 1 of none."""
    low, high = beta.ppf([0.05, 0.95], met + 0.5, count - met + 0.5)
    return float(low), float(high)


def mean_interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """90 % confidence interval of the mean of what is known, by Student's t; NaN with fewer than two values."""
    known = values[~np.isnan(values)]
    if known.size < 2:
        return np.nan, np.nan
    reach = stats.t.ppf(0.95, known.size - 1) * known.std(ddof=1) / np.sqrt(known.size)
    return float(known.mean() - reach), float(known.mean() + reach)


def verdict(losses: NDArray[np.float64]) -> str:
    """What the paired losses against another strategy say: better, worse, or undecided; nothing where none is known."""
    if np.isnan(losses).all():
        return ""
    low, high = mean_interval(losses)
    if high < 0:
        return "better"
    return "worse" if low > 0 else "undecided"


def wins(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where a strategy loses least in a replicate [strategy, replicate], shared among ties; NaN where unknown."""
    known = ~np.isnan(losses)
    least = np.where(known, losses, np.inf).min(axis=0)
    first = known & (losses == least)
    return np.where(known, first / np.maximum(first.sum(axis=0), 1), np.nan)
