"""Constraints between parameters, each with its reason."""

from collections.abc import Iterator

import jax
import numpy as np
from jaxtyping import Array, Bool, Float

from contagion.errors import InputError
from contagion.kernel.params import Params
from contagion.kernel.processes.relocation import EVERY
from contagion.kernel.region import Region

Rule = tuple[Bool[Array, "..."], str, Float[Array, "..."], str]


def branching_ratio(params: Params) -> Float[Array, "..."]:
    """Expected homicides in the next generation per homicide: the spectral radius k1 + k2 of k1 I + k2 W.

    W is row-standardised, so its spectral radius is 1, and the memory weights sum to 1. The ratio is 0 if the contagion
    channel is switched off.

    Parameters
    ----------
    params
        Parameters of shape ``()`` or ``(replicate,)``.

    Returns
    -------
    Array
        Branching ratio (dimensionless) of the same shape; the process is stable below 1.
    """
    return params.contagion_channel * (params.retaliation + params.spillover)


def check(params: Params, where: str = "replicate", first: int = 0) -> None:
    """Raise InputError if parameters contradict each other, or rates are too fast for a weekly step.

    For drawn parameters the message names the first invalid draw: `where` names the draw axis and `first` is the number
    of its first element.
    """
    for broken, expression, value, reason in _rules(jax.tree.map(np.asarray, params)):
        if np.any(broken):
            index = int(np.argmax(broken))
            drawn = f"{where} {first + index}: " if broken.ndim else ""
            raise InputError(f"{drawn}{expression} = {float(np.ravel(value)[index]):.3g}: {reason}")


def check_start(params: Params, region: Region) -> None:
    """Raise InputError if a group would lose more than all its members in the first week."""
    groups = np.asarray(region.members).sum(axis=1)
    rivals = np.asarray(region.hostility) @ groups
    lost = rivals[:, None] * np.atleast_1d(params.conflict) + groups[:, None] * np.atleast_1d(params.saturation)
    largest = float(np.max(lost, initial=0))
    if largest > 1:
        raise InputError(
            f"params.conflict and params.saturation: a group would lose {largest:.3g} times its members in the first "
            "week; lower them, or give the region fewer members"
        )


def _rules(params: Params) -> Iterator[Rule]:
    """Yield for each rule: where it is violated, the constrained expression, its value, and the reason."""
    ratio = branching_ratio(params)
    expression = "params.contagion_channel * (params.retaliation + params.spillover)"
    yield ratio >= 1, expression, ratio, "the branching ratio must be below 1, or violence grows without bound"
    more = params.killing_shock - params.capture_shock
    expression = "params.killing_shock - params.capture_shock"
    yield (
        more < 0,
        expression,
        more,
        "must not be negative: a killing destabilises a group at least as much as a capture",
    )
    rates = {
        "params.split_hazard + params.split_hazard_headless": params.split_hazard + params.split_hazard_headless,
        f"{EVERY} * params.relocation_channel * (params.relocation + params.flight)": EVERY
        * params.relocation_channel
        * (params.relocation + params.flight),
        f"{EVERY} * params.entry_channel * params.entry * (1 + params.entry_weakness)": EVERY
        * params.entry_channel
        * params.entry
        * (1 + params.entry_weakness),
        "params.recruitment * (1 + params.operator_share_half / params.operator_share)": params.recruitment
        * (1 + params.operator_share_half / params.operator_share),
    }
    for expression, rate in rates.items():
        yield rate > 1, expression, rate, "must be at most 1: the rate is too fast for a weekly step"
