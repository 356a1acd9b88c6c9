"""The hash of counters is as even and as uncorrelated as threefry, as far as a million numbers tell."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from contagion.kernel.numerics.random import GENERATORS, bits, normal, uniform

PLACES, WEEKS, REPLICATES = 512, 64, 32
SURE = 1e-4  # p-value below which a test fails; the seeds are fixed


@pytest.fixture(scope="module", params=sorted(GENERATORS))
def drawn(request) -> np.ndarray:
    """Bits by week, place and replicate, with keys as an ensemble derives them."""
    root = jax.random.key(11, impl=GENERATORS[request.param])
    keys = jax.vmap(jax.random.fold_in, (None, 0))(root, jnp.arange(REPLICATES))
    each = jax.vmap(lambda week: bits(jax.vmap(jax.random.fold_in, (0, None))(keys, week), PLACES))
    return np.asarray(each(jnp.arange(WEEKS)))


@pytest.mark.parametrize("shift", range(0, 32, 4))
def test_every_part_of_a_word_is_even(drawn, shift):
    nibbles = (drawn >> np.uint32(shift)) & np.uint32(15)
    assert stats.chisquare(np.bincount(nibbles.ravel())).pvalue > SURE


def test_uniforms_are_even(drawn):
    assert stats.kstest((drawn.ravel() + 0.5) / 2**32, "uniform").pvalue > SURE


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["weeks", "places", "replicates"])
@pytest.mark.parametrize("lag", [1, 2, 16])
def test_neighbours_are_independent(drawn, axis, lag):
    """Correlation of the values, joint frequencies of their first bits, and reversals of each of the 32 bits."""
    first, second = (np.moveaxis(drawn, axis, 0)[part] for part in (slice(None, -lag), slice(lag, None)))
    size = first.size
    correlation = np.corrcoef(first.ravel() / 2**32, second.ravel() / 2**32)[0, 1]
    assert abs(correlation) < 4.5 / np.sqrt(size)
    pairs = (first >> np.uint32(28)) * np.uint32(16) + (second >> np.uint32(28))
    assert stats.chisquare(np.bincount(pairs.ravel(), minlength=256)).pvalue > SURE
    reversals = [np.mean(((first ^ second) >> np.uint32(bit)) & np.uint32(1)) for bit in range(32)]
    assert np.abs(np.array(reversals) - 0.5).max() < 4.5 * 0.5 / np.sqrt(size)


def test_streams_do_not_overlap(drawn):
    """As many equal words as chance has it: streams that were shifted copies would repeat each other."""
    repeated = drawn.size - len(np.unique(drawn))
    expected = drawn.size**2 / 2**33
    assert abs(repeated - expected) < 5 * np.sqrt(expected)


def test_avalanche():
    """One bit of the counter changes each bit of the word half the time."""
    key = jax.random.key(5, impl=GENERATORS["hash"])
    word = np.asarray(jax.random.bits(key, (2**14,)))
    for bit in range(14):
        flipped = word ^ word[np.arange(2**14) ^ (1 << bit)]
        rate = np.array([np.mean((flipped >> np.uint32(place)) & np.uint32(1)) for place in range(32)])
        assert np.abs(rate - 0.5).max() < 0.03


@pytest.mark.parametrize("generator", sorted(GENERATORS))
def test_uniform_and_normal_numbers(generator):
    keys = jax.random.split(jax.random.key(1, impl=GENERATORS[generator]), 4)
    for values, law in ((uniform(keys, (5000,), jnp.float32), "uniform"), (normal(keys, (5000,), jnp.float32), "norm")):
        assert values.shape == (5000, 4)
        assert stats.kstest(np.asarray(values).ravel(), law).pvalue > SURE


def test_wide_and_narrow_words():
    key = jax.random.key(2, impl=GENERATORS["hash"])
    with jax.enable_x64(True):
        wide = np.asarray(jax.random.bits(key, (4096,), jnp.uint64))
    assert stats.kstest(wide / 2**64, "uniform").pvalue > SURE
    assert stats.chisquare(np.bincount(np.asarray(jax.random.bits(key, (2**14,), jnp.uint8)))).pvalue > SURE
