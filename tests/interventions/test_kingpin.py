"""The hunt for leaders: whom, where, how often with success, and where forces are in the meantime."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from conftest import make_region, play

from contagion.errors import InputError
from contagion.interventions.registry import load_intervention
from contagion.regions.areas import with_areas

HUNT = dict(start=2, every=3, breadth=2, severity=0.6, success=1.0)
NAMES = ("alpha", "beta", "gamma", "delta")


@pytest.fixture(scope="module")
def named(region):
    return replace(region, slots={name: np.asarray(slot, np.int32) for slot, name in enumerate(NAMES)})


@pytest.fixture
def seen(view):
    """Most killings by the third group, then the first; the second has most members."""
    return replace(view, attributed=jnp.array([[5.0], [2.0], [9.0], [1.0]]))


def strikes(region, views, **numbers):
    """Groups struck by week."""
    controls = play(load_intervention("kingpin", **HUNT | numbers), region, views)
    hits = np.stack([np.broadcast_to(control.removal, (4, 1))[:, 0] for control in controls])
    for control in controls:
        np.testing.assert_allclose(control.raid, control.removal)
    return {week: (int(row.argmax()), round(float(row.max()), 6)) for week, row in enumerate(hits) if row.any()}


def test_groups_are_struck_in_turn_on_a_clock(named, seen):
    assert strikes(named, [seen] * 12) == {2: (2, 0.6), 5: (0, 0.6), 8: (2, 0.6), 11: (0, 0.6)}


def test_whom_can_be_chosen(named, seen):
    """By size at the start, by name, and never the protected ones."""
    largest = np.argsort(-named.members.sum(axis=1)).tolist()
    assert [group for group, _ in strikes(named, [seen] * 6, by="size").values()] == largest[:2]
    found = strikes(named, [seen] * 12, by="named", groups=["delta", "beta"], breadth=9)
    assert [group for group, _ in found.values()] == [1, 3, 1, 3]
    spared = strikes(named, [seen] * 12, protected=["gamma"])
    assert [group for group, _ in spared.values()] == [0, 1, 0, 1]
    assert strikes(named, [seen] * 12, protected=list(NAMES)) == {}


@pytest.mark.parametrize("success", [0.0, 0.4])
def test_strikes_fail(named, seen, success):
    """With chance below their probability they succeed; the turn passes on in any case."""
    lucky, unlucky = (replace(seen, chance=jnp.array([chance], jnp.float32)) for chance in (0.3, 0.5))
    found = strikes(named, [lucky] * 4 + [unlucky] * 3 + [lucky] * 5, success=success)
    assert found == ({2: (2, 0.6), 8: (2, 0.6), 11: (0, 0.6)} if success else {})
    assert strikes(named, [seen] * 12, success=success).values() == {} or all(
        severity == pytest.approx(0.6 * success)
        for _, severity in strikes(named, [seen] * 12, success=success).values()
    )


def test_opportunities_come_as_often_on_average(named, seen):
    """One chance in three each week; none comes before the start; with expectations every week has its share."""
    generator = np.random.default_rng(0)
    views = [replace(seen, chance=jnp.array([chance], jnp.float32)) for chance in generator.random(400)]
    found = strikes(named, views, opportunistic=1.0)
    assert min(found) >= 2
    assert len(found) == pytest.approx(398 / 3, abs=3 * np.sqrt(398 * 2 / 9))
    assert [group for group, _ in list(found.values())[:4]] == [2, 0, 2, 0]
    expected = strikes(named, [seen] * 5, opportunistic=1.0)
    assert {week: severity for week, (_, severity) in expected.items()} == pytest.approx(dict.fromkeys((2, 3, 4), 0.2))


def test_where_can_be_chosen(named, seen):
    """By members everywhere, in the most populous municipality, or in an area."""
    towns = replace(named, areas={"port": np.eye(42, dtype=np.float32)[7]})
    for place, ground in (
        ("members", np.ones(42)),
        ("capital", np.eye(42)[np.argmax(named.population)]),
        ("chosen", np.eye(42)[7]),
    ):
        chosen = "port" if place == "chosen" else None
        control = play(load_intervention("kingpin", **HUNT, place=place, chosen=chosen), towns, [seen] * 3)[-1]
        assert np.array_equal(np.broadcast_to(control.ground, (42, 1))[:, 0], ground)


@pytest.mark.parametrize("weeks", [0, 1])
def test_forces_are_where_the_group_is_around_a_strike(named, seen, weeks):
    """They come from everywhere, go by recorded homicides, hold, and are back between strikes; none with 0 persons."""
    numbers = HUNT | dict(every=6, reposition=20.0, reposition_weeks=weeks)
    controls = play(load_intervention("kingpin", **numbers), named, [seen] * 12)
    moved = np.stack([np.broadcast_to(control.military, (42, 1))[:, 0] for control in controls])
    restrained = np.stack([np.broadcast_to(control.restrained, (42, 1))[:, 0] for control in controls])
    np.testing.assert_allclose(moved.sum(axis=1), 0, atol=1e-3)
    for week in range(12):
        near = [group for strike, group in ((2, 2), (8, 0)) if abs(week - strike) <= weeks]
        there = np.asarray(seen.recorded)[:, 0] * (named.members[near[0]] > 0) if near else np.zeros(42)
        np.testing.assert_allclose(restrained[week], 20 * there / max(there.sum(), 1e-9), rtol=1e-4)
        taken = 20 * named.military / named.military.sum() if near else 0
        np.testing.assert_allclose(moved[week], restrained[week] - taken, rtol=1e-3, atol=1e-4)
    assert np.abs(moved).sum() > 0
    none = play(load_intervention("kingpin", **numbers | dict(reposition=0.0)), named, [seen] * 3)
    assert not any(np.any(np.asarray(control.military)) for control in none)


def test_an_impossible_hunt_is_refused():
    for numbers, message in (
        (dict(by="named"), r"by=named, groups=\[\]: groups are named where"),
        (dict(groups=["alpha"]), "groups are named where by=named"),
        (dict(by="named", groups=["alpha"], protected=["alpha"]), "alpha is to be struck and protected"),
        (dict(place="chosen"), "chosen=null: must name an area"),
        (dict(opportunistic=1, reposition=10), "forces cannot move before strikes that come by chance"),
        (dict(groups="alpha"), r"groups='alpha': must be a list of names"),
    ):
        with pytest.raises(InputError, match=message):
            load_intervention("kingpin", **numbers)


def test_groups_are_those_of_the_region():
    """Named groups are found in the region, in any option; an unknown one is an error that names the nearest."""

    class Named:
        region, groups = make_region(), NAMES
        polygons = pd.DataFrame({"state": ["Low Land"] * 42})

    hunt = load_intervention("kingpin", by="named", groups=["beta"])
    assert {name: int(slot) for name, slot in with_areas(Named, [hunt]).slots.items()} == {"beta": 1}
    wrong = load_intervention("kingpin", protected=["bela"])
    with pytest.raises(
        InputError, match=r"Kingpin\.protected: the region has no group 'bela'; the nearest is 'beta' of"
    ):
        with_areas(Named, [wrong])
