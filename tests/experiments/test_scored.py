"""Experiments on the simulator itself, in miniature: what removals hang on, and scores of anchored runs."""

import numpy as np
import pytest
from conftest import load_script

import contagion

pytestmark = pytest.mark.slow


def test_kingpin_is_compared_by_pace_and_mechanism(monkeypatch):
    script = load_script("experiments/kingpin.py")
    monkeypatch.setattr(
        script, "VARIANTS", {name: script.VARIANTS[name] for name in ("default", "calibrated, neither")}
    )
    table = script.effects(contagion.load_region("lattice", rows=6, columns=6, members=3000.0), 4)
    assert len(table) == 4
    assert (table.low <= table.change).all()
    assert (table.change <= table.high).all()
    often = table.pace == "every 8 weeks"
    assert np.all(table.removals[often].to_numpy() > 2 * table.removals[~often].to_numpy())


def test_scores_of_a_run_by_hand():
    """A run that draws what was counted beats the mean of the last year; monthly counts take the days of months."""
    script = load_script("experiments/anchored.py")
    generator = np.random.default_rng(0)
    counted, known = generator.poisson(9.0, (12, 30)), generator.poisson(4.0, (60, 30)).astype(float)
    drawn = generator.poisson(9.0, (200, 12, 30)).astype(float)
    rows = {row["horizon"]: row for row in script.scores(drawn, counted.astype(float), known)}
    assert set(rows) == {"1", "3", "6", "12", "total"}
    assert all(row["skill"] > 20 for row in rows.values())
    assert all(0.7 < row["coverage"] <= 1 for row in rows.values())


def test_correlation_of_rivalry_is_of_square_roots():
    script = load_script("experiments/rivalry.py")
    assert script.correlation(np.array([1.0, 4, 9]), np.array([4.0, 16, 36])) == pytest.approx(1)
