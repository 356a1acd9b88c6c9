"""I6: counts by inversion of one uniform are monotone in the mean and follow their distribution, tails included."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from contagion.kernel.numerics.count_sampling import counts

pytestmark = pytest.mark.as_released  # large samples

DISPERSIONS = [0.0, 1e-6, 1e-3, 0.1, 1.0, 5.0]
ENDS = (2.0 ** np.linspace(0, 31, 150)).astype(np.uint64) - 1  # bits down to the least, evenly in the logarithm
BITS = np.concatenate([ENDS, 2**32 - 1 - ENDS, np.arange(1, 400) * 2**32 // 400]).astype(np.uint32)


def distribution(mean: float, dispersion: float):
    return stats.poisson(mean) if dispersion == 0 else stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))


def drawn(bits, mean, dispersion, dtype=jnp.float32) -> np.ndarray:
    mean = jnp.broadcast_to(jnp.asarray(mean, dtype), np.shape(bits))
    return np.asarray(jax.jit(counts)(jnp.asarray(bits, jnp.uint32), mean, jnp.asarray(dispersion, dtype)), float)


@pytest.mark.parametrize("dispersion", [0.0, 0.1])
@pytest.mark.parametrize("mean", [0.02, 0.7, 6.0, 60.0, 1e4])
def test_chi_square(mean, dispersion):
    """A hundred thousand counts against SciPy, in twenty classes of equal probability."""
    size = 100_000
    observed = drawn(jax.random.bits(jax.random.key(7), (100, 1000)), mean, dispersion).ravel()
    law = distribution(mean, dispersion)
    edges = np.unique(law.ppf(np.linspace(0, 1, 21)[1:-1]))
    probabilities = np.diff([0, *law.cdf(edges), 1])
    found = np.histogram(observed, [-np.inf, *(edges + 0.5), np.inf])[0]
    kept = probabilities * size > 5
    result = stats.chisquare(found[kept], probabilities[kept] * found[kept].sum() / probabilities[kept].sum())
    assert result.pvalue > 1e-3


@pytest.mark.parametrize("dispersion", DISPERSIONS)
@pytest.mark.parametrize("mean", [1e-6, 0.1, 1.0, 5.0, 12.0, 60.0, 300.0, 1e4, 1e6])
def test_tails(mean, dispersion):
    """Down to the least uniform, a count is exact for a uniform whose nearer tail differs by a thousandth at most."""
    mean, dispersion = float(np.float32(mean)), float(np.float32(dispersion))
    law, count = distribution(mean, dispersion), drawn(BITS, mean, dispersion)
    below, above = (BITS + 0.5) / 2**32, (~BITS + 0.5) / 2**32
    lower = np.maximum(1 - law.cdf(count) / below, np.where(count > 0, law.cdf(count - 1), 0) / below - 1)
    upper = np.maximum(law.sf(count) / above - 1, 1 - law.sf(count - 1) / above)
    assert np.where(below < 0.5, lower, upper).max() < 1e-3


def test_tail_probabilities_of_many_draws():
    """Of four million counts of mean 0.3 those above 4, 5, and 6 are as many as they should be."""
    count = drawn(jax.random.bits(jax.random.key(3), (4000, 1000)), 0.3, 0.1)
    for k in (4, 5, 6):
        expected = distribution(0.3, 0.1).sf(k) * count.size
        assert abs(np.sum(count > k) - expected) < 4 * np.sqrt(expected)


@given(
    bits=st.integers(0, 2**32 - 1),
    means=st.tuples(*[st.floats(0, 2000, width=32)] * 2),
    dispersion=st.sampled_from([0.0, 0.05, 0.5, 3.0]),
)
@settings(max_examples=200, deadline=None)
def test_monotone_in_the_mean(bits, means, dispersion):
    low, high = drawn(np.full((2, 1), bits), np.sort(np.float32(means))[:, None], dispersion)
    assert 0 <= low <= high < 1e6


@pytest.mark.parametrize("share", [0.0, 1e-6, 0.002, 0.01, 0.5, 0.99, 1 - 1e-6, 1 - 2**-32])
def test_monotone_across_the_methods(share):
    """A fine ladder of means from the few summed probabilities to the loop, and from single steps to blocks."""
    for low, high in ((0.5, 40), (400_000, 500_000)):
        mean = np.linspace(low, high, 2000)[:, None]
        assert np.all(np.diff(drawn(np.full(mean.shape, int(share * 2**32)), mean, 0.0), axis=0) >= 0)


def test_zero_mean_gives_zero():
    assert np.all(drawn(np.array([0, 2**31, 2**32 - 1]), 0.0, 0.1) == 0)


@pytest.mark.parametrize("bits", [2**31, 2**32 - 2**20, 2**32 - 1])
def test_a_count_does_not_depend_on_what_is_counted_beside_it(bits):
    means = np.linspace(0.5, 20, 400)
    alone = drawn(np.full(400, bits), means, 0.1)
    beside = drawn(np.full(401, bits), np.append(means, 3e5), 0.1)[:-1]
    across = drawn(np.full((400, 1), bits), means[:, None], 0.1)[:, 0]
    assert np.array_equal(alone, beside)
    assert np.array_equal(alone, across)


def test_double_precision():
    """The same code in float64 finds SciPy's quantiles, but for a uniform within 1e-4 of a step."""
    with jax.enable_x64(True):
        mean = np.geomspace(1e-4, 900, 60)[:, None]
        bits = np.broadcast_to((np.arange(500) * 2**32 // 500 + 12345).astype(np.uint32), (60, 500))
        found = drawn(bits, mean, 0.3, jnp.float64)
    differs = found - distribution(mean, 0.3).ppf((bits + 0.5) / 2**32)
    assert np.mean(differs != 0) < 1e-3
    assert np.abs(differs).max() <= 1
