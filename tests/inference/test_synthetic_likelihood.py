"""Calibration finds what was planted, says how sure it is, and refuses what nothing can be learnt from."""

import sys

import numpy as np
import pytest

from contagion.errors import InputError
from contagion.inference import synthetic_likelihood as calibrate
from contagion.inference.synthetic_likelihood import emulate, features, posterior

# Four statistics of three parameters with a usable signal; the fourth parameter has no effect on anything.
EFFECTS = np.array([[1.0, 0.3, 0, 0.5], [0, 1.0, 0.4, 0], [0.2, 0, 1.2, 0.6], [0, 0, 0, 0]])
NOISE = 0.15


def simulate(quantiles, generator):
    """One simulation at each row of quantiles of the priors."""
    return quantiles @ EFFECTS + NOISE * generator.normal(size=(len(quantiles), EFFECTS.shape[1]))


@pytest.fixture(scope="module")
def emulator():
    generator = np.random.default_rng(0)
    quantiles = generator.random((600, 4))
    return emulate(quantiles, simulate(quantiles, generator))


def test_features_are_constant_linear_quadratic_and_mixed():
    np.testing.assert_allclose(features(np.array([[0.75, 1.0]]))[0], [1, 0.5, 1, 0.25, 0.5, 1])


def test_emulator_gives_the_mean_and_the_noise(emulator):
    quantiles = np.random.default_rng(1).random((50, 4)).astype(np.float32)
    np.testing.assert_allclose(emulator.mean(quantiles), quantiles @ EFFECTS, atol=0.1)
    np.testing.assert_allclose(emulator.covariance, NOISE**2 * np.eye(4), atol=0.15 * NOISE**2)
    variance = np.square(EFFECTS).sum(axis=0) / 12
    np.testing.assert_allclose(emulator.explained, variance / (variance + NOISE**2), atol=0.04)


def test_posterior_covers_the_truth(emulator):
    """Of nine 90 % intervals over three repetitions at least six: fewer would be chance in less than 1 % of cases."""
    pytest.importorskip("blackjax", reason="calibration needs blackjax")
    generator = np.random.default_rng(2)
    covered, spreads = [], []
    for repetition in range(3):
        truth = generator.random((1, 4))
        observed = simulate(truth, generator)[0]
        draws = posterior(emulator, observed, np.zeros(4), 4, 800, repetition)
        assert draws.shape == (800, 4)
        assert draws.min() > 0
        assert draws.max() < 1
        low, high = np.quantile(draws, [0.05, 0.95], axis=0)
        covered += ((low < truth[0]) & (truth[0] < high))[:3].tolist()
        spreads.append(draws.std(axis=0))
        assert abs(draws[:, 3].mean() - 0.5) < 0.1  # as uncertain as before
    assert sum(covered) >= 6
    assert np.mean(spreads, axis=0)[:3].max() < 0.2  # of 0.289 before
    assert np.mean(spreads, axis=0)[3] == pytest.approx(np.sqrt(1 / 12), abs=0.03)


def test_too_little_to_learn_from():
    generator = np.random.default_rng(3)
    quantiles = generator.random((39, 4))
    with pytest.raises(InputError, match="39 simulations for 4 parameters: must be at least ten"):
        emulate(quantiles, simulate(quantiles, generator))
    quantiles = generator.random((40, 4))
    statistics = simulate(quantiles, generator)
    for fault in (np.nan, np.inf):
        broken = statistics.copy()
        broken[7, 2] = fault
        with pytest.raises(InputError, match="not finite or is constant"):
            emulate(quantiles, broken)
    statistics[:, 1] = 3.0
    with pytest.raises(InputError, match="not finite or is constant"):
        emulate(quantiles, statistics)


def test_chains_that_disagree_are_refused():
    mixed = np.random.default_rng(4).normal(size=(4, 100, 2))
    calibrate._check_mixing(mixed)
    with pytest.raises(InputError, match="chains have not converged"):
        calibrate._check_mixing(mixed + np.arange(4)[:, None, None])


def test_without_the_extra(emulator, monkeypatch):
    monkeypatch.setitem(sys.modules, "blackjax", None)
    with pytest.raises(InputError, match=r"pip install 'contagion\[calibration\]'"):
        posterior(emulator, np.zeros(4), np.zeros(4), 4, 10, 0)
