"""Sets of numbers that make no model, each told with its reason."""

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
    """Homicides that one homicide leads to in the next generation, k1 + k2: the radius of k1 I + k2 W.

    W is row-standardised, so its radius is 1; the memory's weights sum to 1. Where the channel is off, it is 0.
    """
    return params.contagion_channel * (params.retaliation + params.spillover)


def check(params: Params, where: str = "replicate", first: int = 0) -> None:
    """Raises InputError for numbers that contradict each other or are too fast for a step of a week.

    Of draws the first at fault is named: `where` says what an index along the last axis is, `first` where it begins.
    """
    for broken, said, value, reason in _rules(jax.tree.map(np.asarray, params)):
        if np.any(broken):
            index = int(np.argmax(broken))
            drawn = f"{where} {first + index}: " if broken.ndim else ""
            raise InputError(f"{drawn}{said} = {float(np.ravel(value)[index]):.3g}: {reason}")


def check_start(params: Params, region: Region) -> None:
    """Raises InputError where the law would take more than all members of a group in the first week."""
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
    """Where each rule is broken, what it is about, its value, and the reason."""
    ratio = branching_ratio(params)
    said = "params.contagion_channel * (params.retaliation + params.spillover)"
    yield ratio >= 1, said, ratio, "the branching ratio must be below 1, or violence grows without end"
    more = params.killing_shock - params.capture_shock
    said = "params.killing_shock - params.capture_shock"
    yield more < 0, said, more, "must not be negative, a killing unsettles a group at least as much as a capture"
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
    for said, rate in rates.items():
        yield rate > 1, said, rate, "must be at most 1, or a step is too long for so fast a rate"
