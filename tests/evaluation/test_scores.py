"""Scores against plain sums, rules by hand, and one origin of a small record."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import nbinom

from experiments.forecast.evaluation import BASE, DRAWN, OURS, TOTAL, rolling, skill, targets
from experiments.forecast.rivals import RULES, with_spread, year_as_draws
from experiments.forecast.scores import scored_draws, scored_mixture


def test_mixture_is_scored_exactly():
    generator = np.random.default_rng(0)
    means = generator.gamma(2, 3, (5, 4))
    size, counted = np.array([0.5, 1, 5, 50.0]), np.array([0, 3, 40, 7])
    found = scored_mixture(means, size, counted)
    k = np.arange(3000)
    for place in range(4):
        share = size[place] / (size[place] + means[:, place])
        reached = nbinom.cdf(k[:, None], size[place], share).mean(axis=1)
        crps = np.square(reached - (counted[place] <= k)).sum()
        assert found["crps"][place] == pytest.approx(crps, rel=1e-5)
        log = np.log(nbinom.pmf(counted[place], size[place], share).mean())
        assert found["log_score"][place] == pytest.approx(log, rel=1e-6)


def test_draws_are_scored_as_the_mixture_they_come_from():
    generator = np.random.default_rng(1)
    means = np.full((1, 50), 20.0)
    size = np.full(50, 4.0)
    counted = generator.poisson(20 * generator.gamma(4, 1 / 4, 50))
    draws = generator.poisson(20 * generator.gamma(4, 1 / 4, (4000, 50)))
    exact, sampled = scored_mixture(means, size, counted), scored_draws(draws, counted)
    np.testing.assert_allclose(sampled["crps"], exact["crps"], rtol=0.1, atol=0.1)
    assert sampled["central"].mean() == pytest.approx(exact["central"].mean(), abs=0.05)
    assert scored_draws(draws + 0.5, counted)["central"].mean() == pytest.approx(0.9, abs=0.1)  # without ties


def test_rules_by_hand():
    counts = np.arange(48.0)[:, None] * np.ones((1, 2))
    found = {name: rule(counts, 3, 12)[0] for name, rule in RULES.items()}
    assert found == {
        "mean of a year": 41.5,
        "mean of three years": 29.5,
        "last value": 47,
        "seasonal naive": 38,
    }
    np.testing.assert_array_equal(year_as_draws(counts, (3,), 12)[:, 0], np.arange(47, 35, -1))
    np.testing.assert_array_equal(year_as_draws(counts, (1, 2), 12)[:2, 0], [93, 91])
    mean, size = with_spread(RULES["mean of a year"], counts, (1, 2), 12)
    np.testing.assert_allclose(mean, 83)
    assert (size > 0).all()


class Fitted:
    """A forecast that knows the mean."""

    def __init__(self, counts, *_):
        self.mean = counts.mean("time").values
        self.moves = self
        self.size = np.full(len(self.mean), 50.0)

    def levels(self, months, draws):
        return xr.DataArray(np.broadcast_to(self.mean, (draws, months, len(self.mean))).copy())

    def draw(self, months, draws):
        return xr.DataArray(np.random.default_rng(0).poisson(self.levels(months, draws).values))


def test_origins_are_scored_by_place_area_and_nation(monkeypatch):
    monkeypatch.setattr("contagion.inference.forecast.fit", Fitted)
    generator = np.random.default_rng(2)
    time = np.arange("2000-01", "2005-01", dtype="datetime64[M]").astype("datetime64[ns]")
    counts = xr.DataArray(generator.poisson(5, (60, 6)), dict(time=time), ("time", "place"))
    table = rolling(counts, counts, None, np.array(list("aabbcc")), [48], 12, 50)
    assert set(table.level) == {"place", "area", "nation"}
    assert set(table.model) == {OURS, DRAWN, *RULES}
    assert set(table.origin) == {"2004-01"}
    assert list(targets(12, False)) == ["1", "3", "6", "12", TOTAL]
    assert list(targets(3, True)) == ["1", "2", "3"]
    # The mean of four years is better than that of one where nothing changes.
    assert skill(table, OURS, BASE).loc["place"].mean() > 0
