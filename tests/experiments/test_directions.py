"""The study of directions: its claims are complete, its signs are right, and it runs at a tiny size."""

import numpy as np
import pandas as pd
import pytest

import contagion
from contagion.interventions.registry import intervention_names, load_intervention
from contagion.parameters.presets import preset
from experiments import directions
from experiments.claims import CLAIMS, DOWN, ORDINAL, SAME, SOURCES, STRATEGIES, UP, parts

pytestmark = pytest.mark.slow

DRAWS, WEEKS = 2, 90


def test_no_claim_stands_twice():
    assert len({(claim.option, claim.says) for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("claim", [*CLAIMS, *ORDINAL], ids=lambda claim: f"{claim.option}: {claim.says}")
def test_claims_name_what_exists(claim):
    assert claim.source in SOURCES
    assert claim.measure in directions.MEASURES
    assert claim.sign in (UP, DOWN, SAME)
    for name in (claim.strategy or claim.option, claim.reference):
        assert name == "baseline" or set(parts(name)) <= set(intervention_names())
    assert claim.option in parts(claim.strategy or claim.option)


def test_strategies_are_of_use_and_their_numbers_legal():
    compared = {name for claim in (*CLAIMS, *ORDINAL) for name in (claim.strategy, claim.reference)}
    assert set(STRATEGIES) <= compared
    for options in STRATEGIES.values():
        for name, numbers in options.items():
            assert set(numbers) <= set(preset("intervention", name)[name])
            load_intervention(name, **numbers)


def test_signs():
    there, reference = np.array([1.0, 2.0, 3.0, 100.5]), np.array([2.0, 2.0, 2.0, 100.0])
    assert directions.holds(there, reference, UP).tolist() == [False, False, True, True]
    assert directions.holds(there, reference, DOWN).tolist() == [True, False, False, False]
    assert directions.holds(there, reference, SAME).tolist() == [False, True, False, True]


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_small_study():
    atlas = contagion.load_region("lattice", rows=6, columns=6)
    claims = [claim for claim in CLAIMS if claim.option == "pact"]
    table = directions.study(atlas, claims, DRAWS, WEEKS).set_index("claim")
    assert len(table) == len(claims)
    assert table["share"].between(0, 1).all()
    assert (table["low"] < table["high"]).all()
    assert table.loc["fewer are arrested", "median_percent"] == pytest.approx(-50, abs=1)
    assert table.loc["impunity rises", "share"] == 1


@pytest.mark.parametrize(("name", "claims"), [("directions", CLAIMS), ("ordinal", ORDINAL)])
def test_recorded_results_are_those_of_the_claims(name, claims):
    recorded = pd.read_csv(directions.HERE / f"{name}.csv", keep_default_na=False)
    stated = [(claim.option, claim.says, claim.source, directions.EXPECTED[claim.sign]) for claim in claims]
    assert list(recorded[["option", "claim", "source", "expected"]].itertuples(index=False, name=None)) == stated
    assert (recorded["disputed"] == "disputed").tolist() == [claim.disputed for claim in claims]
