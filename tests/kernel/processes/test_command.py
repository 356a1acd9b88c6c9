"""What becomes of a group whose middle layer is taken: it fights less, rivals come, its members join them, pleas."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import FIGHTING

from contagion.kernel.controls import Controls
from contagion.kernel.initial import Model, init
from contagion.kernel.processes.absorption import absorption
from contagion.kernel.processes.clashes import criminal_control
from contagion.kernel.processes.command import command, strength
from contagion.kernel.processes.conflict import conflict
from contagion.kernel.processes.entry import entry
from contagion.kernel.processes.leadership import leadership
from contagion.kernel.processes.operators import operators, sweeps
from contagion.kernel.step import step
from contagion.kernel.xla import compiler_options
from contagion.parameters.presets import load_params

SWEPT = jnp.array([[0.2], [1.0], [1.0], [1.0]])  # what is left of the command of four groups


@pytest.fixture
def start(region, params):
    carry, constants = init(Model(region, params, ()), 1)
    return carry.state, constants


def taken(state, share):
    """The same after a share of the operators of the first group was taken."""
    return replace(state, operators=state.operators.at[:, 0].multiply(1 - share))


@pytest.mark.parametrize("share", [0.0, 0.8, 1.0])
def test_command_is_the_middle_layer_relative_to_the_usual_one(start, params, share):
    state = taken(start[0], share)
    found = command(state.members.sum(axis=0), state.operators.sum(axis=0), params)
    np.testing.assert_allclose(
        found[:, 0], [(1 - share) / 0.999 if share else 1, 1, 1, 1], rtol=1e-6
    )  # 1 for the group without members


def test_without_effect_all_are_at_full_strength_to_the_bit():
    assert np.array_equal(strength(SWEPT - 0.2, load_params(command_effect=0.0)), np.ones((4, 1)))


def losses(start, effective, region, params):
    state, constants = start
    nothing, everywhere = Controls().ranked(state.shock.dtype), state.members.sum(axis=0)
    compiled = jax.jit(conflict, compiler_options=compiler_options("cpu"))
    return np.asarray(compiled(state, everywhere, effective, constants, nothing, params, region)[1])[..., 0]


def test_a_disabled_group_fights_and_is_fought_at_its_strength(region, start):
    """In a place of two groups alone both lose by as much less, and other places are as before."""
    params = load_params(conflict=1e-7, mixing=0.0, command_effect=2.0)
    members = np.zeros_like(region.members)
    members[:2, 0], members[1:3, 5] = 50, 50
    two = replace(region, members=members)
    carry, constants = init(Model(two, params, ()), 1)
    usual, after = (
        losses((carry.state, constants), strength(left, params), two, params) for left in (1 + 0 * SWEPT, SWEPT)
    )
    assert np.all(usual[0, :2] > 0)
    hazard_usual, hazard_after = (killed[0, :2] / (50 - killed[0, :2]) for killed in (usual, after))
    np.testing.assert_allclose(hazard_after / hazard_usual, 0.2**2, rtol=1e-4)
    np.testing.assert_allclose(after[5], usual[5], rtol=1e-6)


def test_a_disabled_group_controls_less(start, params):
    state = start[0]
    usual, after = (np.asarray(criminal_control(state, left, params)) for left in (1 + 0 * SWEPT, SWEPT))
    there = np.asarray(state.members[:, 0]) > 0
    assert np.all(after[there] < usual[there])
    assert np.array_equal(after[~there], usual[~there])


def test_members_of_a_disabled_group_join_those_who_are_there(start):
    """By how many of them are led; none where the group is alone; persons are conserved."""
    members = jnp.zeros_like(start[0].members).at[0, :, 0].set(jnp.array([40.0, 30, 10, 0])).at[1, 0, 0].set(25.0)
    state = replace(start[0], members=members)
    params = load_params(absorption=0.05)
    after, defected, absorbed = absorption(state, SWEPT, params)
    gone = 40 * (1 - np.exp(-4 * 0.05 * 0.8))
    np.testing.assert_allclose(after.members[0, :, 0], [40 - gone, 30 + gone * 3 / 4, 10 + gone / 4, 0], rtol=1e-5)
    np.testing.assert_allclose(after.members[1, :, 0], [25, 0, 0, 0])
    np.testing.assert_allclose(defected[:, 0], [gone, 0, 0, 0], rtol=1e-5)
    np.testing.assert_allclose(absorbed[:, 0], [0, gone * 3 / 4, gone / 4, 0], rtol=1e-5)


def test_nobody_joins_a_group_that_is_disabled_as_well(start):
    members = jnp.zeros_like(start[0].members).at[0, :2, 0].set(30.0)
    after, defected, _ = absorption(
        replace(start[0], members=members), jnp.array([[0.3], [0.0], [1.0], [1.0]]), load_params(absorption=0.05)
    )
    assert defected[0, 0] == 0
    assert defected[1, 0] > 0
    assert after.members[0, 0, 0] > 30


def test_without_a_rate_members_stay_to_the_bit(start):
    after, defected, absorbed = absorption(start[0], SWEPT, load_params(absorption=0.0))
    assert np.array_equal(after.members, start[0].members)
    assert not defected.any()
    assert not absorbed.any()


@pytest.mark.parametrize(("vacuum", "ratio"), [(0.0, 1.0), (5.0, 5.0)])
def test_a_vacuum_invites_rivals(region, start, vacuum, ratio):
    """Where only the disabled group is, the hazard of entry is 1 + v (1 - command) times the usual one."""
    members = jnp.zeros_like(start[0].members).at[:, 0].set(20.0).at[20, 1].set(50.0)
    state = replace(start[0], members=members)
    params = load_params(entry=1e-5, entry_vacuum=vacuum)
    usual, after = (entry(state, left, params, region, None)[1] for left in (1 + 0 * SWEPT, SWEPT))
    assert usual[1, 0] > 0
    assert float(after[1, 0] / usual[1, 0]) == pytest.approx(ratio, rel=0.05 * vacuum + 1e-6)


def test_convictions_of_a_sweep_lead_to_leaders(start):
    """1 - impunity of the swept are convicted; what they testify takes 1 - exp(-plea V / tau_V) of the leadership."""
    state = start[0]
    params = load_params(**FIGHTING, plea=0.05, plea_weeks=10.0, impunity=0.6, leadership_recovery=0.0)
    sweep = Controls(sweep=jnp.array([[0.8], [0], [0], [0]])).ranked(state.shock.dtype)
    everywhere = state.operators.sum(axis=0)
    state, swept, convicted = sweeps(operators(state, 0 * everywhere, sweep, params), everywhere, sweep, params)
    np.testing.assert_allclose(swept[0], 0.8 * everywhere[0], rtol=1e-6)
    np.testing.assert_allclose(convicted, 0.4 * swept, rtol=1e-6)
    usual, nothing = 1 + 0 * SWEPT, Controls().ranked(state.shock.dtype)
    after = leadership(state, usual, everywhere, nothing, params)
    share = 1 - np.exp(-0.05 * float(convicted[0, 0]) / 10)
    assert 0.01 < share < 0.99
    np.testing.assert_allclose(after.integrity[:, 0], [1 - share, 1, 1, 1], rtol=1e-5)
    np.testing.assert_allclose(after.shock[:, 0], [float(params.capture_shock) * share, 0, 0, 0], rtol=1e-5)
    np.testing.assert_allclose(after.testimony, 0.9 * state.testimony, rtol=1e-6)
    silent = leadership(state, usual, everywhere, nothing, replace(params, plea=jnp.float32(0)))
    assert np.array_equal(silent.integrity, state.integrity)


def test_operators_go_with_members(region):
    """What shrinks a group leaves it with the usual share of operators, so that it recruits as before."""
    params = load_params(incapacitation=60.0, capture_shock=0.0, split_hazard=0.0, operator_replacement=0.0)
    carry, constants = init(Model(region, params, ()), 1)
    state, totals, advance = carry.state, carry.totals, jax.jit(step, compiler_options=compiler_options("cpu"))
    nothing, before = Controls().ranked(state.shock.dtype), state.members.sum()
    for week in range(30):
        state, totals, _, _ = advance(state, totals, nothing, constants, params, region, week, None)
    assert state.members.sum() < 0.8 * before
    there = np.asarray(state.members) > 1e-3
    share = np.asarray(state.operators)[there] / np.asarray(state.members)[there]
    np.testing.assert_allclose(share, float(params.operator_share), rtol=1e-3)


def test_a_middle_layer_is_renewed_by_appointments_posts_and_infighting(start):
    """Half of a layer to be filled anew, a tenth a week: as many newcomers as a tenth of those who are left."""
    state = replace(start[0], shock=start[0].shock.at[1].set(1.0))
    params = load_params(operator_turnover=0.01, operator_replacement=0.1)
    command, totals = SWEPT.at[0].set(0.5), state.operators.sum(axis=0)
    after = leadership(state, command, totals, Controls().ranked(state.shock.dtype), params)
    np.testing.assert_allclose(after.renewed[:, 0], [0.01 + 0.1, 0.01 * np.e, 0.01, 0.01], rtol=1e-5)
