"""Rules by hand, on records where one of them is right, and none that reads the future."""

import numpy as np
import pytest

from contagion.evaluation.learned import boosted_trees, log_linear, smoothing
from contagion.evaluation.rivals import DRAWN, MEAN, MIXED, RIVALS, SIMPLE, SMOOTHED, rival_forecasts

ORIGINS = np.array([36, 42, 48])


@pytest.fixture(scope="module")
def counts():
    """Places of which some have risen for good, half a year before the end."""
    generator = np.random.default_rng(0)
    mean = np.repeat(generator.gamma(1, 4, (1, 60)), 48, axis=0)
    mean[42:, :10] *= 4
    return generator.poisson(mean).astype(float)


def test_rules_by_hand():
    counts = np.arange(48.0)[:, None] * np.ones((1, 2))
    found = {name: rule(counts, np.array([48]), (3,), 12)[0, 0] for name, rule in SIMPLE.items() if name != SMOOTHED}
    assert found == {MEAN: 41.5, "mean of three years": 29.5, "last value": 47, "seasonal naive": 38}
    drawn = rival_forecasts(counts, (3,), 12)[DRAWN].sample()
    np.testing.assert_array_equal(drawn[:, 0], np.arange(47, 35, -1))
    both = rival_forecasts(counts, (1, 2), 12)
    np.testing.assert_array_equal(both[DRAWN].sample()[:2, 0], [93, 91])
    np.testing.assert_allclose(both[MEAN].means, 83)


def test_smoothing_by_hand():
    """Without a trend the level is the weighted mean; a trend is damped."""
    level = np.concatenate([np.full(30, 10.0), np.full(18, 30.0)])[:, None]
    found = smoothing(level, ORIGINS, (1,), 12)[:, 0]
    assert found[0] == pytest.approx(30, rel=0.05)  # the largest weight is chosen, six months after a jump
    np.testing.assert_allclose(smoothing(np.full((48, 3), 7.0), ORIGINS, (1, 2, 3), 12), 21)


@pytest.mark.parametrize("rule", [log_linear, boosted_trees])
def test_fitted_rules_learn_how_much_of_a_change_lasts(rule, counts):
    """Six months at four times the level: the mean of the year is behind, the rule is not."""
    now = rule(counts, ORIGINS, (1,), 12)[-1]
    risen = counts[-12:, :10].mean(axis=0) > 3
    ahead, behind = now[:10][risen].sum(), counts[-12:, :10].mean(axis=0)[risen].sum()
    assert ahead > 1.1 * behind
    np.testing.assert_allclose(
        now.sum(), smoothing(counts.sum(axis=1, keepdims=True), ORIGINS, (1,), 12)[-1], rtol=1e-6
    )


def test_every_rule_forecasts_each_unit_and_reads_nothing_after_the_origin(counts):
    found = rival_forecasts(counts[:42], (1, 2, 3), 12)
    assert {*found} == {*RIVALS}
    mixed = np.mean(
        [found[name].means for name in RIVALS if name in (SMOOTHED, "boosted trees", "negative binomial GLM")], 0
    )
    np.testing.assert_allclose(found[MIXED].means, mixed)
    assert {*rival_forecasts(counts[:42].sum(axis=1, keepdims=True), (1,), 12)} == {*SIMPLE, DRAWN}
    # A rule that is given several origins reads of what comes after the last one as little as of no counts at all.
    for rule in (*SIMPLE.values(), log_linear, boosted_trees):
        spoilt = counts.copy()
        spoilt[42:] = 999
        np.testing.assert_array_equal(
            rule(spoilt, np.array([30, 36, 42]), (1, 2), 12), rule(counts[:42], np.array([30, 36, 42]), (1, 2), 12)
        )


@pytest.mark.parametrize("season", [12, 1])
def test_short_and_empty_records_are_forecast_too(season):
    counts = np.zeros((2 * season + 4, 3))
    for one in rival_forecasts(counts, (1, 2), season).values():
        assert np.isfinite(one.score(np.array([0, 1, 2]))["crps"]).all()
