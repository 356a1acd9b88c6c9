"""Process 7: fighting between groups."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.fractions import LEAST_WHOLE, fraction
from contagion.kernel.numerics.sums import over_groups
from contagion.kernel.params import Params
from contagion.kernel.processes.incapacitation import impunity
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State
from contagion.kernel.xla import in_tile, unrolled_sum, written_out

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
    if in_tile():
        return (hostility * exposed[:, None]).sum(axis=2)
    if not written_out(exposed.shape[1]):
        return jnp.einsum("ghr,mhr->mgr", hostility, exposed, precision="highest")
    rivals = zip(jnp.unstack(hostility, axis=1), jnp.unstack(exposed, axis=1), strict=True)
    return unrolled_sum(towards * rival[:, None] for towards, rival in rivals)


def rivals(
    hostility: Float[Array, "group group replicate"],
    near: Float[Array, "place group replicate"],
    far: Float[Array, "group replicate"],
    everywhere: Float[Array, "group replicate"],
    present: Float[Array, "place replicate"],
    params: Params,
) -> Float[Array, "place group replicate"]:
    """sum_h H_gh [(1 - b) S_hm / S_m + b C_h / C]: hostility that a member meets, in the place and anywhere.

    But for a share b, `mixing`, rivals are met as the place is composed, so that its size decides nothing (assumed).
    `near` and `far` are the members of groups in places and in the country, amplified; `present` those of all groups.
    """
    national = fraction(params.mixing, everywhere.sum(axis=0))
    abroad = national * (hostility * far).sum(axis=1)
    local = (1 - params.mixing) / present
    return local[:, None] * pressure(hostility, near) + abroad


def conflict(
    state: State,
    everywhere: Float[Array, "group replicate"],
    effective: Float[Array, "group replicate"],
    constants: Constants,
    controls: Controls,
    params: Params,
    region: Region,
) -> tuple[State, Float[Array, "place group replicate"]]:
    """Losses of each group: S_gm z_gm with z = min(u, r), u what rivals would cause and r what there is room for.

    u_gm = theta_m C exp(X_gm) sum_h H_gh exp(X_hm) [(1 - b) S_hm / S_m + b C_h / C] and r_gm = room_m C exp(X_gm) A_m,
    with A_m the mean of exp(X_hm) over members. A group without command fights as much less: everywhere exp(X) is times
    how `effective` its members are. By the national law losses per member grow with C, the members in the country when
    the week began. Both are times exp(Y_m - psi (D_m - D_m(0))): deterrence counts relative to the start,
    at which contact is normalised. A loss z S becomes z S / (1 + z), which never exceeds S and equals the national law
    to first order in the step. Interventions multiply hostility, and fighting in places; and exp(-psi_c (convicted -
    convicted at the start)) deters by conviction (assumed).

    Takes the members of each group `everywhere`, and how `effective` they are. Returns the state and the members
    killed, in persons.
    """
    amplified = effective * amplification(state, params, region)
    deterred = params.deterrence_effect * (state.deterrence - constants.deterrence)
    convicted = params.conviction_effect * (params.impunity - impunity(controls, params))
    local = jnp.exp(jnp.minimum(state.site, LARGEST_SHOCK) - deterred - convicted) * controls.fighting
    local = local * everywhere.sum(axis=0)
    near = state.members * amplified
    far = everywhere * (effective * jnp.exp(jnp.minimum(state.shock, LARGEST_SHOCK)))
    present = jnp.maximum(over_groups(state.members), LEAST_WHOLE)
    faced = rivals(state.hostility * controls.hostility, near, far, everywhere, present, params)
    room = constants.room * local * over_groups(near) / present
    hazard = amplified * jnp.minimum((constants.contact * local)[:, None] * faced, room[:, None])
    killed = state.members * hazard / (1 + hazard)
    return replace(state, members=state.members - killed), killed
