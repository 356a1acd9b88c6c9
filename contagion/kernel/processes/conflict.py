"""Process 7: fighting between groups."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.params import Params
from contagion.kernel.processes.incapacitation import impunity
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State
from contagion.kernel.xla import unrolled_sum

# exp(20) saturates every loss below; beyond it float32 would overflow for absurd but legal shocks.
LARGEST_SHOCK = 10.0


def amplification(state: State, params: Params, region: Region) -> Float[Array, "place group replicate"]:
    """exp(X_gm) with X_gm = X_g (1 + zeta strategic_m): how much a succession contest adds to fighting.

    Places are strategic or not, so two exponentials per group serve all places.
    """
    ordinary = jnp.exp(jnp.minimum(state.shock, LARGEST_SHOCK))
    strategic = jnp.exp(jnp.minimum(state.shock * (1 + params.strategic_multiplier), LARGEST_SHOCK))
    return ordinary + region.strategic[:, None, None] * (strategic - ordinary)


def pressure(
    hostility: Float[Array, "group group replicate"], exposed: Float[Array, "place group replicate"]
) -> Float[Array, "place group replicate"]:
    """sum_h H_gh S_hm exp(X_hm): what each group faces in each place."""
    rivals = zip(jnp.unstack(hostility, axis=1), jnp.unstack(exposed, axis=1), strict=True)
    return unrolled_sum(towards * rival[:, None] for towards, rival in rivals)


def conflict(
    state: State,
    constants: Constants,
    controls: Controls,
    params: Params,
    region: Region,
) -> tuple[State, Float[Array, "place group replicate"]]:
    """Losses of each group: theta_m S_gm exp(X_gm) sum_h H_gh S_hm exp(X_hm) exp(Y_m - psi (D_m - D_m(0))).

    A loss z S becomes z S / (1 + z), which never exceeds S and equals the national law to first order in
    the step. Deterrence counts relative to the start, at which theta_m is normalised. Interventions multiply hostility
    and fighting in places; and exp(-psi_c (convicted - convicted at the start)) deters by conviction (assumed).

    Returns the state and the members killed, in persons.
    """
    amplified = amplification(state, params, region)
    deterred = params.deterrence_effect * (state.deterrence - constants.deterrence)
    convicted = params.conviction_effect * (params.impunity - impunity(controls, params))
    local = jnp.exp(jnp.minimum(state.site, LARGEST_SHOCK) - deterred - convicted) * controls.fighting
    faced = pressure(state.hostility * controls.hostility, state.members * amplified)
    hazard = (constants.contact * local)[:, None] * amplified * faced
    killed = state.members * hazard / (1 + hazard)
    return replace(state, members=state.members - killed), killed
