"""Process 12: expected homicides."""

from jaxtyping import Array, Float

from contagion.kernel.numerics.sums import neighbour_mean
from contagion.kernel.params import Params
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State


def intensity(
    state: State,
    conflict_homicides: Float[Array, "place replicate"],
    clash_homicides: Float[Array, "place replicate"],
    constants: Constants,
    params: Params,
    region: Region,
) -> Float[Array, "place replicate"]:
    """lambda_m = endemic_m (N_m - U_m) + c_m + clashes_m + k1 E_m + k2 sum_n W_mn E_n, before shared shocks."""
    endemic = constants.endemic * (region.population[:, None] - state.displaced)
    remembered = state.retaliation if state.excitation is None else state.excitation
    return endemic + conflict_homicides + clash_homicides + contagion(remembered, params, region)


def contagion(
    homicides: Float[Array, "place replicate"], params: Params, region: Region
) -> Float[Array, "place replicate"]:
    """k1 E_m + k2 sum_n W_mn E_n: homicides that follow from remembered ones; none where the channel is off."""
    spread = params.retaliation * homicides + params.spillover * neighbour_mean(region, homicides)
    return params.contagion_channel * spread
