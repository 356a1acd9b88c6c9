"""Process 3: removal and recovery of leaders."""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.params import Params
from contagion.kernel.processes.command import strength
from contagion.kernel.processes.conflict import LARGEST_SHOCK
from contagion.kernel.state import State

SMALLEST_COMMAND = 1e-6  # below which all of the middle layer is new


@jax.named_scope("leadership")
def leadership(
    state: State,
    commanded: Float[Array, "group replicate"],
    operators: Float[Array, "group replicate"],
    controls: Controls,
    params: Params,
) -> State:
    """A removal lowers integrity and starts a contest for succession; operators supply new leaders.

    L <- (1 - d) (1 - p) L, then L <- L + r_L (1 - L) O / (O + O_half);
    X <- X (1 - 1/tau_X) + (a d + a p) [(1 - k) command]^kappa + 4 b k (1 - k);
    V <- V (1 - 1/tau_V), to which `sweeps` adds those convicted of a sweep.

    p = 1 - exp(-plea V / tau_V) is the share of leadership taken on what V convicted operators testify. Assumed; after
    Felbab-Brown (2019), by whom many prosecutions with plea bargains lead to the bosses. A succession is contested by
    those of the middle layer who are left, so that less follows from a removal in a disabled group.

    Of the middle layer a share n = min(nu exp(X) + phi L (1 / command - 1), 1) is new in the week: those who change
    posts, more in a contest for succession, and those appointed in vacancies, by what the group has `commanded`; takes
    its `operators` everywhere as well.

    `a` is larger for a killing than for a capture. The term of `b` is assumed: a sweep of share `k` of the
    middle layer leaves `k` vacancies to be contested by the `1 - k` who remain; `b` is its size at one half, where
    it is largest.
    """
    severity, swept = controls.removal, controls.sweep
    shock_of_removal = params.capture_shock + controls.killing * (params.killing_shock - params.capture_shock)
    taken = -jnp.expm1(-params.plea * state.testimony / params.plea_weeks)
    integrity = (1 - severity) * (1 - taken) * state.integrity
    recovery = params.leadership_recovery * operators / (operators + params.operators_half)
    contenders = strength((1 - swept) * commanded, params)
    succession = contenders * (shock_of_removal * severity + params.capture_shock * taken)
    contest = succession + 4 * params.sweep_shock * swept * (1 - swept)
    moved = params.operator_turnover * jnp.exp(jnp.minimum(state.shock, LARGEST_SHOCK))
    vacant = (1 - commanded) / jnp.maximum(commanded, SMALLEST_COMMAND)
    appointed = params.operator_replacement * state.integrity * vacant
    return replace(
        state,
        integrity=jnp.clip(integrity + recovery * (1 - integrity), 0, 1),
        shock=state.shock * (1 - 1 / params.shock_weeks) + contest,
        renewed=jnp.minimum(moved + appointed, 1),
        testimony=state.testimony * (1 - 1 / params.plea_weeks),
    )


def unsettled(state: State, controls: Controls, params: Params) -> State:
    """Y <- Y (1 - 1/tau_X) + a_Y d in the municipality of the removal (`raids`)."""
    return replace(state, site=state.site * (1 - 1 / params.shock_weeks) + params.site_shock * controls.site)
