"""Draws of the assumed parameters, one per replicate."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from contagion.config import check_branching
from contagion.errors import InputError, nearest
from contagion.state import Params

DISTRIBUTIONS = ("uniform", "loguniform")


def draw(priors: Mapping[str, Mapping[str, Any]], params: Params, replicates: int, seed: int) -> Params:
    """`params` with the numbers named in `priors` of shape ``(replicate,)``.

    Replicate i gets the same draw however many there are and whatever the strategy, so that strategies are
    compared under common draws. Raises InputError for an unknown name or distribution, bounds that are not legal
    values of the parameter, and draws under which violence breeds itself without end.
    """
    declared = {field.name: field.metadata for field in params.__dataclass_fields__.values()}
    quantiles = np.random.default_rng([seed, 0x70726972]).random((replicates, len(declared)))
    column = {name: quantiles[:, index] for index, name in enumerate(declared)}
    drawn = {}
    for name, distribution in priors.items():
        if name not in declared:
            raise InputError(f"priors.{name}: no such parameter; the nearest is {nearest(name, declared)}")
        low, high, logarithmic = _interval(name, distribution)
        legal = declared[name]
        if not legal["low"] <= low <= high <= legal["high"]:
            raise InputError(
                f"priors.{name}={[low, high]}: must be increasing and within {legal['low']} to {legal['high']}"
            )
        if logarithmic:
            values = np.exp(np.log(low) + column[name] * (np.log(high) - np.log(low)))
        else:
            values = low + column[name] * (high - low)
        drawn[name] = jnp.asarray(values, jnp.float32)
    params = replace(params, **drawn)
    check_branching(params)
    return params


def _interval(name: str, distribution: Mapping[str, Any]) -> tuple[float, float, bool]:
    kind, *others = distribution if isinstance(distribution, Mapping) else [None]
    if kind not in DISTRIBUTIONS or others:
        raise InputError(f"priors.{name}={distribution!r}: must be one of uniform or loguniform: [low, high]")
    bounds = distribution[kind]
    numbers = isinstance(bounds, list | tuple) and all(
        isinstance(bound, int | float) and not isinstance(bound, bool) and np.isfinite(bound) for bound in bounds
    )
    if not numbers or len(bounds) != 2:
        raise InputError(f"priors.{name}.{kind}={bounds!r}: must be two numbers, [low, high]")
    if kind == "loguniform" and bounds[0] <= 0:
        raise InputError(f"priors.{name}.loguniform={bounds!r}: the lower bound must be positive")
    return float(bounds[0]), float(bounds[1]), kind == "loguniform"
