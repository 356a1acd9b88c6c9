"""Differences between runs that do not share their random numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contagion.analysis.paired import UNDECIDED, UNKNOWN, Verdict, known_mean, reach_of_mean, verdict_of_interval


@dataclass(frozen=True)
class UnpairedDifference:
    """Difference of means between two sets of replicates, in the unit of the outcome; NaN where unknown.

    Attributes
    ----------
    mean, low, high
        Difference of the means and its 90 % confidence interval (Welch).
    verdict
        Verdict on the difference; UNKNOWN for outcomes of which neither more nor less is better.
    """

    mean: float
    low: float
    high: float
    verdict: Verdict


def unpaired_difference(values: NDArray[np.float64], other: NDArray[np.float64], worse: int) -> UnpairedDifference:
    """Compare two sets of replicates that were drawn independently.

    Parameters
    ----------
    values, other
        Outcome of each set, [replicate], which need not be as many; NaN where unknown.
    worse
        1 if more is worse, -1 if less is worse, 0 if neither is.

    Returns
    -------
    UnpairedDifference
        `values` minus `other`.
    """
    known = [each[~np.isnan(each)] for each in (values, other)]
    mean = known_mean(values) - known_mean(other)
    if min(map(len, known)) < 2:
        return UnpairedDifference(mean, np.nan, np.nan, UNDECIDED if worse and not np.isnan(mean) else UNKNOWN)
    parts = [each.var(ddof=1) / each.size for each in known]
    error = sum(parts)
    if error == 0:  # no chance in either
        low = high = mean
    else:
        degrees = error**2 / sum(part**2 / (each.size - 1) for part, each in zip(parts, known, strict=True))
        reach = reach_of_mean(np.sqrt(error), degrees)
        low, high = mean - reach, mean + reach
    if not worse:
        return UnpairedDifference(mean, low, high, UNKNOWN)
    return UnpairedDifference(mean, low, high, verdict_of_interval(*sorted((low * worse, high * worse))))
