"""Priors of the numbers of options, drawn once per replicate."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from itertools import chain
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from contagion.errors import InputError, nearest
from contagion.interventions.option import default_values, identity
from contagion.interventions.registry import Strategy
from contagion.kernel.intervention import Drawn, Intervention, parts


def draw_options(
    priors: Mapping[str, Mapping[str, Any]],
    strategies: Mapping[str, Strategy],
    replicates: int,
    seed: int,
    first: int = 0,
) -> dict[str, Strategy]:
    """Draw numbers of options from their priors, one value per replicate.

    A number that differs from its default was chosen, and stays as it is. Replicate i gets the same draw under every
    strategy that has the option.

    Parameters
    ----------
    priors
        Distributions by name of the option and of its number, as those of parameters.
    strategies
        Options of each strategy by name.
    replicates, seed
        Number of replicates, and the seed of the draws.
    first
        Number of the first replicate.

    Returns
    -------
    dict of str to tuple of Intervention
        Strategies whose options have numbers of shape ``(replicate,)``.

    Raises
    ------
    InputError
        If a name or distribution is unknown, or its arguments are invalid or lie outside the bounds of the number.
    """
    from contagion.parameters.priors import quantiles  # with SciPy's distributions, slow to import

    return options_at(priors, strategies, lambda name: quantiles(name, replicates, seed, first))


def draw_strategies(
    priors: Mapping[str, Any] | None,
    strategies: Mapping[str, Strategy],
    drivers: Strategy,
    replicates: int,
    seed: int,
    first: int = 0,
) -> tuple[Mapping[str, Strategy], Strategy]:
    """Strategies and drivers with those numbers drawn that have a prior among the `options` of the priors of a run."""
    if not (distributions := (priors or {}).get("options")):
        return strategies, drivers
    drawn = draw_options(distributions, {**strategies, "": drivers}, replicates, seed, first)
    return {name: drawn[name] for name in strategies}, drawn[""]


def options_at(
    priors: Mapping[str, Mapping[str, Any]],
    strategies: Mapping[str, Strategy],
    quantiles: Callable[[str], NDArray[np.float64]],
) -> dict[str, Strategy]:
    """Numbers of options at given quantiles of their priors, as `draw_options` takes them at random ones.

    Parameters
    ----------
    priors, strategies
        As for `draw_options`.
    quantiles
        Quantile in 0..1 per replicate, shape ``(replicate,)``, by ``option.number``.

    Raises
    ------
    InputError
        As `draw_options`.
    """

    def part(option: Intervention) -> Intervention:
        """The option, or the one in it where it has a dose or conditions."""
        if isinstance(option, Drawn):
            return Drawn(_with_numbers(option.option, priors, quantiles))
        if (inner := getattr(option, "option", None)) is not None:
            return eqx.tree_at(lambda whole: whole.option, option, part(inner))
        found = _with_numbers(option, priors, quantiles)
        return option if found is option else Drawn(found)

    return {name: tuple(map(part, options)) for name, options in strategies.items()}


def _with_numbers(
    option: Intervention, priors: Mapping[str, Mapping[str, Any]], quantiles: Callable[[str], NDArray[np.float64]]
) -> Intervention:
    """An option with its numbers drawn, or the option itself where none is."""
    from contagion.parameters.priors import values_at

    name, usual = identity(type(option))[1], default_values(type(option))
    declared = {field.name: field for field in fields(option) if "low" in field.metadata}
    chosen: dict[str, jax.Array] = {}
    for key, distribution in priors.get(name, {}).items():
        if key not in declared or isinstance(getattr(option, key), int):
            raise InputError(f"priors.options.{name}.{key}: no such number; the nearest is {nearest(key, declared)}")
        value = getattr(option, key)
        if value.ndim or float(value) != float(np.asarray(usual[key], value.dtype)):
            continue  # drawn before, or chosen
        at = quantiles(f"{name}.{key}")
        values = values_at(f"options.{name}.{key}", distribution, declared[key].metadata, at, {})
        whole = jnp.issubdtype(value.dtype, jnp.integer)
        chosen[key] = jnp.asarray(np.round(values) if whole else values, value.dtype)
    if not chosen:
        return option
    return eqx.tree_at(lambda whole: [getattr(whole, key) for key in chosen], option, list(chosen.values()))


def numbers_drawn(strategies: Iterable[Strategy]) -> dict[str, NDArray[np.float64]]:
    """What was drawn of options, values [replicate] by ``option.number``."""
    found: dict[str, NDArray[np.float64]] = {}
    for part in chain.from_iterable(parts(option) for strategy in strategies for option in strategy):
        if isinstance(part, Drawn):
            name, numbers = identity(type(part.option))[1], vars(part.option).items()
            values = {key: value for key, value in numbers if getattr(value, "ndim", 0) == 1}
            found |= {f"{name}.{key}": np.asarray(value, np.float64) for key, value in values.items()}
    return dict(sorted(found.items()))
