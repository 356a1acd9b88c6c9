"""Process 12: expected homicides."""

from jaxtyping import Array, Float

from contagion.kernel.numerics.sums import exchanged
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
) -> tuple[Float[Array, "place replicate"], Float[Array, "place replicate"]]:
    """Homicides a week that follow from no other, before shared shocks, and those that do.

    endemic_m (N_m - U_m) + c_m + clashes_m, and `contagion` of the remembered.
    """
    endemic = constants.endemic * (region.population[:, None] - state.displaced)
    remembered = state.retaliation if state.excitation is None else state.excitation
    return endemic + conflict_homicides + clash_homicides, contagion(remembered, params, region)


def contagion(
    homicides: Float[Array, "place replicate"], params: Params, region: Region
) -> Float[Array, "place replicate"]:
    """k1 E_m + k2 sum_n P_mn E_n: homicides that follow from remembered ones; none where the channel is off.

    P shares what spills over out among neighbours by residents (`regions.neighbours.exchange`): each homicide leads to
    k1 + k2 in all, wherever it happens, and no shared shock acts on that.
    """
    return params.contagion_channel * (params.retaliation * homicides + params.spillover * exchanged(region, homicides))
