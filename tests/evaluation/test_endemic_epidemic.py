"""The endemic-epidemic model: numbers of R's surveillance, short and empty counts, forecasts by hand."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
from conftest import load_script

from contagion.evaluation.endemic_epidemic import EndemicEpidemic, fit, shares_of_neighbours


@pytest.fixture(scope="module")
def script():
    return load_script("experiments/forecast/hhh4.py")


def test_estimates_are_those_of_surveillance(script):
    """To the digits that R printed, on the same counts."""
    recorded = pd.read_csv(script.__file__.replace(".py", ".csv")).set_index("number").surveillance
    found = script.estimates(fit(script.counts(), shares_of_neighbours(script.touching()), 12))
    for name, value in recorded.items():
        assert found[name] == pytest.approx(value, abs=2e-7), name


def test_a_forecast_by_hand():
    """Two months ahead: endemic of the season, and shares of what is expected a month before."""
    generator = np.random.default_rng(0)
    counts = generator.poisson(5, (60, 3)).astype(float)
    weights = shares_of_neighbours(sparse.csr_array(np.array([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]])))
    rule = EndemicEpidemic(weights)
    ahead = rule(counts, np.array([36, 60]), (2,), 12)[-1]
    fitted, share = fit(counts, weights, 12), (counts.sum(axis=0) + 1) / (counts.sum() + 3)
    mean = counts[-1]
    for month in (60, 61):
        turn = 2 * np.pi * month / 12
        endemic = share * np.exp(fitted.endemic @ [1, np.sin(turn), np.cos(turn)])
        mean = endemic + np.exp(fitted.own) * mean + np.exp(fitted.neighbours) * (weights.toarray().T @ mean)
    np.testing.assert_allclose(ahead, mean)
    assert len(rule.fits) == 2
    rule(counts, np.array([36, 60]), (1,), 12)
    assert len(rule.fits) == 2  # fitted once for all horizons


@pytest.mark.parametrize("counts", [np.zeros((30, 4)), np.eye(4)[np.arange(30) % 4], np.full((30, 4), 7.0)])
@pytest.mark.parametrize("season", [12, 1])
def test_whatever_was_counted_is_forecast(counts, season):
    found = EndemicEpidemic(None)(counts, np.array([24, 30]), (1, 2), season)
    assert np.isfinite(found).all()
    assert np.all(found >= 0)
    assert found.sum() < 4 * counts[:2].sum() + 1
