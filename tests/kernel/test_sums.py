"""Sums over many groups, which are not written out, are those over few."""

import jax.numpy as jnp
import numpy as np
import pytest

from contagion.kernel.numerics import hazards, sums
from contagion.kernel.processes import conflict

GROUPS = 7
GENERATOR = np.random.default_rng(0)
VALUES = jnp.asarray(GENERATOR.gamma(0.3, 1, (5, GROUPS, 3)), jnp.float32)
UNIFORM = jnp.asarray(GENERATOR.random((5, 3)), jnp.float32)
HOSTILITY = jnp.asarray(GENERATOR.random((GROUPS, GROUPS, 3)), jnp.float32)


@pytest.mark.parametrize(
    "total",
    [
        lambda: sums.over_groups(VALUES),
        lambda: sums.over_groups(VALUES, HOSTILITY[0]),
        lambda: sums.over_groups(VALUES, 0.5),
        lambda: sums.over_other_groups(VALUES),
        lambda: conflict.pressure(HOSTILITY, VALUES),
        lambda: hazards.first_event(VALUES, UNIFORM),
    ],
)
def test_sums_over_many_groups_are_those_over_few(total, monkeypatch):
    few = total()
    for module in (sums, conflict, hazards):
        monkeypatch.setattr(module, "UNROLLED", GROUPS - 1)
    assert few.sum() > 0
    np.testing.assert_allclose(total(), few, rtol=1e-5)
