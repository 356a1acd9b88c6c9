"""How fast levels move beyond one period: a factor on innovations and forgetting, by likelihood further ahead.

The numbers of the filter are those of highest likelihood one period ahead. Levels that move as fast as these say may
react too much for periods further ahead. Of a few factors the one is taken under which counts one to several periods
ahead were most likely at earlier origins of the same record, given their national total.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

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
from contagion.inference.forecast.origins import HORIZONS, YEARLY_WEIGHT, ahead, earlier_origins

FACTORS = (0.35, 0.5, 0.7, 1.0, 1.4)
USUAL = 0.5  # where the record is too short to tell


def tempered(
    numbers: Numbers, panel: Panel, areas: int, residents: NDArray[np.float64], periods_a_year: int
) -> tuple[float, Dynamics, Levels]:
    """Factor, numbers by place under it, and levels after the last period.

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
    horizons = [h for h in HORIZONS[periods_a_year] if len(earlier_origins(len(residents), h, periods_a_year))]
    best: tuple | None = None
    for factor in FACTORS if horizons else (USUAL,):
        moves = dynamics(numbers, panel, factor)
        last, every, _ = filtered(moves, panel)
        moves, last, every = jax.tree.map(np.asarray, (moves, last, every))
        found = sum(_likelihood(every, moves, panel, residents, horizon, periods_a_year) for horizon in horizons)
        if best is None or found > best[0]:
            best = found, factor, moves, last
    assert best
    return best[1:]


def _likelihood(
    every: Levels, moves: Dynamics, panel: Panel, residents: NDArray, horizon: int, periods_a_year: int
) -> float:
    """Weighted mean over earlier origins of the log likelihood of counts some periods ahead, given their total."""
    origins = earlier_origins(len(residents), horizon, periods_a_year)
    levels = jax.tree.map(lambda values: values[origins], every)
    mean, variance = ahead(levels, moves, np.asarray(panel.area), horizon)
    counts, known = (np.asarray(values)[origins + horizon] for values in (panel.counts, panel.known))
    expected = np.where(known, residents[origins + horizon] * np.exp(mean + variance / 2), 0)
    expected *= (counts.sum(axis=1) / np.maximum(expected.sum(axis=1), 1e-9))[:, None]
    expected += 1e-9
    spread = np.expm1(variance)
    size = 1 / ((1 + spread) / moves.size + spread)
    given, sizes = jnp.asarray(counts), jnp.asarray(size)
    fit = np.asarray(log_probability(given, jnp.log(expected), sizes, log_ways(given, sizes)))
    weight = YEARLY_WEIGHT ** ((origins[0] - origins) / periods_a_year)
    return float((weight[:, None] * fit)[known].sum() / (weight[:, None] * known).sum())
