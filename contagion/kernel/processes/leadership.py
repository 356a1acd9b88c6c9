"""Process 3: removal and recovery of leaders."""

from dataclasses import replace

import jax.numpy as jnp

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.sums import over_places
from contagion.kernel.params import Params
from contagion.kernel.state import State


def leadership(state: State, controls: Controls, params: Params) -> State:
    """A removal lowers integrity and starts a contest for succession; operators supply new leaders.

    L <- (1 - d) L, then L <- L + r_L (1 - L) O / (O + O_half);
    X <- X (1 - 1/tau_X) + a d + 4 b k (1 - k);
    Y <- Y (1 - 1/tau_X) + a_Y d in the municipality of the removal, where that is known.

    `a` is larger for a killing than for a capture. The term of `b` is assumed: a sweep of share `k` of the
    middle layer leaves `k` vacancies to be contested by the `1 - k` who remain; `b` is its size at one half, where
    it is largest.
    """
    severity, swept = controls.removal, controls.sweep
    shock_of_removal = params.capture_shock + controls.killing * (params.killing_shock - params.capture_shock)
    integrity = (1 - severity) * state.integrity
    operators = over_places(state.operators)
    recovery = params.leadership_recovery * operators / (operators + params.operators_half)
    contest = shock_of_removal * severity + 4 * params.sweep_shock * swept * (1 - swept)
    return replace(
        state,
        integrity=jnp.clip(integrity + recovery * (1 - integrity), 0, 1),
        shock=state.shock * (1 - 1 / params.shock_weeks) + contest,
        site=state.site * (1 - 1 / params.shock_weeks) + params.site_shock * controls.site,
    )
