"""The table of published numbers: rules of tolerance, verdicts, and what the recorded data say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import load_script

from contagion.errors import InputError

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "experiments" / "published_numbers"


def load(name: str):
    return load_script(f"experiments/published_numbers/{name}.py")


@pytest.fixture(scope="module")
def table():
    return load("table")


def test_targets_follow_the_rules(table):
    targets = table.targets()
    assert targets.index.is_unique
    assert set(targets.index[targets.fit == "in"]) == {
        "T21",
        "T23",
        "T25",
        "T30",
        "T51-new",
        "T51-tenure",
        "R1-new",
        "R1-lost",
    }
    assert set(targets.fit) == {"in", "same", "law", "out"}
    assert (targets.published_low < targets.published).all()
    assert (targets.published < targets.published_high).all()
    width = {
        "tolerance 15 % relative": 0.15 * targets.published.abs(),
        "tolerance 0.1 absolute": 0.1,
    }
    for basis, right in width.items():
        chosen = targets.basis == basis
        assert chosen.any()
        assert np.allclose(
            (targets.published_high - targets.published)[chosen], pd.Series(right, targets.index)[chosen]
        )
        assert np.allclose((targets.published - targets.published_low)[chosen], pd.Series(right, targets.index)[chosen])
    published = targets.basis.isin(["published 95 % interval", "published range"])
    assert (published | targets.basis.isin(list(width))).all()


def test_verdict_is_the_median_in_the_published_interval(table):
    replicates = np.array([1.0, 1.3, 1.32, 9.0, np.nan])
    result = table.compare({"T20": replicates, "T21": (1.36, 1.2, 1.5), "T50": [2.0, 3.0], "T44": [np.nan]})
    assert result.loc["T20", "simulated"] == pytest.approx(1.31)
    assert result.loc["T20", "simulated_high"] > 5
    assert result.loc[["T20", "T21", "T50", "T44"], "verdict"].tolist() == ["inside", "inside", "outside", ""]
    assert result.loc["T20", "recorded"] == pytest.approx(1.41, abs=0.01)
    assert table.summary(result).startswith(
        "Not in the fit: 1 of 2 targets inside (0 of 0 of the published equations, 1 of 1 the fitted"
    )


def test_what_a_placebo_meets_does_not_count(table):
    estimates = {"T20": [1.3], "T22": [1.3], "T50": [700.0]}
    result = table.compare(estimates, {"T20": [1.05], "T22": [1.0], "T50": [2000.0]})
    assert result.loc[["T20", "T22", "T50"], "verdict"].tolist() == [table.BY_NOTHING, "inside", "inside"]
    assert result.loc["T20", "placebo"] == 1.05
    assert table.summary(result).startswith("Not in the fit: 2 of 2 targets inside (")
    assert "1 that a placebo meets do not count" in table.summary(result)


def test_nothing_simulated(table):
    result = table.compare({})
    assert set(result.verdict) == {""}
    assert table.summary(result).startswith("Not in the fit: 0 of 0 targets inside (")


def test_unknown_target(table):
    with pytest.raises(InputError, match=r"no target 'T36-2001' .* nearest is 'T36-20"):
        table.compare({"T36-2001": [0.1]})


def test_recorded_values_are_what_the_estimators_give(public_files):
    recorded = load("recorded").recorded(str(public_files))
    kept = pd.read_csv(FOLDER / "recorded.csv")
    assert recorded.id.tolist() == kept.id.tolist()
    assert np.allclose(
        recorded[["value", "low", "high"]].astype(float), kept[["value", "low", "high"]], 1e-3, 1e-3, True
    )
