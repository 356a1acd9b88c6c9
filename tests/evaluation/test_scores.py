"""Scores against plain sums, and what they say of forecasts that are right."""

import numpy as np
import pytest
from scipy.stats import nbinom

from contagion.evaluation.scores import BINS, Mixture, Sample, deviation, energy_score, mass_within, pit, summed


def test_mixture_is_scored_exactly():
    generator = np.random.default_rng(0)
    means = generator.gamma(2, 3, (5, 4))
    size, counted = np.array([0.5, 1, 5, 50.0]), np.array([0, 3, 40, 7])
    found = Mixture(means, size).score(counted)
    k = np.arange(3000)
    for place in range(4):
        share = size[place] / (size[place] + means[:, place])
        reached = nbinom.cdf(k[:, None], size[place], share).mean(axis=1)
        crps = np.square(reached - (counted[place] <= k)).sum()
        assert found["crps"][place] == pytest.approx(crps, rel=1e-5)
        log = np.log(nbinom.pmf(counted[place], size[place], share).mean())
        assert found["log_score"][place] == pytest.approx(log, rel=1e-6)
        assert found["upto"][place] == pytest.approx(reached[counted[place]], rel=1e-6)


def test_draws_are_scored_as_the_mixture_they_come_from():
    generator = np.random.default_rng(1)
    means, size = np.full((1, 50), 20.0), np.full(50, 4.0)
    counted = generator.poisson(20 * generator.gamma(4, 1 / 4, 50))
    draws = generator.poisson(20 * generator.gamma(4, 1 / 4, (4000, 50)))
    exact, sampled = Mixture(means, size).score(counted), Mixture(means, size, draws).score(counted)
    np.testing.assert_allclose(sampled["crps"], exact["crps"], rtol=0.1, atol=0.1)
    np.testing.assert_allclose(sampled["log_score"], exact["log_score"], rtol=1e-6)
    np.testing.assert_allclose(sampled["upto"], exact["upto"], atol=0.03)


def test_large_counts_are_scored_by_draws():
    small, large = (Mixture(np.full((1, 3), mean), np.full(3, 1e6)) for mean in (499.0, 501.0))
    counted = np.full(3, 520)
    np.testing.assert_allclose(small.score(counted)["crps"], large.score(counted)["crps"], rtol=0.25)
    assert large.sample().std(axis=0) == pytest.approx(np.sqrt(501), rel=0.1)


def test_sums_have_the_mean_and_variance_of_what_is_summed():
    generator = np.random.default_rng(2)
    means, size = generator.gamma(5, 1, (1, 3, 4)), np.array([0.5, 2, 5, 50.0])
    one = summed(means, size, means, 2, np.ones((4, 1)))
    variance = (means + means**2 / size).sum()
    assert one.means.item() == pytest.approx(means.sum())
    assert (one.means + one.means**2 / one.size).item() == pytest.approx(variance)


def test_pit_tells_a_forecast_that_is_too_narrow():
    generator = np.random.default_rng(3)
    counted = generator.poisson(10 * generator.gamma(2, 1 / 2, 4000))
    shares = {}
    for name, size in (("right", 2.0), ("narrow", 50.0)):
        scored = Mixture(np.full((1, 4000), 10.0), np.full(4000, size)).score(counted)
        shares[name] = pit(scored["below"], scored["upto"])
    assert shares["right"].sum() == pytest.approx(1)
    assert len(shares["right"]) == BINS
    assert deviation(shares["right"]) < 0.03
    assert deviation(shares["narrow"]) > 0.15
    assert mass_within(np.array([0.0]), np.array([1.0]), 0.05, 0.95).item() == pytest.approx(0.9)


def test_energy_score_rewards_the_right_dependence():
    """Margins are alike; only one of both forecasts knows that the units rise and fall together."""
    generator = np.random.default_rng(4)
    level = generator.gamma(5, 1 / 5, (120, 1))
    together = generator.poisson(100 * level * np.ones((1, 6)))
    apart = np.column_stack([generator.permutation(column) for column in together.T])
    counted = generator.poisson(100 * generator.gamma(5, 1 / 5, (30, 1)) * np.ones((1, 6)))
    scores = [np.mean([energy_score(Sample(draws), row) for row in counted]) for draws in (together, apart)]
    assert scores[0] < scores[1]
    single = Sample(together[:, :1])
    assert energy_score(single, counted[0, :1]) == pytest.approx(single.score(counted[0, :1])["crps"].item())
