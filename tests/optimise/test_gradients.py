"""Derivatives of the deterministic mode, against differences of its runs."""

import numpy as np
import pytest

import contagion
from contagion.optimise import Aim, Evaluations, gradient
from contagion.optimise.gradients import likely
from contagion.optimise.space import DOSE, WITHIN, space_of
from experiments import planted_plans

OPTIONS = {name: contagion.load_intervention(name, start=4) for name in ("prevention_zones", "police_reform")}
PLAN = {"prevention_zones": {DOSE: 0.7, WITHIN: ["everywhere"]}, "police_reform": {DOSE: 0.8}}
STEP = 0.05


@pytest.fixture(scope="module")
def still():
    atlas = contagion.load_region("lattice", rows=4, columns=5)
    everywhere = np.ones(20)
    areas = {"everywhere": everywhere, "less": everywhere - STEP * (np.arange(20) == 7)}
    settings = dict(weeks=60, anchor="none", deterministic=True)
    return Evaluations(space_of(OPTIONS, None, None, 60), atlas, ["homicides"], 1, areas=areas, **settings)


@pytest.fixture(scope="module")
def found(still):
    return gradient(still, PLAN)


def homicides(still, plan):
    return still.of([plan])[0].differences["homicides"][0]


@pytest.mark.parametrize("name", OPTIONS)
def test_derivatives_by_dose(still, found, name):
    more, less = ({**PLAN, name: {**PLAN[name], DOSE: PLAN[name][DOSE] + step}} for step in (STEP, -STEP))
    slope = (homicides(still, more) - homicides(still, less)) / (2 * STEP)
    assert slope < 0
    assert found.doses[name] == pytest.approx(slope, rel=0.01)


def test_derivatives_by_place(still, found):
    slopes = found.places["prevention_zones"]
    less = {**PLAN, "prevention_zones": {**PLAN["prevention_zones"], WITHIN: ["less"]}}
    assert slopes[7] < 0
    assert slopes[7] == pytest.approx((homicides(still, PLAN) - homicides(still, less)) / STEP, rel=0.05)


def test_likely_places_are_the_hot_ones():
    """Where nobody retaliates or moves and next to nobody is in most places, so that derivatives are finite there."""
    atlas = planted_plans.lattice(0)
    settings = planted_plans.settings(0)
    areas = {str(place): here for place, here in enumerate(np.eye(36))}
    options = {"guards": planted_plans.Guards.preset()}
    evaluations = Evaluations(space_of(options, None, None, 26), atlas, ["homicides"], 64, areas=areas, **settings)
    everywhere = {"guards": {DOSE: 1.0, WITHIN: list(areas)}}
    hot = likely(evaluations, everywhere, "guards", 12, Aim("conflict_homicides"))
    alone = evaluations.of([{"guards": {DOSE: 1.0, WITHIN: [name]}} for name in areas])
    averted = [-each.differences["homicides"].mean() for each in alone]
    best = {name for _, name in sorted(zip(averted, areas, strict=True))[-3:]}
    assert best <= set(hot)
