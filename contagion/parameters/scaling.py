"""Parameters of the national law in regions of another size."""

from dataclasses import replace

from contagion.kernel.params import Params


def at_scale(params: Params, scale: float) -> Params:
    """The same rates per member where groups are `scale` times as large as those of the nation.

    The national law counts persons of a whole country: eta persons are arrested a week, theta and omega multiply
    products of national totals. In a part of a country, or in another one, what stays is the rate per member (assumed).
    """
    return replace(
        params,
        incapacitation=params.incapacitation * scale,
        operators_half=params.operators_half * scale,
        split_operators_half=params.split_operators_half * scale,
        conflict=params.conflict / scale,
        saturation=params.saturation / scale,
    )
