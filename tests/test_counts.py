"""I6: counts by inversion of one uniform are monotone in the mean and follow their distribution.

Probabilities summed in float32 are good to about 1e-6: nearer to one than `TOP`, a count may be off by one.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from contagion.processes.counts import counts

TOP = 1 - 2**-12


def distribution(mean: float, dispersion: float):
    return stats.poisson(mean) if dispersion == 0 else stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))


@pytest.mark.parametrize("dispersion", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("mean", [0.02, 0.7, 6.0, 60.0, 300.0])
def test_chi_square(mean, dispersion):
    """Two hundred thousand counts against SciPy, in twenty classes of equal probability, both regimes."""
    size = 200_000
    uniform = jax.random.uniform(jax.random.key(7), (size,))
    drawn = np.asarray(jax.jit(counts)(uniform, jnp.full(size, mean), jnp.float32(dispersion)))
    law = distribution(mean, dispersion)
    edges = np.unique(law.ppf(np.linspace(0, 1, 21)[1:-1]))
    probabilities = np.diff([0, *law.cdf(edges), 1])
    observed = np.histogram(drawn, [-np.inf, *(edges + 0.5), np.inf])[0]
    kept = probabilities * size > 5
    result = stats.chisquare(observed[kept], probabilities[kept] * observed[kept].sum() / probabilities[kept].sum())
    assert result.pvalue > 1e-3


@pytest.mark.parametrize("dispersion", [0.0, 0.3])
def test_equals_the_quantile_function(dispersion):
    """The same integer as SciPy's inverse, except where float32 cannot tell the uniform from a step."""
    mean = np.geomspace(1e-4, 70, 60)[:, None]
    uniform = (np.arange(1000) + 0.5) / 1000
    drawn = counts(
        jnp.asarray(uniform + 0 * mean, jnp.float32), jnp.asarray(mean + 0 * uniform, jnp.float32), dispersion
    )
    exact = distribution(mean, dispersion).ppf(uniform)
    assert np.mean(np.asarray(drawn) != exact) < 1e-3
    assert np.abs(np.asarray(drawn) - exact).max() <= 1


@given(
    uniform=st.floats(0, TOP, width=32),
    means=st.tuples(*[st.floats(0, 500, width=32)] * 2),
    dispersion=st.sampled_from([0.0, 0.05, 0.5, 3.0]),
)
@settings(max_examples=200, deadline=None)
def test_monotone_in_the_mean(uniform, means, dispersion):
    low, high = jax.jit(counts)(jnp.full(2, uniform), jnp.sort(jnp.array(means, jnp.float32)), jnp.float32(dispersion))
    assert 0 <= low <= high < 1e5


def test_monotone_across_the_regimes():
    """A fine ladder of means through the change of method, for uniforms down to the tails."""
    mean = jnp.linspace(60, 120, 2401)
    for uniform in (0.0, 1e-6, 0.01, 0.5, 0.99, TOP):
        assert np.all(np.diff(counts(jnp.full_like(mean, uniform), mean, jnp.float32(0))) >= 0)


def test_zero_mean_gives_zero():
    uniform = jnp.array([0.0, 0.5, 1 - 2**-24])
    assert np.all(np.asarray(counts(uniform, jnp.zeros(3), jnp.float32(0.1))) == 0)


@pytest.mark.parametrize("uniform", [0.5, TOP, 1 - 2**-23])
def test_a_count_does_not_depend_on_what_is_counted_beside_it(uniform):
    """At the largest uniform that is ever drawn sums may not reach it: each count must end by itself all the same."""
    means = jnp.linspace(0.5, 20, 400)
    alone = np.asarray(counts(jnp.full_like(means, uniform), means, jnp.float32(0.1)))
    together = jnp.append(means, 300.0)
    beside = np.asarray(counts(jnp.full_like(together, uniform), together, jnp.float32(0.1)))[:-1]
    assert np.array_equal(alone, beside)
    assert alone.max() < 150
