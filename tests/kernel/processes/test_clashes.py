"""The state against groups: who dies, who complains, and what trust is left."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import REPLICATES

from contagion.kernel.controls import Controls
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model, init
from contagion.kernel.processes.clashes import abuse, clashes, criminal_control
from contagion.kernel.processes.corruption import corruption
from contagion.kernel.processes.memory import deploy, trust_of
from contagion.parameters.presets import load_params


@pytest.fixture(scope="module")
def state(region, params):
    """A start at which no military is new to its place."""
    return init(Model(region, params, ()), 2)[0].state


def arrived(state, number=20.0):
    return replace(state, arrivals=jnp.full_like(state.arrivals, number))


def controlled(state, params):
    """Share of each place under control of groups that are all under command."""
    return criminal_control(state, jnp.ones_like(state.shock), params)


def test_none_where_nobody_arrives(region, params, state):
    after, dead, of_group, _ = clashes(
        state,
        controlled(state, params),
        Controls(force=1.0).ranked(state.shock.dtype),
        params,
        region,
    )
    assert not dead.any()
    assert not of_group.any()
    assert np.array_equal(after.members, state.members)
    flows, _ = next(ensemble(Model(region, params, ()), [(0, 10)], REPLICATES, 0))
    assert flows.clash_homicides.sum() == 0


def test_the_dead_leave_their_group(region, params, state):
    there, controls = arrived(state), Controls().ranked(state.shock.dtype)
    after, dead, of_group, _ = clashes(there, controlled(there, params), controls, params, region)
    lost = np.asarray(state.members - after.members)
    np.testing.assert_allclose(lost.sum(axis=1), dead, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(lost, of_group, rtol=1e-3, atol=1e-4)
    held = np.asarray(state.members).sum(axis=1) > 0
    assert np.array_equal(np.asarray(dead) > 0, held)  # none where there is no group
    assert np.array_equal(after.operators, state.operators)


def test_hostilities_multiply_the_hazard(region, params, state):
    """A loss z / (1 + z) of members: z is what the rules of force multiply."""
    members = state.members.sum(axis=1)

    def hazard(force):
        there = arrived(state)
        controls = Controls(force=force).ranked(state.shock.dtype)
        dead = np.asarray(clashes(there, controlled(there, params), controls, params, region)[1], float)
        share = np.divide(dead, members, out=np.zeros_like(dead), where=np.asarray(members) > 0)
        return (share / (1 - share))[np.asarray(members)[:, 0] > 0]

    np.testing.assert_allclose(hazard(1.0) / hazard(0.0), float(params.hostilities_lethality), rtol=1e-4)
    np.testing.assert_allclose(hazard(0.5) / hazard(0.0), (1 + float(params.hostilities_lethality)) / 2, rtol=1e-4)


def killed(region, params, state, military, restrained=0.0, arrivals=0.0):
    """Members killed in clashes with so many military, some of them new."""
    there = replace(state, military=jnp.full_like(state.military, military), arrivals=0 * state.arrivals + arrivals)
    controls = Controls(restrained=restrained).ranked(state.shock.dtype)
    return np.asarray(clashes(there, 0 * there.site + 0.5, controls, params, region)[1])


def test_military_who_hold_do_not_seek_clashes(region, state):
    """In proportion to how many of them hold; where all do there is none."""
    params = load_params(clashes=1e-5)
    usual = killed(region, params, state, 1000.0, arrivals=400.0)
    np.testing.assert_allclose(killed(region, params, state, 1000.0, 250.0, 400.0), 0.75 * usual, rtol=1e-3, atol=1e-9)
    assert not killed(region, params, state, 1000.0, 1000.0, 400.0).any()
    assert usual.any()


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_patrols_clash_after_the_first_months(region, state, share):
    """Those beyond the military of the start, by their share of what newcomers do; with the share at 0 none."""
    params, not_later = (load_params(clashes=1e-5, patrol_clashes=some) for some in (share, 0.0))
    later = killed(region, params, state, 1000.0)
    as_new = killed(region, not_later, state, 1000.0, arrivals=share * (1000.0 - region.military[:, None]))
    np.testing.assert_allclose(later, as_new, rtol=1e-4)
    assert later.any() == (share > 0)
    assert not killed(region, params, replace(state, military=0 * state.military), 0.0).any()


def corrupted(region, params, state, controlled, **controls):
    """Police capability after a week in which that share of each place is under control, and half at the start."""
    half = 0 * state.capability + 0.5
    constants = replace(init(Model(region, params, ()), 2)[1], controlled=half)
    after = corruption(state, half * 0 + controlled, constants, Controls(**controls).ranked(half.dtype), params, region)
    return np.asarray(after.capability)


def test_police_are_corrupted_where_groups_gain_control(region, state):
    """By the share of control beyond that of the start; less where they are vetted or crime is punished."""
    params, start = load_params(corruption=0.1), np.asarray(state.capability)
    np.testing.assert_allclose(corrupted(region, params, state, 0.5), start, rtol=1e-6)
    np.testing.assert_allclose(corrupted(region, params, state, 1.0), start * 0.95, rtol=1e-6)
    np.testing.assert_allclose(corrupted(region, params, state, 0.0), start * 1.05, rtol=1e-6)
    np.testing.assert_allclose(corrupted(region, params, state, 1.0, vetting=0.5), start, rtol=1e-6)
    np.testing.assert_allclose(corrupted(region, params, state, 1.0, impunity=0.75), start * 0.975, rtol=1e-6)
    honest = load_params(corruption=0.0)
    assert np.array_equal(corrupted(region, honest, state, 1.0), start)


def test_arrivals_count_once_and_fade(region, params, state):
    """600 soldiers more are new, next week fewer of them, and those who leave are not."""
    sent = deploy(state, Controls(military=600.0).ranked(state.shock.dtype), region, params)
    np.testing.assert_allclose(sent.arrivals, 600, rtol=1e-4)
    stayed = deploy(sent, Controls(military=600.0).ranked(state.shock.dtype), region, params)
    np.testing.assert_allclose(stayed.arrivals, 600 * (1 - 1 / float(params.clash_weeks)), rtol=1e-4)
    left = deploy(sent, Controls().ranked(state.shock.dtype), region, params)
    np.testing.assert_allclose(left.arrivals, stayed.arrivals, rtol=1e-4)


def test_abuse_grows_with_force_and_falls_with_capability(region, params, state):
    assert np.all(state.police > 0)
    ruled, hostile = (abuse(state, Controls(force=force).ranked(state.shock.dtype), params) for force in (0.0, 1.0))
    np.testing.assert_allclose(hostile, float(params.hostilities_abuse) * ruled, rtol=1e-6)
    capable = replace(state, capability=jnp.minimum(1, state.capability + 0.3))
    fewer = abuse(capable, Controls().ranked(state.shock.dtype), params)
    np.testing.assert_allclose(ruled - fewer, 0.3 * params.abuses * state.police, rtol=1e-3)
    none = replace(state, capability=jnp.ones_like(state.capability))
    np.testing.assert_allclose(
        abuse(none, Controls().ranked(state.shock.dtype), params), params.abuses * state.military, rtol=1e-6
    )


def test_abuse_costs_trust(region, params):
    """At half the trust's rate of complaints, two thirds are left of it; with homicides at theirs, two fifths."""
    complaints = (params.abuse_half / 2 / 1e5 / 52.1775 * region.population)[:, None]
    homicides = (params.trust_half / 1e5 / 52.1775 * region.population)[:, None]
    np.testing.assert_allclose(trust_of(0 * homicides, complaints, params, region), 2 / 3, rtol=1e-5)
    np.testing.assert_allclose(trust_of(homicides, complaints, params, region), 2 / 5, rtol=1e-5)
