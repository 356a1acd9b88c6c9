"""Rescale the parameters of the national law to regions of another size."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from contagion.kernel.params import Params

# Concentration of the 150 groups of the law, whose members are in proportion to 1 / rank.
CONCENTRATION_OF_LAW = float(np.sum(np.arange(1.0, 151) ** -2) / np.sum(1 / np.arange(1.0, 151)) ** 2)


def concentration(members: ArrayLike) -> float:
    """Herfindahl index of `members` [group, place], sum_g C_g^2 / C^2: that of the law where there are none."""
    groups = np.asarray(members, float).sum(axis=1)
    return float(groups @ groups / groups.sum() ** 2) if groups.any() else CONCENTRATION_OF_LAW


def at_scale(params: Params, scale: float, concentrated: float = CONCENTRATION_OF_LAW) -> Params:
    """Rescale parameters so that rates per member are unchanged where groups are `scale` times as large.

    The national law is written in persons of a whole country: eta persons are arrested per week, and theta and omega
    multiply products of national totals. In part of a country, or in another one, the rates per member are kept
    (*assumed*), those of conflict by the contact that a run starts with. omega was estimated for 150 groups: as many
    drop out of fewer and larger ones, sum_g omega C_g^2 at the start, if omega is in proportion to 1 / concentration.

    Parameters
    ----------
    params
        Parameters for groups of the national size.
    scale
        Size of the groups relative to those of the nation (dimensionless), `Atlas.law_scale`.
    concentrated
        Herfindahl index of members over groups at the start (dimensionless), from `concentration`.

    Returns
    -------
    Params
        Copy with rescaled arrest capacities, and conflict and saturation rates.
    """
    return replace(
        params,
        incapacitation=params.incapacitation * scale,
        operators_half=params.operators_half * scale,
        split_operators_half=params.split_operators_half * scale,
        conflict=params.conflict / scale,
        saturation=params.saturation / scale * (CONCENTRATION_OF_LAW / concentrated),
    )
