"""Prior distributions of the assumed parameters, drawn once per replicate."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any
from zlib import crc32

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from contagion.errors import InputError, nearest
from contagion.kernel.params import Params
from contagion.parameters.constraints import check

# The two arguments of each distribution and its constructor.
DISTRIBUTIONS = {
    "uniform": ("low", "high", lambda low, high: stats.uniform(low, high - low)),
    "loguniform": ("low", "high", stats.loguniform),
    "normal": ("mean", "standard deviation", stats.norm),
    "lognormal": ("median", "standard deviation of the log", lambda middle, log: stats.lognorm(log, scale=middle)),
    "beta": ("a", "b", stats.beta),
}
OPTIONS = "options"  # key of the priors of numbers of options
STREAM = 0x70726972  # "prir": separates these draws from other random streams of the same seed
LEAST_MASS = 0.01  # smallest probability mass a prior may have within the bounds of the parameter


def draw(priors: Mapping[str, Mapping[str, Any]], params: Params, replicates: int, seed: int, first: int = 0) -> Params:
    """Draw parameters from their priors, one value per replicate.

    Replicate i gets the same draw regardless of the number of replicates and of the strategy, so strategies are
    compared under common draws. Parameters that already have shape ``(replicate,)``, such as posterior draws, are
    unchanged.

    Parameters
    ----------
    priors
        Distribution by parameter name, as ``{"uniform": [low, high]}``; kinds are uniform, loguniform, normal,
        lognormal and beta, truncated to the bounds of the parameter. A bound may be the name of a parameter declared
        earlier.
    params
        Values of the parameters without a prior.
    replicates
        Number of replicates.
    seed
        Seed of the draws.
    first
        Number of the first replicate.

    Returns
    -------
    Params
        Copy of `params` in which every parameter with a prior has shape ``(replicate,)``.

    Raises
    ------
    InputError
        If a name or distribution is unknown, its arguments are invalid or lie outside the bounds of the parameter, or
        drawn values contradict each other.
    """
    return at(priors, params, {field.name: quantiles(field.name, replicates, seed, first) for field in fields(params)})


def quantiles(name: str, replicates: int, seed: int, first: int = 0) -> NDArray[np.float64]:
    """Quantiles in 0..1 at which the prior of a number is taken, one per replicate.

    Each number has a stream of its own: another one does not change them.
    """
    return np.random.default_rng([seed, STREAM, crc32(name.encode())]).random(first + replicates)[first:]


def at(priors: Mapping[str, Mapping[str, Any]], params: Params, quantiles: Mapping[str, NDArray[np.float64]]) -> Params:
    """Evaluate priors at given quantiles, as `draw` does at random ones.

    Parameters
    ----------
    priors, params
        As for `draw`.
    quantiles
        Quantile in 0..1 per replicate, shape ``(replicate,)``, by parameter name.

    Raises
    ------
    InputError
        As `draw`.
    """
    declared = {field.name: field.metadata for field in fields(params)}
    for name in priors:
        if name not in (*declared, OPTIONS):
            raise InputError(f"priors.{name}: no such parameter; the nearest is {nearest(name, declared)}")
    known: dict[str, Any] = {}  # parameters declared earlier, which a prior may refer to
    for name, legal in declared.items():
        value = getattr(params, name)
        if name in priors and value.ndim == 0:
            value = jnp.asarray(values_at(name, priors[name], legal, quantiles[name], known), float)
        known[name] = value
    drawn = replace(params, **known)
    check(drawn)
    return drawn


def values_at(
    name: str, distribution: Any, legal: Mapping, quantiles: NDArray[np.float64], known: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Values of a number at quantiles of its prior; `known` are numbers that the prior may refer to."""
    kind, numbers = _read(name, distribution, known)
    return _inverse(name, kind, numbers, legal, quantiles)


def _inverse(
    name: str, kind: str, numbers: list[Any], legal: Mapping, quantiles: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Quantile function of a distribution truncated to the bounds of the parameter."""
    first, second, make = DISTRIBUTIONS[kind]
    where, low, high = f"priors.{name}.{kind}", legal["low"], legal["high"]
    one, two = numbers
    if kind in ("uniform", "loguniform"):
        if kind == "loguniform" and np.any(one <= 0):
            raise InputError(f"{where}={_shown(numbers)}: the lower bound must be positive")
        if not (np.all(low <= one) and np.all(one < two) and np.all(two <= high)):
            raise InputError(f"{where}={_shown(numbers)}: must be increasing and within {low} to {high}")
    elif np.any(two <= 0) or (kind != "normal" and np.any(one <= 0)):
        raise InputError(f"{where}={_shown(numbers)}: {first} and {second} must be positive")
    distribution = make(one, two)
    below, above = distribution.cdf(low), distribution.cdf(high)
    if np.any(above - below < LEAST_MASS):
        raise InputError(
            f"{where}={_shown(numbers)}: nearly all of it lies outside the bounds of the parameter, {low} to {high}"
        )
    return np.clip(distribution.ppf(below + quantiles * (above - below)), low, high)


def _read(name: str, distribution: Any, known: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Kind of a distribution and its two arguments, float64 arrays of shape ``()`` or ``(replicate,)``."""
    kinds = list(distribution) if isinstance(distribution, Mapping) else []
    if len(kinds) > 1:  # a command-line override is merged with the entry in the file
        raise InputError(
            f"priors.{name}={distribution!r}: must be one distribution; ~priors.{name}.{kinds[0]} removes one"
        )
    if not kinds or kinds[0] not in DISTRIBUTIONS:
        raise InputError(f"priors.{name}={distribution!r}: must be one of {', '.join(DISTRIBUTIONS)}, with two numbers")
    kind, given = kinds[0], distribution[kinds[0]]
    first, second, _ = DISTRIBUTIONS[kind]
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise InputError(f"priors.{name}.{kind}={given!r}: must be two numbers, [{first}, {second}]")
    return kind, [_number(number, f"priors.{name}.{kind}={given!r}", known) for number in given]


def _number(given: Any, where: str, known: Mapping[str, Any]) -> np.ndarray:
    if isinstance(given, str):
        if given not in known:
            raise InputError(
                f"{where}: {given!r} is neither a number nor a parameter declared before this one; "
                f"the nearest is {nearest(given, known)}"
            )
        return np.asarray(known[given], np.float64)
    if isinstance(given, bool) or not isinstance(given, int | float) or not np.isfinite(given):
        raise InputError(f"{where}: must be two finite numbers, or names of parameters")
    return np.asarray(given, np.float64)


def _shown(numbers: list[np.ndarray]) -> list[float | str]:
    """Arguments for a message: scalars as they are, otherwise the range over replicates."""
    return [number.item() if number.ndim == 0 else f"{number.min():.3g} to {number.max():.3g}" for number in numbers]
