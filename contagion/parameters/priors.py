"""Draws of the assumed parameters, one per replicate."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any
from zlib import crc32

import jax.numpy as jnp
import numpy as np
from scipy import stats

from contagion.errors import InputError, nearest
from contagion.kernel.params import Params
from contagion.parameters.constraints import check

# What the two numbers of a distribution mean, and how it is made from them.
DISTRIBUTIONS = {
    "uniform": ("low", "high", lambda low, high: stats.uniform(low, high - low)),
    "loguniform": ("low", "high", stats.loguniform),
    "normal": ("mean", "standard deviation", stats.norm),
    "lognormal": ("median", "standard deviation of the log", lambda middle, log: stats.lognorm(log, scale=middle)),
    "beta": ("a", "b", stats.beta),
}
STREAM = 0x70726972  # "prir": keeps these draws apart from others of the same seed
LEAST_MASS = 0.01  # of a distribution that must lie within the bounds of the parameter


def draw(priors: Mapping[str, Mapping[str, Any]], params: Params, replicates: int, seed: int, first: int = 0) -> Params:
    """`params` with the numbers named in `priors` of shape ``(replicate,)``, those of the replicates from `first` on.

    Numbers that have that shape already, such as those of a posterior, stay as they are. Replicate i gets the same
    draw however many there are and whatever the strategy, so that strategies are compared under common draws. Raises
    InputError as `at` does.
    """
    # A stream for each name: a parameter that is added changes no other draw.
    streams = {field.name: [seed, STREAM, crc32(field.name.encode())] for field in fields(params)}
    quantiles = {
        name: np.random.default_rng(words).random(first + replicates)[first:] for name, words in streams.items()
    }
    return at(priors, params, quantiles)


def at(priors: Mapping[str, Mapping[str, Any]], params: Params, quantiles: Mapping[str, np.ndarray]) -> Params:
    """`params` with the numbers named in `priors` at `quantiles` [replicate] of their distributions.

    Raises InputError for an unknown name or distribution, bounds that are not legal values of the parameter, and
    numbers that contradict each other.
    """
    declared = {field.name: field.metadata for field in fields(params)}
    for name in priors:
        if name not in declared:
            raise InputError(f"priors.{name}: no such parameter; the nearest is {nearest(name, declared)}")
    known: dict[str, Any] = {}  # those declared before, which a prior may name
    for name, legal in declared.items():
        value = getattr(params, name)
        if name in priors and value.ndim == 0:
            kind, numbers = _read(name, priors[name], known)
            value = jnp.asarray(_inverse(name, kind, numbers, legal, quantiles[name]), float)
        known[name] = value
    drawn = replace(params, **known)
    check(drawn)
    return drawn


def _inverse(name: str, kind: str, numbers: list[Any], legal: Mapping, quantiles: np.ndarray) -> np.ndarray:
    """Values at `quantiles` of a distribution, cut off at the bounds of the parameter."""
    first, second, make = DISTRIBUTIONS[kind]
    where, low, high = f"priors.{name}.{kind}", legal["low"], legal["high"]
    one, two = numbers
    if kind in ("uniform", "loguniform"):
        if kind == "loguniform" and np.any(one <= 0):
            raise InputError(f"{where}={_said(numbers)}: the lower bound must be positive")
        if not (np.all(low <= one) and np.all(one < two) and np.all(two <= high)):
            raise InputError(f"{where}={_said(numbers)}: must be increasing and within {low} to {high}")
    elif np.any(two <= 0) or (kind != "normal" and np.any(one <= 0)):
        raise InputError(f"{where}={_said(numbers)}: {first} and {second} must be positive")
    distribution = make(one, two)
    below, above = distribution.cdf(low), distribution.cdf(high)
    if np.any(above - below < LEAST_MASS):
        raise InputError(
            f"{where}={_said(numbers)}: nearly all of it lies outside the bounds of the parameter, {low} to {high}"
        )
    return np.clip(distribution.ppf(below + quantiles * (above - below)), low, high)


def _read(name: str, distribution: Any, known: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The kind of a distribution and its two numbers, float64 of shape ``()`` or ``(replicate,)``."""
    kinds = list(distribution) if isinstance(distribution, Mapping) else []
    if len(kinds) > 1:  # an override on the command line adds to what the file holds
        raise InputError(
            f"priors.{name}={distribution!r}: must be one distribution; ~priors.{name}.{kinds[0]} takes one away"
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
        raise InputError(f"{where}: must be two numbers that are finite, or names of parameters")
    return np.asarray(given, np.float64)


def _said(numbers: list[np.ndarray]) -> list[float | str]:
    """Numbers as a user reads them; of those that differ between replicates, the range."""
    return [number.item() if number.ndim == 0 else f"{number.min():.3g} to {number.max():.3g}" for number in numbers]
