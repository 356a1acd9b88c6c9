"""Conformance: what every driver must do. All of them stand in each run, so that one compilation serves all tests."""

from dataclasses import fields, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import REPLICATES, make_region, seen

from contagion.errors import InputError
from contagion.interventions._areas import remote
from contagion.interventions.registry import intervention_names, load_driver
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model
from contagion.parameters.presets import load_params, preset

NAMES = intervention_names("driver")
START, WEEKS = 5, 30


def numbers(name):
    """Declared numbers of a driver and what is declared of them, by name."""
    return {field.name: field.metadata for field in fields(type(load_driver(name))) if "low" in field.metadata}


def run(region, params, changes):
    """Flows of each week where the drivers named in `changes` act with these numbers and all others do nothing."""
    drivers = tuple(
        load_driver(name, **changes.get(name, dict.fromkeys(type(load_driver(name)).effects, 0.0))) for name in NAMES
    )
    periods = ensemble(Model(region, params, drivers), [(week, week + 1) for week in range(WEEKS)], REPLICATES, 0)
    return [jax.tree.map(np.asarray, flows) for flows, _ in periods]


@pytest.fixture(scope="module")
def baseline(region, params):
    """Without any driver."""
    periods = ensemble(Model(region, params, ()), [(week, week + 1) for week in range(WEEKS)], REPLICATES, 0)
    return [jax.tree.map(np.asarray, flows) for flows, _ in periods]


def alike(one, other):
    """Whether each week is, to the bit."""
    return [all(map(np.array_equal, jax.tree.leaves(a), jax.tree.leaves(b))) for a, b in zip(one, other, strict=True)]


@pytest.mark.parametrize("name", NAMES)
def test_is_final_documented_and_has_defaults_within_bounds(name):
    kind = type(load_driver(name))
    assert kind.__doc__
    assert kind.__subclasses__() == []
    assert set(kind.effects) <= set(numbers(name))
    for key, metadata in numbers(name).items():
        assert metadata["low"] <= preset("driver", name)[name][key] <= metadata["high"]
        assert metadata["unit"]


@pytest.mark.parametrize("name", NAMES)
def test_illegal_numbers_are_refused(name):
    for key, metadata in numbers(name).items():
        for value in (metadata["low"] - 1, metadata["high"] * 2 + 1, float("nan"), "many", True, None):
            with pytest.raises(InputError, match=rf"driver\.{name}\.{key}=.*must be a"):
                load_driver(name, **{key: value})
    with pytest.raises(InputError, match="no such key; the nearest is start"):
        load_driver(name, stert=3)


def test_zero_effects_equal_the_baseline_bit_for_bit(region, params, baseline):
    assert all(alike(run(region, params, {}), baseline))


RISES = {
    "arms_flow": (dict(growth=1.0), "conflict_homicides"),
    "economic_shock": (dict(share=1.0), "recruits"),
    "election_calendar": (dict(share=1.0), "conflict_homicides"),
    "foreign_market": (dict(share=1.0, build=10), "recruits"),
    "opium_price": (dict(growth=1.0), "recruits"),
    "us_demand": (dict(growth=1.0), "consumption"),
}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_before_the_start_and_then_what_it_is_for(region, params, baseline, name):
    changes, variable = RISES[name]
    driven = run(region, params, {name: changes | dict(start=START)})
    same = alike(driven, baseline)
    assert all(same[:START])
    assert not any(same[START + 1 :])
    assert sum(getattr(week, variable).sum() for week in driven) > sum(
        getattr(week, variable).sum() for week in baseline
    )


@pytest.mark.parametrize("end", ["low", "high"])
def test_extreme_but_legal_numbers_survive(region, params, end):
    extreme = {name: {key: of[end] for key, of in numbers(name).items()} | dict(start=2) for name in NAMES}
    for week in run(region, params, extreme):
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(week))


def acts(name, region, week, **changes):
    """Controls of a driver in a week."""
    driver = load_driver(name, **changes)
    view = seen(region, load_params())
    return driver.act(driver.init_memory(region, view), view, region, jnp.asarray(week))[0]


@pytest.mark.parametrize(("name", "field"), [("arms_flow", "fighting"), ("us_demand", "revenue")])
def test_growth_compounds_by_the_year_and_ends(region, name, field):
    reached = [
        float(getattr(acts(name, region, week, start=10, weeks=104, growth=0.5), field)) for week in (10, 62, 114, 300)
    ]
    np.testing.assert_allclose(reached, [1, 1.5, 2.25, 2.25], rtol=1e-6)


def test_a_shock_lasts_for_its_duration(region):
    factors = [
        float(acts("economic_shock", region, week, start=3, duration=2, share=0.5).recruitment) for week in range(7)
    ]
    assert factors == [1, 1, 1, 1.5, 1.5, 1, 1]


def test_campaigns_come_again(region):
    during = dict(start=2, every=5, campaign=2, share=1.0)
    factors = [float(acts("election_calendar", region, week, **during).fighting) for week in range(14)]
    assert factors == [1, 1, 2, 2, 1, 1, 1, 2, 2, 1, 1, 1, 2, 2]


def test_a_market_abroad_pays_at_ports_and_crossings(region):
    revenue = acts("foreign_market", region, 7, start=2, build=10, share=0.4).revenue
    np.testing.assert_allclose(revenue[:, 0], 1 + 0.2 * region.strategic, rtol=1e-6)


def test_opium_pays_where_crops_grow(region):
    """In the area named, in part where it says so, or else in the most remote places."""
    hills = np.linspace(0, 1, len(region.population), dtype=np.float32)
    named = acts("opium_price", replace(region, areas={"hills": hills}), 104, start=0, growth=-0.5, crops="hills")
    np.testing.assert_allclose(named.revenue[:, 0], 1 - 0.75 * hills, rtol=1e-6)
    unnamed = acts("opium_price", region, 104, start=0, growth=-0.5, share=0.25)
    np.testing.assert_allclose(unnamed.revenue[:, 0], 1 - 0.75 * remote(region, jnp.asarray(0.25))[:, 0], rtol=1e-6)


def test_remote_places_are_far_from_towns():
    """By hand: thirty places in a row, the first twenty of them towns."""
    row = replace(
        make_region(rows=5, columns=6),
        population=np.where(np.arange(30) < 20, 1e5, 1e3),
        easting=np.arange(30) * 10.0,
        northing=np.zeros(30),
    )
    for share, count in ((0, 0), (0.1, 3), (1 / 3, 10), (1, 30)):
        assert np.flatnonzero(remote(row, jnp.asarray(share, float))).tolist() == list(range(30 - count, 30))
