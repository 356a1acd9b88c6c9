"""Sums over many groups, which are not written out, are those over few."""

import jax.numpy as jnp
import numpy as np
import pytest

from contagion.kernel import xla
from contagion.kernel.numerics import hazards, sums
from contagion.kernel.processes import conflict

GROUPS = 7
GENERATOR = np.random.default_rng(0)
VALUES = GENERATOR.gamma(0.3, 1, (5, GROUPS, 3)).astype(np.float32)
UNIFORM = GENERATOR.random((5, 3)).astype(np.float32)
HOSTILITY = GENERATOR.random((GROUPS, GROUPS, 3)).astype(np.float32)


@pytest.mark.parametrize(
    "total",
    [
        sums.over_groups,
        lambda values: sums.over_groups(values, jnp.asarray(HOSTILITY[0])),
        lambda values: sums.over_groups(values, 0.5),
        sums.over_other_groups,
        lambda values: conflict.pressure(jnp.asarray(HOSTILITY), values),
        lambda values: hazards.first_event(values, jnp.asarray(UNIFORM)),
    ],
)
def test_sums_over_many_groups_are_those_over_few(total, monkeypatch):
    values = jnp.asarray(VALUES)
    few = total(values)
    monkeypatch.setattr(xla, "UNROLLED", GROUPS - 1)
    assert few.sum() > 0
    np.testing.assert_allclose(total(values), few, rtol=1e-5)
