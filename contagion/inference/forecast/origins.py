"""Earlier origins of a record, at which what was forecast then is compared with what was counted later."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from contagion.inference.forecast.filtering import Dynamics, Levels

HORIZONS = {12: (1, 3, 6, 12, 24), 1: (1, 2, 3)}  # periods ahead
STEP = {12: 3, 1: 1}  # periods between origins
SPAN = 10  # years of origins
WARM_UP = {12: 23, 1: 3}  # periods before the first origin
FEWEST = {12: 4, 1: 3}  # origins below which nothing is learned from them
YEARLY_WEIGHT = 0.9  # by which an origin loses weight with each year of age


def earlier_origins(length: int, horizon: int, periods_a_year: int) -> NDArray[np.int64]:
    """Periods after which places are forecast, newest first; empty where there are too few.

    Parameters
    ----------
    length
        Periods of the record.
    horizon
        Periods ahead.
    periods_a_year
        12 for months, 1 for years.
    """
    newest = length - 1 - horizon
    oldest = max(WARM_UP[periods_a_year] - 1, newest - SPAN * periods_a_year)
    found = np.arange(newest, oldest, -STEP[periods_a_year])
    return found if len(found) >= FEWEST[periods_a_year] else found[:0]


def learned_from(length: int, periods_a_year: int) -> list[int]:
    """Horizons for which a record of some periods has enough earlier origins."""
    return [horizon for horizon in HORIZONS[periods_a_year] if len(earlier_origins(length, horizon, periods_a_year))]


def ahead(levels: Levels, moves: Dynamics, area: NDArray[np.int64], periods: int) -> tuple[NDArray, NDArray]:
    """Mean and variance of the log level of places some periods after `levels`: [..., place]."""
    decay = moves.memory**periods
    variance = np.einsum("i,j,...ijp->...p", decay, decay, levels.covariance)
    for part in (1, 2):
        variance = variance + moves.noise[part] * _accumulated(moves.memory[part], periods)
    spread = moves.area_memory ** (2 * periods) * levels.area_variance
    spread = spread + moves.area_noise * _accumulated(moves.area_memory, periods)
    mean = np.einsum("i,...ip->...p", decay, levels.mean)
    return mean + (moves.area_memory**periods * levels.area_mean)[..., area], variance + spread[..., area]


def _accumulated(memory: Any, periods: int) -> Any:
    """Variance that unit innovations of some periods leave in an autoregression."""
    return (1 - memory ** (2 * periods)) / (1 - memory**2)
