"""Process 12: expected homicides."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.numerics.sums import exchanged
from contagion.kernel.params import Params
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State

LEAST, TENFOLD = 1e-6, 2.302585  # least presence that has a ratio; log of the largest ratio


@jax.named_scope("intensity")
def intensity(
    state: State,
    conflict_homicides: Float[Array, "place replicate"],
    clash_homicides: Float[Array, "place replicate"],
    constants: Constants,
    params: Params,
    region: Region,
) -> tuple[Float[Array, "place replicate"], Float[Array, "place replicate"]]:
    """Homicides a week that follow from no other, before shared shocks, and those that do.

    endemic_m (N_m - U_m) `policed`_m + c_m + clashes_m, and `contagion` of the remembered.
    """
    endemic = constants.endemic * (region.population[:, None] - state.displaced)
    endemic = endemic * policed(state.deterrence, constants.deterrence, params)
    remembered = state.retaliation if state.excitation is None else state.excitation
    return endemic + conflict_homicides + clash_homicides, contagion(remembered, params, region)


def policed(
    deterrence: Float[Array, "place replicate"], usual: Float[Array, "place replicate"], params: Params
) -> Float[Array, "place replicate"]:
    """(P / P(0))^-e: homicides that are not by conflict, with presence P relative to that of the start.

    Presence is felt as slowly as it deters, P = half D / (1 - D), and up to ten times or a tenth of that of the start.
    e is the elasticity of homicides with respect to police. In cities of the United States it is 0.67 (Chalfin and
    McCrary 2018); what it is elsewhere, and of the military, is assumed.
    """
    low, high = LEAST, 1 - LEAST
    now, before = jnp.clip(deterrence, low, high), jnp.clip(usual, low, high)
    ratio = jnp.log(now * (1 - before) / (before * (1 - now)))
    return jnp.exp(-params.police_elasticity * jnp.clip(ratio, -TENFOLD, TENFOLD))


def contagion(
    homicides: Float[Array, "place replicate"], params: Params, region: Region
) -> Float[Array, "place replicate"]:
    """k1 E_m + k2 sum_n P_mn E_n: homicides that follow from remembered ones; none where the channel is off.

    P shares what spills over out among neighbours by residents (`regions.neighbours.exchange`): each homicide leads to
    k1 + k2 in all, wherever it happens, and no shared shock acts on that.
    """
    return params.contagion_channel * (params.retaliation * homicides + params.spillover * exchanged(region, homicides))
