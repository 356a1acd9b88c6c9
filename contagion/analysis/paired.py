"""Paired statistics: differences under common random numbers, their intervals, and the one verdict on each pair.

Strategies run under common random numbers, so the difference within a replicate is due to the strategy alone. Every
table, figure, page and message takes its verdict from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import beta

from contagion._util.text import enumerated

# The verdict on a pair: on the mean difference, at 90 % confidence.
BETTER, WORSE = "better", "worse"  # the confidence interval of the mean difference leaves zero out
UNDECIDED = "undecided"  # it holds zero, or there are fewer than two replicates
SAME = "no difference"  # the two are equal in every replicate
UNKNOWN = ""  # there is no replicate in which both are known
VERDICTS = (BETTER, WORSE, UNDECIDED, SAME, UNKNOWN)


@dataclass(frozen=True)
class PairedDifference:
    """The difference of a strategy from another over replicates, in the unit of the outcome; NaN where unknown."""

    mean: float
    low: float  # 90 % confidence interval of the mean
    high: float
    q05: float  # 90 % interval over replicates
    q95: float
    probability_better: float  # share of replicates in which it does better, ties count one half
    verdict: str  # one of VERDICTS; UNKNOWN for outcomes that are neither good nor bad


def paired_difference(values: NDArray[np.float64], other: NDArray[np.float64], worse: int) -> PairedDifference:
    """Compare two strategies replicate by replicate.

    Parameters
    ----------
    values, other
        The outcome of the strategy and of the one it is compared with, [replicate]; NaN where it is unknown.
    worse
        1 where more is worse, -1 where less is worse, 0 where neither is.

    Returns
    -------
    PairedDifference
        Of `values` less `other`, over the replicates in which both are known.
    """
    difference = values - other
    low, high = mean_interval(difference)
    better = (1 - np.sign(difference * worse)) / 2
    return PairedDifference(
        mean=known_mean(difference),
        low=low,
        high=high,
        q05=known_quantile(difference, 0.05),
        q95=known_quantile(difference, 0.95),
        probability_better=known_mean(better) if worse else np.nan,
        verdict=verdict(difference * worse) if worse else UNKNOWN,
    )


def verdict(losses: NDArray[np.float64]) -> str:
    """The verdict on a strategy from its losses beyond another's, [replicate].

    BETTER or WORSE where the 90 % confidence interval of the mean leaves zero out, SAME where every loss is zero in two
    replicates or more, UNKNOWN where none is known, else UNDECIDED. Of ten verdicts on pairs that do not differ in the
    mean, one is wrong.
    """
    known = losses[~np.isnan(losses)]
    if not known.size:
        return UNKNOWN
    if known.size > 1 and not known.any():
        return SAME
    low, high = mean_interval(known)
    if high < 0:
        return BETTER
    return WORSE if low > 0 else UNDECIDED


def best_sentence(best: str, verdicts: Mapping[str, str]) -> str:
    """Which strategy is best, as one sentence without a full stop.

    Parameters
    ----------
    best
        The strategy with the lowest mean loss.
    verdicts
        The verdict on each of the others against it, by name.
    """
    if not verdicts:
        return f"There is nothing to compare {best} with"
    same = [name for name, word in verdicts.items() if word == SAME]
    undecided = [name for name, word in verdicts.items() if word in (UNDECIDED, UNKNOWN)]
    if undecided:
        return f"Undecided between {enumerated([best, *same, *undecided])}"
    if same:
        others = " and are better than all others" if len(same) < len(verdicts) else ""
        return f"{enumerated([best, *same])} do not differ{others}"
    return f"{best} is best"


def known_mean(values: NDArray[np.float64]) -> float:
    """Mean of the values that are known; NaN where none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan


def known_quantile(values: NDArray[np.float64], share: float) -> float:
    """Quantile of the values that are known; NaN where none is."""
    known = values[~np.isnan(values)]
    return float(np.quantile(known, share)) if known.size else np.nan


def mean_interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """90 % confidence interval of the mean of the values that are known, by Student's t; NaN with fewer than two."""
    known = values[~np.isnan(values)]
    if known.size < 2:
        return np.nan, np.nan
    reach = stats.t.ppf(0.95, known.size - 1) * known.std(ddof=1) / np.sqrt(known.size)
    return float(known.mean() - reach), float(known.mean() + reach)


def interval(met: float, count: float) -> tuple[float, float]:
    """90 % interval of a share, met in so many of `count` replicates, under Jeffreys' prior; 0 to 1 of none."""
    low, high = beta.ppf([0.05, 0.95], met + 0.5, count - met + 0.5)
    return float(low), float(high)


def wins(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where a strategy loses least in a replicate [strategy, replicate], shared among ties; NaN where unknown."""
    known = ~np.isnan(losses)
    least = np.where(known, losses, np.inf).min(axis=0)
    first = known & (losses == least)
    return np.where(known, first / np.maximum(first.sum(axis=0), 1), np.nan)
