"""The kernel against a plain NumPy implementation of the same equations."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import FIGHTING, make_region
from oracle import Oracle

from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.initial import Model, init
from contagion.kernel.numerics.sums import totals_of
from contagion.kernel.step import step
from contagion.kernel.xla import compiler_options
from contagion.parameters.presets import load_params

pytestmark = pytest.mark.as_released

STATE = dict(
    integrity="l", shock="x", site="y", arrivals="new_troops", retaliation="e", military="mil", police="pol",
    capability="q", deterrence="d", trust="t", displaced="u", recent="recent", attributed="attributed",
    support="support", testimony="v", renewed="renewed",
)  # fmt: skip


# Rates at which groups split, move and open within a year.
MOVING = dict(
    patrol_clashes=0.3,
    corruption=0.03,
    command_effect=0.7,
    absorption=0.02,
    entry_vacuum=3.0,
    plea=0.01,
    split_hazard=0.004,
    split_hazard_headless=0.05,
    relocation=0.05,
    flight=0.1,
    entry=0.05,
)


def compiled():
    """A step as weeks of it are compiled in a run, from a state whose totals are summed for it."""

    def alone(state, *rest):
        state, _, flows, expected = step(state, totals_of(state), *rest)
        return state, flows, expected

    return jax.jit(alone, compiler_options=compiler_options("cpu"))


def controls(fields: dict[str, np.ndarray | float], dtype) -> Controls:
    """Controls with these fields, in a float type."""
    given = jax.tree.map(lambda value: jnp.asarray(value, dtype), fields)
    ledger = {name: given.pop(name) for name in vars(Ledger()) if name in given}
    return Controls(**given, ledger=Ledger(**ledger)).ranked(dtype)


def schedule(week: int, groups: int, places: int) -> dict[str, np.ndarray | float]:
    """Controls that exercise every field, some weeks empty."""
    hit = np.zeros((groups, 1))
    hit[week % groups] = 1
    pairs = np.ones((groups, groups, 1))
    pairs[0, 1] = pairs[1, 0] = 0.2
    return [
        {},
        dict(removal=0.8 * hit, killing=0.3 * hit, site=np.eye(places)[:, [week % places]]),
        dict(sweep=0.6 * hit, raid=0.7 * hit, ground=np.linspace(0, 2, places)[:, None]),
        dict(military=500.0, restrained=300.0, police=200.0, capability=0.02),
        dict(withdrawal=0.7, hostility=pairs, targeting=1 + 4 * hit),
        dict(military=-100.0, removal=0.1 * hit, sweep=0.9 * hit, recruitment=0.5, incapacitation=2.0, force=0.5),
        dict(revenue=0.6, income=1 - 0.5 * hit, custody=0.4, support=0.05, exposed=1000.0),
        dict(
            fighting=1.4,
            impunity=0.8,
            vetting=0.3,
            departure=0.01 * hit,
            capability=-0.01,
            staff=50.0,
            spending=3.0,
            support=0.02,
        ),
    ][week % 8]


@pytest.mark.parametrize(
    ("dtype", "tolerance", "rivalry"),
    [(np.float64, 1e-10, False), (np.float64, 1e-10, True), (np.float32, 3e-4, False)],
)
def test_deterministic_step_equals_numpy(dtype, tolerance, rivalry):
    with jax.enable_x64(dtype == np.float64):
        region = make_region(dtype=dtype)
        if rivalry:
            region = replace(region, rivalry=rivalry_of(region).astype(dtype))
        params = jax.tree.map(lambda value: jnp.asarray(value, dtype), load_params(**FIGHTING, **MOVING))
        oracle, least = Oracle(region, params), 1e-6 if dtype == np.float64 else 1e-4
        carry, constants = init(Model(region, params, ()), 2)
        state = carry.state
        advance = compiled()
        scheduled = [controls(schedule(week, *region.members.shape), dtype) for week in range(8)]
        widest = jax.tree.map(lambda *values: np.broadcast_arrays(*values)[0], *scheduled)
        for week in range(64):
            fields = schedule(week, *region.members.shape)
            expected = oracle.week(**{key: np.squeeze(value) for key, value in fields.items()})
            # With the axes that any of eight weeks needs, all are compiled as one.
            acts = jax.tree.map(lambda value, wide: np.broadcast_to(value, wide.shape), controls(fields, dtype), widest)
            state, record, _ = advance(state, acts, constants, params, region, week, None)
            for name, values in expected.items():
                found = getattr(record, name)[..., -1]  # of length 1 where nothing touches it
                np.testing.assert_allclose(np.broadcast_to(found, values.shape), values, tolerance, least, err_msg=name)
        for name, short in STATE.items():
            np.testing.assert_allclose(
                getattr(state, name)[:, 1], getattr(oracle, short), tolerance, 1e-6, err_msg=name
            )
        np.testing.assert_allclose(state.crowding[1], oracle.crowding, tolerance)
        np.testing.assert_allclose(state.members[..., 1].T, oracle.s, tolerance, 1e-6)
        np.testing.assert_allclose(state.operators[..., 1].T, oracle.o, tolerance, 1e-6)
        np.testing.assert_allclose(state.hostility[..., 1], oracle.h, tolerance, 1e-6)
        assert state.members.dtype == dtype


def rivalry_of(region):
    """Shares of homicides by rivalry: between a tenth and two thirds, and none in the first place."""
    shares = np.linspace(0.1, 0.65, len(region.population), dtype=np.float32)
    shares[0] = 0
    return shares


def first_week(region, params):
    """What happens in the first week without noise, one replicate."""
    carry, constants = init(Model(region, params, ()), 1)
    return compiled()(carry.state, controls({}, np.float32), constants, params, region, 0, None)[1]


def test_national_conflict_obeys_the_law(region):
    """At the start the deaths of all places sum to theta C'KC, where the record leaves room for them."""
    params = load_params(conflict=5e-8, incapacitation=1.0, split_hazard=0.0)
    totals = region.members.sum(axis=1)
    law = float(params.conflict) * totals @ region.hostility @ totals
    np.testing.assert_allclose(first_week(region, params).killed.sum(), law, rtol=0.02)


def test_conflict_of_places_is_their_rivalry(region):
    """Where groups meet, conflict is what was attributed to rivalry; members die as by the law, by what a death is."""
    params = load_params(conflict=5e-8, incapacitation=1.0, split_hazard=0.0, retaliation=0.0, spillover=0.0)
    counted = replace(region, rivalry=rivalry_of(region))
    record = first_week(counted, params)
    members = np.asarray(region.members)
    present = members.sum(axis=0)  # who meet rivals of anywhere in any case
    wanted, found = rivalry_of(region) * np.asarray(region.homicides), record.conflict_homicides[:, 0]
    enough = wanted < 0.03 * present  # a member dies once
    assert enough.sum() > 25
    np.testing.assert_allclose(found[enough], wanted[enough], rtol=0.03)
    assert np.all(found[~enough] <= wanted[~enough])
    assert not found[present == 0].any()
    totals = members.sum(axis=1)
    law = float(params.conflict) * totals @ region.hostility @ totals
    np.testing.assert_allclose(record.killed.sum(), law, rtol=0.03)
    assert not np.allclose(first_week(region, params).conflict_homicides, record.conflict_homicides, rtol=0.1)


@pytest.mark.parametrize("conflict", [2e-7, 2e-6, 1e-3])
def test_every_place_starts_at_its_record(region, conflict):
    """However much fighting the law asks for: what has no room in one place is fought elsewhere or not at all."""
    params = load_params(conflict=conflict, incapacitation=1.0, recruitment=0.0, spillover=0.0, split_hazard=0.0)
    record = first_week(region, params)
    np.testing.assert_allclose(record.homicides[:, 0], region.homicides, rtol=0.02)
    assert np.all(record.conflict_homicides[:, 0] < 0.66 * region.homicides)
