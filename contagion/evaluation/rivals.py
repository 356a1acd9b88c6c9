"""Rules that a forecast must beat, each with the spread that served it best at earlier origins.

A rule gives expected totals at several origins, the last of them the end of what is known, and reads nothing that was
counted after the origin; rules that are fitted use for all but the last one what was counted before the first.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from contagion.evaluation.endemic_epidemic import EndemicEpidemic
from contagion.evaluation.learned import LEAST, Horizons, boosted_trees, log_likelihood, log_linear, smoothing, totals
from contagion.evaluation.scores import Mixture, Sample

ORIGINS = 8  # earlier origins at which the spread is estimated
BOUNDS = (-3.0, 9.0)  # of the log size
ENOUGH = dict(xatol=0.02, fatol=0.1)  # how well the size is found: log size, log likelihood
FEW = 10  # units from which the size may depend on the expected count

Rule = Callable[[NDArray, NDArray, Horizons, int], NDArray]


def _simple(mean: Callable[[NDArray, int, int], NDArray]) -> Rule:
    """A rule from an expected count that is read from the last counts, for each period ahead."""

    def rule(counts: NDArray, origins: NDArray, horizons: Horizons, season: int) -> NDArray:
        return np.array([sum(mean(counts[:at], horizon, season) for horizon in horizons) for at in origins])

    return rule


def _mean(counts: NDArray, horizon: int, season: int, years: int = 1) -> NDArray:
    del horizon
    return counts[-years * season :].mean(axis=0)


def _last(counts: NDArray, horizon: int, season: int) -> NDArray:
    del horizon, season
    return counts[-1]


def _year_before(counts: NDArray, horizon: int, season: int) -> NDArray:
    return counts[len(counts) - season + (horizon - 1) % season]


MEAN, MIXED, DRAWN = "mean of a year", "mean of the fitted", "last year as draws"
SMOOTHED = "exponential smoothing"
ENDEMIC = "endemic-epidemic (hhh4)"
SHARES: Mapping[str, Rule] = {"negative binomial GLM": log_linear, "boosted trees": boosted_trees}
SIMPLE: Mapping[str, Rule] = {
    MEAN: _simple(_mean),
    "mean of three years": _simple(partial(_mean, years=3)),
    "last value": _simple(_last),
    "seasonal naive": _simple(_year_before),
    SMOOTHED: smoothing,
}
RIVALS = (*SIMPLE, *SHARES, MIXED, DRAWN, ENDEMIC)


def rival_forecasts(
    counts: NDArray,
    horizons: Horizons,
    season: int,
    names: Collection[str] = RIVALS,
    endemic: EndemicEpidemic | None = None,
) -> dict[str, Mixture | Sample]:
    """Forecasts of the total over some periods ahead by every rule.

    Parameters
    ----------
    counts
        What is known [period, unit].
    horizons
        Periods ahead whose counts are summed, from 1.
    season
        Periods of a year: 12 for months, 1 for years.
    names
        Rules, of `RIVALS`.
    endemic
        The endemic-epidemic model with the neighbours of the units; None for no neighbours.

    Returns
    -------
    dict
        Forecasts by name; those of rules are negative binomial. Rules that forecast shares of the total, their mean
        and hhh4 are left out where there is one unit.
    """
    latest = len(counts) - max(horizons)
    earlier = np.arange(latest, min(3 * season, latest) - 1, -max(season // 2, 1))[:ORIGINS][::-1]
    origins = np.append(earlier, len(counts))
    several = counts.shape[1] > 1
    needed = {*names, *((SMOOTHED, *SHARES) if several and MIXED in names else ())}
    of_places = {**SHARES, ENDEMIC: endemic or EndemicEpidemic(None)} if several else {}
    rules = {name: rule for name, rule in {**SIMPLE, **of_places}.items() if name in needed}
    means = {name: rule(counts, origins, horizons, season) for name, rule in rules.items()}
    if several and MIXED in names:
        means[MIXED] = np.mean([means[name] for name in (SMOOTHED, *SHARES)], axis=0)
    later = totals(counts, earlier, horizons)
    found: dict[str, Mixture | Sample] = {}
    for name, expected in ((name, mean) for name, mean in means.items() if name in names):
        bounded = np.maximum(expected, LEAST * len(horizons))
        found[name] = Mixture(bounded[-1:], _size(bounded[:-1], later, bounded[-1]))
    return found | ({DRAWN: Sample(_year_as_draws(counts, horizons, season))} if DRAWN in names else {})


def _size(expected: NDArray, later: NDArray, now: NDArray) -> NDArray:
    """Size of the negative binomial now [unit].

    Its log is quadratic in the log expected count, of highest likelihood at earlier origins [origin, unit].
    """
    means, counted = expected.ravel(), later.ravel()
    centre = np.log(means).mean()

    def log_size(mean: NDArray, bends: NDArray) -> NDArray:
        z = np.log(mean) - centre if len(now) > FEW else np.zeros(len(mean))
        return np.clip(bends[0] + bends[1] * z + bends[2] * z**2, *BOUNDS)

    def loss(bends: NDArray) -> float:
        size = np.exp(log_size(means, bends))
        return 0.5 * np.square(bends[1:]).sum() - log_likelihood(means, size, counted)

    best = minimize(loss, np.array([1.0, 0.3, 0.0]), method="Nelder-Mead", options=ENOUGH).x
    return np.exp(log_size(now, best))


def _year_as_draws(counts: NDArray, horizons: Horizons, season: int) -> NDArray:
    """The last twelve months, or five years, as an ensemble; totals over more than one period end in each of them."""
    members = season if season > 1 else 5
    sums = np.cumsum(np.concatenate([np.zeros((1, counts.shape[1])), counts]), axis=0)
    length = len(horizons)
    ends = np.arange(len(counts), len(counts) - members, -1)
    ends = ends[ends >= length]
    return sums[ends] - sums[ends - length]
