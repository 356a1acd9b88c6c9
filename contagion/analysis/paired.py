"""Paired statistics: differences under common random numbers, their intervals, and the one verdict on each pair.

Strategies run under common random numbers, so the difference within a replicate is due to the strategy alone. Tables,
figures, pages and messages take their verdicts, and the words for them, from here. A verdict is on the mean difference.
How often a strategy does better, `probability_better`, is another fact, given as a share of replicates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import beta

from contagion._util.language import label, say, worded
from contagion._util.text import enumerated

Verdict = Literal["better", "worse", "undecided", "no difference", ""]
BETTER: Verdict = "better"
WORSE: Verdict = "worse"
UNDECIDED: Verdict = "undecided"
SAME: Verdict = "no difference"
UNKNOWN: Verdict = ""
VERDICTS = (  # as tables have them; `told` says them in the language that is spoken
    BETTER,  # the 90 % confidence interval of the mean paired difference excludes zero
    WORSE,
    UNDECIDED,  # it includes zero, or fewer than two replicates do not show the effect of chance
    SAME,  # equal in every replicate
    UNKNOWN,  # not compared: the baseline itself, or known in no common replicate
)


@dataclass(frozen=True)
class PairedDifference:
    """Difference of a strategy from another over replicates, in the unit of the outcome; NaN where unknown.

    Attributes
    ----------
    mean, low, high
        Mean over replicates and its 90 % confidence interval (Student's t).
    q05, q95
        90 % interval over replicates.
    probability_better
        Share of replicates, 0 to 1, in which the strategy does better; ties count one half.
    replicates
        Number of replicates in which both are known.
    replicates_needed
        Roughly how many would take zero out of the confidence interval, if mean and standard deviation stay; infinite
        for a mean of zero.
    verdict
        Verdict on the mean difference; UNKNOWN for outcomes of which neither more nor less is better.
    """

    mean: float
    low: float
    high: float
    q05: float
    q95: float
    probability_better: float
    replicates: int
    replicates_needed: float
    verdict: Verdict


def told(verdict: str) -> str:
    """A verdict in the language that is spoken; tables keep the verdict itself."""
    return worded("verdict", verdict)


def paired_difference(values: NDArray[np.float64], other: NDArray[np.float64], worse: int) -> PairedDifference:
    """Compare two strategies replicate by replicate.

    Parameters
    ----------
    values, other
        Outcome of the strategy and of the one it is compared with, [replicate]; NaN where unknown.
    worse
        1 if more is worse, -1 if less is worse, 0 if neither is.

    Returns
    -------
    PairedDifference
        `values` minus `other`, over the replicates in which both are known.
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
        replicates=int(np.count_nonzero(~np.isnan(difference))),
        replicates_needed=replicates_needed(difference),
        verdict=verdict(difference * worse) if worse else UNKNOWN,
    )


def paired_times(values: NDArray[np.float64], other: NDArray[np.float64], worse: int) -> PairedDifference:
    """Compare times of two strategies, infinite where nothing was seen within the run, replicate by replicate.

    Parameters
    ----------
    values, other
        Times under the strategy and under the one it is compared with, [replicate].
    worse
        1 if later is worse, -1 if sooner is worse.

    Returns
    -------
    PairedDifference
        Which comes first, and the verdict on how often it does; two that were not seen are equal. Differences of times
        that were not seen are unknown, and with them their mean and quantiles.
    """
    order = (values > other).astype(np.float64) - (values < other)
    compared = paired_difference(order, np.zeros_like(order), worse)
    return replace(compared, mean=np.nan, low=np.nan, high=np.nan, q05=np.nan, q95=np.nan, replicates_needed=np.nan)


def replicates_needed(values: NDArray[np.float64]) -> float:
    """Number of values at which the 90 % confidence interval of their mean would exclude zero.

    Parameters
    ----------
    values
        One value per replicate, [replicate]; NaN where unknown.

    Returns
    -------
    float
        A whole number, if mean and standard deviation stay as they are; infinite for a mean of zero, NaN with fewer
        than two known values.
    """
    known = values[~np.isnan(values)]
    if known.size < 2:
        return np.nan
    mean, deviation = known.mean(), known.std(ddof=1)
    return float(np.ceil((stats.norm.ppf(0.95) * deviation / mean) ** 2)) if mean else np.inf


def idle(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which strategies do nothing: those that equal the first one in every one of two or more replicates.

    Parameters
    ----------
    values
        An outcome, [strategy, replicate]; NaN where unknown.

    Returns
    -------
    ndarray
        True where a strategy is not the first and equal to it, [strategy].
    """
    return np.array([number > 0 and verdict(each - values[0]) == SAME for number, each in enumerate(values)])


def idle_sentence(names: Sequence[str], first: str) -> str:
    """Strategies that do nothing, named in one sentence; empty without any. `first` is what the first is called."""
    if not names:
        return ""
    return say("best.idle" if len(names) > 1 else "best.idle_one", names=enumerated(map(label, names)), first=first)


def verdict(losses: NDArray[np.float64]) -> Verdict:
    """Verdict on a strategy from its losses beyond those of another.

    On pairs of equal means one verdict in ten is `better` or `worse`. Each verdict stands by itself: several are not
    corrected for their number.

    Parameters
    ----------
    losses
        Difference in loss, positive where the strategy does worse, [replicate]; NaN where unknown.

    Returns
    -------
    Verdict
        BETTER or WORSE if the 90 % confidence interval of the mean excludes zero, SAME if all of two or more losses are
        zero, UNKNOWN if none is known, UNDECIDED otherwise.
    """
    known = losses[~np.isnan(losses)]
    if not known.size:
        return UNKNOWN
    if known.size > 1 and not known.any():
        return SAME
    return verdict_of_interval(*mean_interval(known))


def verdict_of_interval(low: float, high: float) -> Verdict:
    """Verdict on a strategy from the 90 % confidence interval of its mean loss beyond another's; NaN where unknown."""
    if high < 0:
        return BETTER
    return WORSE if low > 0 else UNDECIDED


def best_sentence(best: str, verdicts: Mapping[str, str], idle: Sequence[str] = ()) -> str:
    """Which strategy is best, as one sentence without a full stop, with display names.

    Parameters
    ----------
    best
        Strategy with the lowest mean loss.
    verdicts
        Verdict on each of the other strategies against `best`, by name.
    idle
        Strategies that do nothing, which are not ranked.

    Returns
    -------
    str
        `best` alone if the verdict on it against every other is BETTER; otherwise all strategies between which it is
        undecided, and those that do not differ from `best` in any replicate.
    """
    if not verdicts:
        return say("best.no_change" if idle else "best.nothing", best=label(best))
    same = [name for name, word in verdicts.items() if word == SAME]
    undecided = [name for name, word in verdicts.items() if word in (UNDECIDED, UNKNOWN)]
    equal = say("best.alike", names=enumerated(map(label, [best, *same]))) if same else ""
    if undecided:
        between = say("best.undecided", names=enumerated(map(label, [best, *same, *undecided])))
        return f"{between}; {equal}" if same else between
    if same:
        return say("best.better_than_others", alike=equal) if len(same) < len(verdicts) else equal
    return say("best.is", best=label(best))


def known_mean(values: NDArray[np.float64]) -> float:
    """Mean of the known (not NaN) values; NaN if there is none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan


def time_quantile(values: NDArray[np.float64], share: float) -> float:
    """Least time by which a share of replicates has seen something; infinite where fewer have."""
    return float(np.quantile(values, share, method="inverted_cdf"))


def known_quantile(values: NDArray[np.float64], share: float) -> float:
    """Quantile `share` (0 to 1) of the known (not NaN) values; NaN if there is none."""
    known = values[~np.isnan(values)]
    return float(np.quantile(known, share)) if known.size else np.nan


def mean_interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """90 % confidence interval of a mean, by Student's t.

    Parameters
    ----------
    values
        One value per replicate, [replicate]; NaN where unknown.

    Returns
    -------
    tuple of float
        Lower and upper limit, in the unit of `values`; NaN with fewer than two known values.
    """
    known = values[~np.isnan(values)]
    if known.size < 2:
        return np.nan, np.nan
    reach = reach_of_mean(known.std(ddof=1) / np.sqrt(known.size), known.size - 1)
    return float(known.mean() - reach), float(known.mean() + reach)


def reach_of_mean(error: float, degrees: float) -> float:
    """Half of the 90 % confidence interval of a mean, or of a difference of means, by Student's t.

    Parameters
    ----------
    error
        Its standard error.
    degrees
        Degrees of freedom.

    Returns
    -------
    float
        In the unit of `error`.
    """
    return float(stats.t.ppf(0.95, degrees) * error)


def interval(met: float, count: float) -> tuple[float, float]:
    """90 % interval of a share under Jeffreys' prior.

    Parameters
    ----------
    met
        Number of replicates in which a condition is met.
    count
        Number of all replicates.

    Returns
    -------
    tuple of float
        Lower and upper limit of the share, 0 to 1.
    """
    low, high = beta.ppf([0.05, 0.95], met + 0.5, count - met + 0.5)
    return float(low), float(high)


def wins(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Which strategy is best in each replicate; its mean over replicates is the probability of being best.

    Parameters
    ----------
    losses
        Loss by strategy and replicate, [strategy, replicate]; NaN where unknown.

    Returns
    -------
    ndarray
        1 for the lowest loss of a replicate, 0 for others, shared equally among ties, [strategy, replicate]; NaN where
        the loss is unknown.
    """
    known = ~np.isnan(losses)
    least = np.where(known, losses, np.inf).min(axis=0)
    first = known & (losses == least)
    return np.where(known, first / np.maximum(first.sum(axis=0), 1), np.nan)
