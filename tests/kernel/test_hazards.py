"""One uniform decides whether anything happens, and to which group."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare

from contagion.kernel.numerics.hazards import first_event

HAZARD = np.array([0.3, 0.1, 0.0, 0.6])
DRAWS = 200_000


def test_probabilities():
    """No event with probability exp(-sum h), else group g with probability h_g / sum h; never two at once."""
    uniform = np.random.default_rng(7).random(DRAWS, dtype=np.float32)
    happens = np.asarray(first_event(jnp.broadcast_to(jnp.float32(HAZARD)[:, None], (4, DRAWS)), jnp.asarray(uniform)))
    assert set(np.unique(happens)) == {0, 1}
    assert set(happens.sum(axis=0)) == {0, 1}
    total = HAZARD.sum()
    expected = np.append(HAZARD / total * -np.expm1(-total), np.exp(-total))
    counted = np.append(happens.sum(axis=1), (happens.sum(axis=0) == 0).sum())
    assert counted[2] == 0
    assert chisquare(np.delete(counted, 2), DRAWS * np.delete(expected, 2)).pvalue > 1e-3


def test_places_draw_on_their_own():
    """Hazard [place, group, replicate], uniform [place, replicate]."""
    hazard = jnp.array([[[9.0], [0.0]], [[0.0], [0.5]]])
    assert first_event(hazard, jnp.array([[0.5], [0.5]]))[..., 0].tolist() == [[1, 0], [0, 0]]
    assert first_event(hazard, jnp.array([[0.9999], [0.39]]))[..., 0].tolist() == [[0, 0], [0, 1]]  # 1 - exp(-0.5)
    assert not first_event(0 * hazard, jnp.array([[0.0], [0.5]])).any()


def test_slots_are_alike():
    """Which slot a group has does not change its chance, however large the hazards."""
    uniform = jnp.asarray(np.random.default_rng(8).random(DRAWS, dtype=np.float32))
    shares = first_event(jnp.full((5, DRAWS), 0.4), uniform).mean(axis=1)
    np.testing.assert_allclose(shares, -np.expm1(-2.0) / 5, atol=4e-3)


@pytest.mark.parametrize("groups", [1, 8, 9, 37, 64, 100])
def test_one_of_many_groups_however_near_the_border_between_two(groups):
    """Uniforms a few last digits around every border: never nobody, never two, and in the order of slots."""
    hazard = np.random.default_rng(groups).gamma(1, 1, (groups, 1)).astype(np.float32)
    borders = np.cumsum(hazard[:-1], dtype=float) / hazard.sum() * -np.expm1(-hazard.sum())
    digits = np.arange(-40, 41) * np.finfo(np.float32).epsneg
    uniform = np.sort(np.append(0.0, borders[:, None] + digits).clip(0)).astype(np.float32)
    happens = np.asarray(jax.jit(first_event)(np.broadcast_to(hazard, (groups, len(uniform))), uniform))
    assert (happens.sum(axis=0) == 1).all()
    assert (happens.any(axis=1)).all()
    assert (np.diff(happens.argmax(axis=0)) >= 0).all()


def test_expectation():
    """Without a uniform each group has its own probability."""
    np.testing.assert_allclose(first_event(jnp.float32(HAZARD)[:, None], None)[:, 0], 1 - np.exp(-HAZARD), rtol=1e-6)
