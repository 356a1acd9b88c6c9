"""Process 8, beside clashes: police are corrupted where groups are in control."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.params import Params
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State


def corruption(
    state: State,
    controlled: Float[Array, "place replicate"],
    constants: Constants,
    controls: Controls,
    params: Params,
    region: Region,
) -> State:
    """q <- q - c [(1 - vetting) impunity c_m q - c_m(0) q(0)]: groups buy or threaten the police of what they control.

    c_m is the share of the place under criminal control, and `impunity` the factor by which interventions change it:
    where police are vetted, or crime is punished, less of them are lost. Nothing changes where control, vetting and
    impunity are as at the start: the capability of the start has stood against them. Assumed; after Felbab-Brown
    (2019), by whom police who are trained without that fall back.
    """
    exposed = (1 - controls.vetting) * jnp.minimum(controls.impunity, 1) * controlled * state.capability
    usual = constants.controlled * region.capability[:, None]
    return replace(state, capability=jnp.clip(state.capability - params.corruption * (exposed - usual), 0, 1))
