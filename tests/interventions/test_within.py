"""Options in a part of the region alone, and on another scale."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import REPLICATES, early, play, seen

from contagion.errors import InputError
from contagion.interventions.registry import build_intervention, intervention_names, load_intervention
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model

HALF = np.repeat([1.0, 0.0], 21)  # the upper three rows of the small region
AREAS = dict(half=HALF, other=1 - HALF, all=np.ones(42))


@pytest.fixture(scope="module")
def divided(region):
    return replace(region, areas={**region.areas, **AREAS})


@pytest.fixture
def looked(divided, params):
    return seen(divided, params)


def controls(region, view, name, **more):
    """Of the second week."""
    option = build_intervention(name, {**early(name), "start": 0, **more})
    return play(option, region, [view, view])[-1]


def test_nothing_is_done_outside(divided, looked):
    """A reform of half the region: there as everywhere, elsewhere nothing, at the residents' share of its money."""
    whole = controls(divided, looked, "police_reform", police_per_1000=1.0, cost=100.0)
    half = controls(divided, looked, "police_reform", police_per_1000=1.0, cost=100.0, within="half")
    np.testing.assert_allclose(half.police[:21], whole.police[:21])
    assert not np.any(half.police[21:])
    np.testing.assert_allclose(half.capability, whole.capability * HALF[:, None])
    residents = np.asarray(divided.population)
    share = residents[:21].sum() / residents.sum()
    assert float(half.ledger.spending[0]) == pytest.approx(100 * share, rel=1e-5)


def test_what_chooses_places_chooses_them_inside(divided, looked):
    """As many zones as everywhere, at the same price, in the half where fewer homicides are recorded."""
    recorded = looked.recorded * np.where(HALF, 0.1, 1.0)[:, None]
    view = replace(looked, recorded=jnp.asarray(recorded, looked.recorded.dtype))
    given = dict(zones=4, share=0.5, cost=190.0)
    whole, half = (controls(divided, view, "prevention_zones", **given, **more) for more in ({}, dict(within=["half"])))
    assert (np.asarray(whole.recruitment)[:21] == 1).all()
    chosen = np.flatnonzero(np.asarray(half.recruitment)[:, 0] < 1)
    assert len(chosen) == 4
    assert chosen.max() < 21
    assert float(half.ledger.spending[0]) == pytest.approx(190, rel=1e-6)


def test_two_halves_are_the_whole(divided, params):
    """Of an option that does the same in each place, in a whole run."""
    every, halves = (
        tuple(load_intervention("recruitment_reduction", **early("recruitment_reduction"), **more) for more in several)
        for several in ([{}], [dict(within="half"), dict(within="other")])
    )
    one, two = (
        next(ensemble(Model(divided, params, options), [(0, 20)], REPLICATES, 0, concatenate=np.concatenate))
        for options in (every, halves)
    )
    np.testing.assert_allclose(one[0].recruits, two[0].recruits, rtol=1e-4)


ON_GROUPS = [
    "amnesty",
    "financial",
    "group_legalisation",
    "incapacitation_increase",
    "justice_reform",
    "kingpin",
    "leadership_and_middle",
    "middle_layer",
    "most_violent_first",
    "pact",
    "prison_reform",
    "protection_mechanism",
    "truce",
]


@pytest.mark.parametrize("name", [name for name in intervention_names() if name not in ON_GROUPS])
def test_in_all_places_is_without_an_area(divided, looked, name):
    inside, whole = (controls(divided, looked, name, **more) for more in (dict(within="all"), {}))
    for one, other in zip(jax.tree.leaves(inside), jax.tree.leaves(whole), strict=False):
        np.testing.assert_allclose(*np.broadcast_arrays(one, other), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ON_GROUPS)
def test_areas_do_not_divide_what_acts_on_groups(divided, looked, name):
    with pytest.raises(InputError, match=f"{name}.within: {name} acts elsewhere than in places"):
        controls(divided, looked, name, within="all")


def test_a_dose_is_a_key_of_any_option(divided, looked):
    """Twice as many police, beside a condition and an area."""
    given = dict(police_per_1000=1.0, after=dict(measure="capability", at_least=0.0), within="half")
    once, twice = (controls(divided, looked, "police_reform", dose=dose, **given) for dose in (1.0, 2.0))
    np.testing.assert_allclose(twice.police, 2 * once.police)
    assert np.any(once.police)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (dict(dose=-1), "police_reform.dose=-1: must be a number from 0 to 100"),
        (dict(dose="much"), "police_reform.dose='much'"),
        (dict(within=3), "police_reform.within=3: must be the name of an area of the region, or a list of names"),
        (dict(within=[]), "within=[]"),
    ],
)
def test_a_dose_or_an_area_that_is_none_is_told(given, says):
    with pytest.raises(InputError) as told:
        build_intervention("police_reform", given)
    assert says in str(told.value)
