"""How fast levels move beyond one period: a factor on innovations and forgetting, by likelihood further ahead.

The numbers of the filter are those of highest likelihood one period ahead. Levels that move as fast as these say may
react too much for periods further ahead. Of a few factors the one is taken under which counts one to several periods
ahead were most likely at earlier origins of the same record, given their national total. In the same way each place is
given the scatter of its own counts and levels.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from scipy.special import softmax

from contagion.inference.forecast.filtering import (
    Dynamics,
    Levels,
    Numbers,
    Panel,
    dynamics,
    log_probability,
    log_ways,
    run,
)
from contagion.inference.forecast.origins import YEARLY_WEIGHT, ahead, earlier_origins, learned_from

FACTORS = (0.35, 0.5, 0.7, 1.0, 1.4)
USUAL = 0.5  # where the record is too short to tell
SCATTER = np.linspace(-1.6, 1.6, 7)  # log factors of a place that are compared
SCATTER_PRIOR = 0.5  # standard deviation of their normal prior
EVIDENCE = 2.0  # horizons that all of them together count as, for they overlap


def tempered(
    numbers: Numbers, panel: Panel, areas: int, residents: NDArray[np.float64], periods_a_year: int
) -> tuple[float, Dynamics, Levels]:
    """Factor, numbers by place under it, and levels after every period.

    Parameters
    ----------
    numbers
        The thirteen numbers.
    panel
        Counts by period.
    areas
        Number of areas.
    residents
        Residents in these periods [period, place].
    periods_a_year
        12 for months, 1 for years.
    """
    filtered = jax.jit(partial(run, areas=areas, keep=True))
    horizons = learned_from(len(residents), periods_a_year)
    best: tuple | None = None
    for factor in FACTORS if horizons else (USUAL,):
        moves = dynamics(numbers, panel, factor)
        _, every, _ = filtered(moves, panel)
        moves, every = jax.tree.map(np.asarray, (moves, every))
        found = sum(_likelihood(every, moves, panel, residents, horizon, periods_a_year) for horizon in horizons)
        if best is None or found > best[0]:
            best = found, factor, moves, every
    assert best
    return best[1:]


class Predicted(NamedTuple):
    """What was forecast at earlier origins, given the national total, and what was counted then."""

    counts: Float[np.ndarray, "origin place"]
    known: Bool[np.ndarray, "origin place"]
    expected: Float[np.ndarray, "origin place"]
    variance: Float[np.ndarray, "origin place"]  # of the log level
    weight: Float[np.ndarray, " origin"]


def _predicted(
    every: Levels, moves: Dynamics, panel: Panel, residents: NDArray, horizon: int, periods_a_year: int
) -> Predicted:
    origins = earlier_origins(len(residents), horizon, periods_a_year)
    levels = jax.tree.map(lambda values: values[origins], every)
    mean, variance = ahead(levels, moves, np.asarray(panel.area), horizon)
    counts, known = (np.asarray(values)[origins + horizon] for values in (panel.counts, panel.known))
    expected = np.where(known, residents[origins + horizon] * np.exp(mean + variance / 2), 0)
    expected *= (counts.sum(axis=1) / np.maximum(expected.sum(axis=1), 1e-9))[:, None]
    weight = YEARLY_WEIGHT ** ((origins[0] - origins) / periods_a_year)
    return Predicted(counts, known, expected + 1e-9, variance, weight)


def _fit(predicted: Predicted, variance: NDArray, size: NDArray) -> NDArray[np.float64]:
    """Log probability of what was counted, 0 where unknown: [origin, place]."""
    spread = np.expm1(variance)
    counts, sizes = jnp.asarray(predicted.counts), jnp.asarray(1 / ((1 + spread) / size + spread))
    fit = log_probability(counts, jnp.log(predicted.expected), sizes, log_ways(counts, sizes))
    return np.where(predicted.known, np.asarray(fit), 0)


def _likelihood(
    every: Levels, moves: Dynamics, panel: Panel, residents: NDArray, horizon: int, periods_a_year: int
) -> float:
    """Weighted mean over earlier origins of the log likelihood of counts some periods ahead, given their total."""
    given = _predicted(every, moves, panel, residents, horizon, periods_a_year)
    fit = _fit(given, given.variance, np.asarray(moves.size))
    return float((given.weight[:, None] * fit).sum() / (given.weight[:, None] * given.known).sum())


def moved(levels: Levels, moves: Dynamics, factor: NDArray[np.float64]) -> tuple[Levels, Dynamics]:
    """Levels and numbers by place with the variances of each place multiplied by its factor [place]."""
    return levels._replace(covariance=levels.covariance * factor), moves._replace(noise=moves.noise * factor)


def scatter(
    every: Levels, moves: Dynamics, panel: Panel, residents: NDArray[np.float64], periods_a_year: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much the counts and the levels of each place scatter, compared with those of places like it.

    The global numbers give places of the same activity the same size of the negative binomial and the same variance of
    levels. Factors by place on both have normal priors about one on the log scale; they are posterior means of
    their logs, from counts one to several periods ahead of earlier origins.

    Returns
    -------
    tuple
        Factors on the size and on the variances of levels [place]; ones where the record is too short.
    """
    horizons = learned_from(len(residents), periods_a_year)
    logs = np.stack(np.meshgrid(SCATTER, SCATTER, indexing="ij")).reshape(2, -1)
    found = np.tile(-np.square(logs / SCATTER_PRIOR).sum(axis=0)[:, None] / 2, (1, residents.shape[1]))
    for horizon in horizons:
        given = _predicted(every, moves, panel, residents, horizon, periods_a_year)
        share = given.weight[:, None] * min(EVIDENCE / len(horizons), 1)
        for at, (size, spread) in enumerate(np.exp(logs.T)):
            found[at] += (share * _fit(given, spread * given.variance, size * np.asarray(moves.size))).sum(axis=0)
    posterior = softmax(found, axis=0)
    sizes, spreads = np.exp(logs @ posterior)
    return sizes, spreads
