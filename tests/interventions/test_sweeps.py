"""Sweeps of the middle layer: what goes cold, repetition, and groups in turn."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import play

from contagion.errors import InputError
from contagion.interventions.registry import load_intervention

SWEEP = dict(start=1, intelligence_weeks=3, coverage=0.9, leak=0.0)


@pytest.fixture
def ordered(view):
    """Most killings by the third group, then the first, the second, the fourth."""
    return replace(view, attributed=jnp.array([[5.0], [2.0], [9.0], [1.0]]))


def swept(controls):
    """Share of operators arrested, [week, group]."""
    return np.stack([np.broadcast_to(control.sweep, (4, 1))[:, 0] for control in controls])


@pytest.mark.parametrize("cold", [0.0, 0.5, 1.0])
def test_intelligence_goes_cold_as_the_layer_is_renewed(region, ordered, cold):
    """Each group by what is new in it in the three weeks of watching; with `cold` at 0 nothing is lost."""
    renewed = np.array([0.1, 0.0, 0.3, 1.0])
    seen = replace(ordered, renewed=jnp.asarray(renewed, jnp.float32)[:, None])
    sweep = load_intervention("middle_layer", **SWEEP, breadth=4, cold=cold)
    found = swept(play(sweep, region, [seen] * 6))
    np.testing.assert_allclose(found[4], 0.9 * (1 - cold * renewed) ** 3, rtol=1e-5)
    assert not np.delete(found, 4, axis=0).any()


def test_a_sweep_is_repeated_on_groups_chosen_anew(region, ordered):
    """What was lost in the first round is learnt again in the second."""
    other = replace(ordered, attributed=jnp.array([[1.0], [9.0], [2.0], [0.0]]), renewed=0.2 + 0 * ordered.renewed)
    sweep = load_intervention("middle_layer", **SWEEP, breadth=1, every=5, cold=1.0)
    found = swept(play(sweep, region, [ordered] * 5 + [other] * 8))
    expected = np.zeros((13, 4))
    expected[4, 2] = 0.9
    expected[9, 1] = 0.9 * 0.8**3
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_groups_are_swept_in_turn(region, ordered):
    """Two at a time of the first three: the first two, the third and the first, the second and the third."""
    sweep = load_intervention("leadership_and_middle", **SWEEP, breadth=3, together=2, every=4, severity=0.7)
    controls = play(sweep, region, [ordered] * 14)
    weeks = {week: np.flatnonzero(row).tolist() for week, row in enumerate(swept(controls)) if row.any()}
    assert weeks == {4: [0, 2], 8: [1, 2], 12: [0, 1]}
    removed = np.stack([np.broadcast_to(control.removal, (4, 1))[:, 0] for control in controls])
    np.testing.assert_allclose(removed[4], [0.7, 0, 0.7, 0], rtol=1e-6)


def test_a_sweep_cannot_begin_again_before_its_strike():
    with pytest.raises(InputError, match="every=3: must be more than intelligence_weeks=3"):
        load_intervention("middle_layer", **SWEEP, every=3)
