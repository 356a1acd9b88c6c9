"""Forces, justice, prisons and militias."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import play

from contagion.errors import InputError
from contagion.interventions._areas import corridor
from contagion.interventions.registry import load_intervention

PLAN = dict(
    start=1, initial=500, personnel=3000, phase_weeks=4, low=100, medium=200, high=300, first=2, drawn_from_existing=0
)  # fmt: skip


def posted(region, view, weeks=8, **numbers):
    """Military and staff week by week under the plan: [week, place] and [week]."""
    guard = load_intervention("national_guard", **PLAN | dict(first_region=400) | numbers)
    controls = play(guard, region, [view] * weeks)
    shape = view.recorded.shape
    military = np.stack([np.broadcast_to(control.military, shape)[:, 0] for control in controls])
    return military, np.array([float(jnp.max(jnp.asarray(control.ledger.staff))) for control in controls])


def test_the_guard_grows_as_announced_and_fills_the_worst_regions_first(region, view):
    """Nobody before the start, 500 at it, 3,000 four weeks later; the first region has its own number."""
    military, _ = posted(region, view, mode="proactive")
    np.testing.assert_allclose(military.sum(axis=1), [0, 500, 1125, 1750, 2375, 3000, 3000, 3000], rtol=1e-5)
    districts = np.asarray(region.areas["deployment_regions"]).astype(int)
    homicides = np.bincount(districts, np.asarray(view.recorded)[:, 0])
    by_region = np.bincount(districts, military[1])
    first, second = np.argsort(homicides)[::-1][:2]
    assert by_region[first] == pytest.approx(400, rel=1e-5)
    assert by_region[second] == pytest.approx(100, rel=1e-5)
    inside = districts == first
    np.testing.assert_allclose(
        military[1, inside] / 400, region.population[inside] / region.population[inside].sum(), rtol=1e-4
    )


def test_classes_of_insecurity_follow_rates(region, view):
    """What all regions need without surplus: a third of them each has the low, medium and high number."""
    military, _ = posted(region, view, mode="proactive", first=0, initial=0, personnel=1000)
    districts = np.asarray(region.areas["deployment_regions"]).astype(int)
    by_region = np.bincount(districts, military[-1])
    rate = np.bincount(districts, np.asarray(view.recorded)[:, 0]) / np.bincount(districts, region.population)
    assert len(by_region) == 6
    needs = np.repeat([100.0, 200.0, 300.0], 2)
    given = by_region[np.argsort(rate)]
    assert np.all(given <= needs + 1e-3)
    assert given.sum() == pytest.approx(1000, rel=1e-5)


def test_garrisons_deter_less_with_as_many(region, view):
    patrol, nobody = posted(region, view, mode="proactive")
    garrison, idle = posted(region, view, mode="garrison", garrison_effect=0.25)
    np.testing.assert_allclose(garrison, patrol / 4, rtol=1e-5)
    np.testing.assert_allclose(garrison.sum(axis=1) + idle, patrol.sum(axis=1), rtol=1e-5)
    assert not nobody.any()


def test_the_guard_takes_its_first_members_from_the_military(region, view):
    """Of everywhere alike, as many as are named or as it has; patrols confront as far as they seek it."""
    numbers = dict(mode="proactive", confrontation=0.25)
    alone, _ = posted(region, view, **numbers)
    few = float(region.military.sum()) / 4
    drawn, _ = posted(region, view, **numbers, drawn_from_existing=few)
    np.testing.assert_allclose(drawn[1:], alone[1:] - 0.25 * region.military, rtol=1e-3, atol=1e-3)
    everybody, _ = posted(region, view, **numbers, drawn_from_existing=1e6)
    left = np.maximum(1 - alone[1:].sum(axis=1) / region.military.sum(), 0)[:, None]
    np.testing.assert_allclose(everybody[1:], alone[1:] - (1 - left) * region.military, rtol=1e-3, atol=1e-2)
    guard = load_intervention("national_guard", **PLAN | numbers)
    control = play(guard, region, [view] * 3)[-1]
    np.testing.assert_allclose(control.restrained, 0.75 * control.military, rtol=1e-5)


def test_an_impossible_guard_is_refused():
    with pytest.raises(InputError, match="initial=200000: must not exceed personnel=150000"):
        load_intervention("national_guard", initial=200_000)
    with pytest.raises(InputError, match="regions=null: must name an area"):
        load_intervention("national_guard", regions=None)
    with pytest.raises(InputError, match="mode='patrol': must be one of garrison, proactive"):
        load_intervention("national_guard", mode="patrol")


def test_impunity_falls_and_prisons_hold_over_years(region, view):
    justice = play(load_intervention("justice_reform", start=1, build_weeks=2, share=0.4), region, [view] * 5)
    assert [float(control.impunity) for control in justice] == pytest.approx([1, 1, 0.8, 0.6, 0.6])
    prisons = play(load_intervention("prison_reform", start=1, build_weeks=2, share=0.4), region, [view] * 5)
    assert [float(control.custody) for control in prisons] == pytest.approx([0, 0, 0.2, 0.4, 0.4])


@pytest.mark.parametrize("policy", ["tolerate", "regularise", "dismantle"])
def test_militias_grow_where_it_is_violent_and_the_state_thin(region, view, policy):
    """In one place of many: tolerated they fight, regularised they are police, dismantled they go."""
    per_week = region.population[:, None] / 52.1775e5  # of a rate of 1 per 100,000 and year
    rate = jnp.ones_like(view.recorded).at[3].set(80.0).at[5].set(80.0)
    police = jnp.zeros_like(view.police).at[5].set(1e6)
    seen = replace(view, recorded=rate * per_week, police=police, military=0 * view.military)
    numbers = dict(start=1, grace_weeks=3, growth=0.25, largest=2.0, protection=0.4, predation=0.8, violent=50)
    controls = play(load_intervention("militias", policy=policy, **numbers), region, [seen] * 7)
    shape = view.recorded.shape
    spared, fought, added = (
        np.stack([np.broadcast_to(getattr(control, name), shape)[:, 0] for control in controls])
        for name in ("recruitment", "fighting", "police")
    )
    assert np.all(np.delete(spared, 3, axis=1) == 1)
    size = dict(tolerate=[0, 0.25, 0.5, 0.75, 1, 1, 1], dismantle=[0, 0.25, 0.5, 0.75, 0.5, 0.25, 0])
    expected = np.array(size.get(policy, size["tolerate"]))
    np.testing.assert_allclose(spared[:, 3], 1 - 0.4 * expected, rtol=1e-5)
    official = expected * (np.arange(7) >= 4) * (policy == "regularise")
    np.testing.assert_allclose(added[:, 3], official * 0.002 * region.population[3], rtol=1e-5)
    np.testing.assert_allclose(fought[:, 3], 1 + 0.8 * (expected - official), rtol=1e-5)


def test_a_crackdown_follows_its_corridor(region, view):
    line = np.asarray(corridor(region, jnp.float32(60.0)))[:, 0] > 0
    largest = int(np.argmax(region.population))
    assert line[largest]
    assert 1 < line.sum() < len(line)
    option = load_intervention(
        "fuel_theft_crackdown", start=1, duration=2, width_km=60, cut=0.5, confrontation=0.3, military_per_1000=2
    )
    controls = play(option, region, [view] * 4)
    revenue, fighting, military = (
        np.stack([np.broadcast_to(getattr(control, name), view.recorded.shape)[:, 0] for control in controls])
        for name in ("revenue", "fighting", "military")
    )
    np.testing.assert_allclose(revenue, 1 - 0.5 * np.outer([0, 1, 1, 0], line), rtol=1e-6)
    np.testing.assert_allclose(fighting, 1 + 0.3 * np.outer([0, 1, 1, 0], line), rtol=1e-6)
    np.testing.assert_allclose(military[1], 0.002 * region.population * line, rtol=1e-5)
