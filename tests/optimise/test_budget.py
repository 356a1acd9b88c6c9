"""Equal budgets: doses of options, and the search for them."""

import jax.numpy as jnp
import numpy as np
import pytest

import contagion
from contagion.analysis.metrics import OUTCOMES
from contagion.interventions.registry import intervention_names
from contagion.interventions.scaled import scaled
from contagion.kernel.controls import Controls, Ledger
from contagion.optimise import budget as budgets

BUDGET = 60.0  # million dollars, within the bounds of the doses of both
DEFAULTS = {name: contagion.load_intervention(name) for name in intervention_names()}


@pytest.fixture(scope="module")
def atlas():
    return contagion.load_region("lattice", rows=4, columns=5)


def test_a_dose_scales_each_control_by_its_rule():
    controls = Controls(
        military=jnp.array([[2.0]]),
        recruitment=jnp.array([[0.5]]),
        removal=jnp.array([[0.4]]),
        killing=jnp.array([[0.3]]),
        ledger=Ledger(spending=jnp.array([10.0])),
    )
    twice, thrice = (scaled(controls, jnp.asarray(dose)) for dose in (2.0, 3.0))
    assert twice.military == 4
    assert twice.recruitment == pytest.approx(0.25)
    assert twice.removal == pytest.approx(0.8)
    assert thrice.removal == 1
    assert thrice.killing == pytest.approx(0.3)  # how, not how much
    assert twice.ledger.spending == 20
    assert twice.police == 0.0
    assert isinstance(twice.ledger.exposed, float)


def test_a_dose_of_one_changes_nothing(atlas):
    options = tuple(DEFAULTS[name] for name in ("kingpin", "truce"))
    plain = contagion.simulate(atlas, {"a": options}, weeks=60, replicates=8)
    same = contagion.simulate(atlas, budgets.dosed({"a": options}, {"a": 1.0}), weeks=60, replicates=8)
    np.testing.assert_array_equal(plain["homicides_total"], same["homicides_total"])


@pytest.mark.parametrize("dose", [budgets.LEAST, budgets.MOST])
def test_every_option_survives_the_bounds_of_a_dose(atlas, dose):
    """All of them at once, as one strategy."""
    strategies = budgets.dosed({"all": tuple(DEFAULTS.values())}, {"all": dose})
    found = contagion.simulate(atlas, strategies, weeks=60, replicates=8)
    for name, values in found.data_vars.items():
        assert np.isfinite(values).all(), name
        if name not in ("spending", "parent"):
            assert (values >= 0).all(), name


def test_strategies_meet_the_budget(atlas):
    strategies = {
        "baseline": (),
        "surge": (contagion.load_intervention("reactive_surge", start=2, personnel=500.0),),
        "prevention": (contagion.load_intervention("prevention_zones", start=2),),
        "free": (contagion.load_intervention("recruitment_reduction", start=2),),
    }

    def costs(trial):
        cost = OUTCOMES["cost"].of(contagion.simulate(atlas, trial, weeks=40, replicates=8)).mean("replicate").values
        return dict(zip(trial, cost - cost[0], strict=True))

    found, scales = budgets.equalised(strategies, BUDGET, costs)
    spent = costs(found)
    for name in ("surge", "prevention"):
        assert spent[name] == pytest.approx(BUDGET, rel=budgets.CLOSE)
        assert scales[name].cost == pytest.approx(spent[name])
    assert scales["free"] == budgets.Scale(1.0, 0.0)
    words = budgets.sentence(BUDGET, scales)
    assert "Budget not reached within the bounds of a dose: free spends 0." in words
    assert "assumed" in words


def test_an_impossible_budget_is_told():
    """A dose stays within its bounds; what is spent instead is said."""
    strategies = {"baseline": (), "dear": (DEFAULTS["national_guard"],)}

    def costs(trial):
        return {"baseline": 0.0, "dear": 1000.0 * float(trial["dear"][0].dose)}

    _, scales = budgets.equalised(strategies, 1.0, costs)
    assert scales["dear"].dose == budgets.LEAST
    assert f"dear spends {1000 * budgets.LEAST:.0f}" in budgets.sentence(1.0, scales)
