"""A planted truce comes back; what happens after it does not matter."""

import numpy as np
import pytest

from contagion.errors import InputError
from contagion.inference.estimators.truce import truce


def series(ratio: float, seed: int, dispersion: float = 0.01, rebound: float = 1.5) -> np.ndarray:
    clock = np.arange(90)
    mean = 300 * np.exp(0.04 * clock / 12) * np.where((clock >= 50) & (clock < 72), ratio, 1)
    mean = mean * np.where(clock >= 72, rebound, 1)
    generator = np.random.default_rng(seed)
    return generator.poisson(mean * generator.gamma(1 / dispersion, dispersion, 90))


@pytest.mark.parametrize("ratio", [0.55, 0.61, 1.0])
def test_planted_truce(ratio):
    rows = [truce(series(ratio, seed), 50, 72).iloc[0] for seed in range(20)]
    assert np.exp(np.mean([row.coefficient for row in rows])) == pytest.approx(ratio, rel=0.03)
    assert np.mean([row.low < ratio < row.high for row in rows]) > 0.7


def test_exposure_and_no_trend():
    population = np.linspace(1, 2, 90)
    counts = np.random.default_rng(0).poisson(200 * population * np.where(np.arange(90) >= 60, 0.5, 1))
    row = truce(counts, 60, 90, population=population, trend=False).iloc[0]
    assert row.irr == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize(
    ("counts", "first", "end", "message"),
    [
        (np.full(30, np.nan), 10, 20, "not a finite number at month 0"),
        (np.full(30, -1), 10, 20, "negative"),
        (np.ones(30), 1, 20, "spans months 1 to 19 of 30"),
        (np.ones(30), 10, 31, "spans months 10 to 30 of 30"),
        (np.arange(30) >= 20, 10, 20, "a ratio needs homicides in both"),
    ],
)
def test_bad_input(counts, first, end, message):
    with pytest.raises(InputError, match=message):
        truce(counts, first, end)


def test_bad_population():
    with pytest.raises(InputError, match="population must be above 0"):
        truce(np.ones(30), 10, 20, population=np.zeros(30))
