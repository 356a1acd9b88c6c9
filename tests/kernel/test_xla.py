"""Canaries: each fails once the compiler does without a form of `contagion.kernel.xla`, which can then go."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contagion import load_region
from contagion.kernel import xla
from contagion.kernel.numerics import sums

pytestmark = pytest.mark.as_released


def test_a_reduction_still_depends_on_the_number_of_replicates():
    """`ordered_sum` does not, and a plain sum does."""
    values = jnp.asarray(np.random.default_rng(0).gamma(1, 60, (2469, 64)), jnp.float32)
    widths = (8, 16, 24, 32, 64)

    def alike(total) -> bool:
        first, *others = (np.asarray(jax.jit(total)(values[:, :width]))[:8] for width in widths)
        return all(np.array_equal(first, other) for other in others)

    assert alike(xla.ordered_sum)
    assert not alike(lambda values: values.sum(axis=0)), "a plain sum is ordered now: drop ordered_sum"


def test_a_reduction_over_groups_is_still_no_single_pass():
    """Written out, a sum over the middle axis is one fused pass; a reduction stays an operation of its own."""
    values = jnp.ones((500, 8, 32))

    def reductions(total) -> int:
        return len(re.findall(r" reduce\(", jax.jit(total).lower(values).compile().as_text()))

    assert reductions(lambda values: xla.unrolled_sum(jnp.unstack(2 * values, axis=1)) + 1) == 0
    assert reductions(lambda values: (2 * values).sum(axis=1) + 1), "reductions are unrolled now: drop unrolled_sum"


def test_sums_over_neighbours_are_still_computed_anew(monkeypatch):
    """Without `materialise`, more of the compiled passes gather neighbours."""
    region = jax.device_put(load_region("lattice", rows=4, columns=4).region)

    def passes() -> int:
        def used_three_times(region, values):
            around = sums.neighbour_mean(region, values)
            return around.max(axis=0), jnp.exp(around), around.sum(axis=1)

        compiled = jax.jit(used_three_times, compiler_options=xla.compiler_options("cpu"))
        text = compiled.lower(region, jnp.ones((16, 8, 16))).compile().as_text()
        return sum("gather(" in computation for computation in text.split("\n\n"))

    once = passes()
    monkeypatch.setattr(sums, "materialise", lambda values, _: values)
    assert passes() > once, "XLA keeps sums over neighbours now: drop materialise"


def test_compiler_options_are_for_cpu_alone():
    assert xla.compiler_options("cpu") == {"xla_backend_optimization_level": "1"}
    assert xla.compiler_options("gpu") is None
