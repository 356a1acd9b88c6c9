"""Rescale the parameters of the national law to regions of another size."""

from dataclasses import replace

from contagion.kernel.params import Params


def at_scale(params: Params, scale: float) -> Params:
    """Rescale parameters so that rates per member are unchanged where groups are `scale` times as large.

    The national law is written in persons of a whole country: eta persons are arrested per week, and theta and omega
    multiply products of national totals. In part of a country, or in another one, the rates per member are kept
    (*assumed*).

    Parameters
    ----------
    params
        Parameters for groups of the national size.
    scale
        Size of the groups relative to those of the nation (dimensionless), `Atlas.law_scale`.

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
        saturation=params.saturation / scale,
    )
