"""Joint draws of the levels of places over the periods ahead, and of counts given levels."""

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from contagion.inference.forecast.filtering import Dynamics, Levels
from contagion.inference.forecast.nation import Path

JITTER = 1e-10  # added to variances before a Cholesky factor is taken


def relative_levels(
    levels: Levels, moves: Dynamics, area: NDArray[np.int64], periods: int, draws: int, generator: np.random.Generator
) -> Float[np.ndarray, "draw period place"]:
    """Log levels S + c + u + w in the periods after `levels`.

    Parameters
    ----------
    levels
        Mean and covariance after the last period.
    moves
        Numbers of the filter by place.
    area
        Area of each place.
    periods, draws
        Size of the result.
    generator
        Source of randomness.
    """
    mean, covariance = np.asarray(levels.mean, np.float32), np.moveaxis(np.asarray(levels.covariance), 2, 0)
    factor = np.linalg.cholesky(covariance + JITTER * np.eye(3)).astype(np.float32)
    deviation = generator.standard_normal((draws, *mean.shape), np.float32)
    own = mean + np.einsum("pij,djp->dip", factor, deviation)
    spread = np.sqrt(np.asarray(levels.area_variance))
    shock = levels.area_mean + spread * generator.standard_normal((draws, len(spread)))
    memory = np.asarray(moves.memory, np.float32)[:, None]
    noise = np.sqrt(np.asarray(moves.noise)).astype(np.float32)
    found = np.empty((draws, periods, mean.shape[1]), np.float32)
    for period in range(periods):
        innovation = generator.standard_normal(shock.shape)
        shock = moves.area_memory * shock + np.sqrt(moves.area_noise) * innovation
        own *= memory
        own[:, 1:] += noise[1:] * generator.standard_normal((draws, 2, mean.shape[1]), np.float32)
        found[:, period] = own.sum(axis=1) + shock[:, area].astype(np.float32)
    return found


def scaled(
    log_levels: Float[np.ndarray, "draw period place"],
    residents: Float[np.ndarray, "period place"],
    path: Path,
    season: Float[np.ndarray, " period"],
    size: Float[np.ndarray, " place"],
    generator: np.random.Generator,
) -> Float[np.ndarray, "draw period place"]:
    """Expected counts: levels times residents, scaled in each draw to its own path of the national total.

    What the total varies from one period to the next beyond the noise of counts is added to the path.

    Parameters
    ----------
    log_levels
        Log levels of places; overwritten.
    residents
        Residents in the periods ahead.
    path
        Distribution of the national log rate.
    season
        Log deviation of each period.
    size
        Size of the negative binomial by place.
    generator
        Source of randomness.
    """
    draws, periods, _ = log_levels.shape
    np.exp(log_levels, out=log_levels)
    log_levels *= residents.astype(np.float32)
    total = log_levels.sum(axis=2, dtype=np.float64)
    rate = np.exp(path.mean + season)
    expected = (
        log_levels.mean(axis=0) * (rate * residents.sum(axis=1) / np.maximum(total.mean(axis=0), 1e-300))[:, None]
    )
    by_chance = (expected + expected**2 / size).sum(axis=1) / np.maximum(expected.sum(axis=1), 1e-9) ** 2
    covariance = path.covariance + np.diag(np.maximum(path.noise - by_chance, 0) + JITTER)
    deviation = (np.linalg.cholesky(covariance) @ generator.standard_normal((periods, draws))).T  # first periods first
    target = np.exp(path.mean + season + deviation) * residents.sum(axis=1)
    log_levels *= (target / np.maximum(total, 1e-300))[:, :, None].astype(np.float32)
    return log_levels


def counted(
    levels: Float[np.ndarray, "draw period place"], size: Float[np.ndarray, " place"], generator: np.random.Generator
) -> NDArray[np.int32]:
    """Negative binomial counts with the given means, one period after the other."""
    counts = np.empty(levels.shape, np.int32)
    for period in range(levels.shape[1]):
        gamma = generator.standard_gamma(
            np.broadcast_to(size, levels[:, period].shape).astype(np.float32), dtype=np.float32
        )
        counts[:, period] = generator.poisson(levels[:, period] * (gamma / size.astype(np.float32)))
    return counts
