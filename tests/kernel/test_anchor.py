"""Anchored runs: homicides are counted around levels from outside; the mechanism adds ratios between strategies."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import REPLICATES, early

from contagion.interventions.registry import intervention_names, load_intervention
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model
from contagion.kernel.processes.anchor import Anchor, anchored
from contagion.kernel.region import Constants

pytestmark = pytest.mark.to_the_bit

BOUNDS = [(0, 4), (4, 9), (9, 13), (13, 40)]
WEEKS = 27  # of the longest period
SIZE = 2.0  # of the negative binomial


@pytest.fixture(scope="module")
def levels(region):
    shape = (len(BOUNDS), len(region.population), REPLICATES)
    return np.random.default_rng(0).gamma(2, 0.2, shape).astype(np.float32)


def run(region, params, levels, interventions=(), paths=None, **options):
    unknown = np.zeros((WEEKS, *levels.shape[1:]), np.float32)
    anchors = [
        Anchor(
            level=levels[[period]],
            part=np.zeros(WEEKS, np.int32),
            dispersion=np.full((levels.shape[1], 1), 1 / SIZE, np.float32),
            reference=unknown if paths is None else paths[period],
            is_reference=np.asarray(paths is None),
        )
        for period in range(len(BOUNDS))
    ]
    model = Model(region, params, interventions)
    return list(ensemble(model, BOUNDS, levels.shape[-1], 0, concatenate=np.concatenate, anchors=anchors, **options))


@pytest.fixture(scope="module")
def reference(region, params, levels):
    return run(region, params, levels)


@pytest.fixture(scope="module")
def paths(reference):
    return [stocks.expected for _, stocks in reference]


def assert_same(one, other, until):
    """Flows and stocks of the first periods agree to the bit, and those of the next do not."""
    for period, (usual, changed) in enumerate(zip(one, other, strict=True)):
        pairs = zip(jax.tree.leaves(usual), jax.tree.leaves(changed), strict=True)
        same = all(np.array_equal(a, b) for a, b in pairs)
        assert same == (period < until), period
        if not same:
            return


def test_the_reference_equals_itself_to_the_bit(region, params, levels, reference, paths):
    assert_same(reference, run(region, params, levels, (), paths), len(BOUNDS))


def test_every_option_equals_the_reference_until_it_acts(region, params, levels, reference, paths):
    everything = tuple(load_intervention(name, **early(name) | {"start": 9}) for name in intervention_names())
    assert_same(reference, run(region, params, levels, everything, paths), 2)


def test_expectations_of_the_reference_are_the_levels(region, params, levels):
    deterministic = run(region, params, levels, deterministic=True)
    for (flows, _), level, (first, last) in zip(deterministic, levels, BOUNDS, strict=True):
        np.testing.assert_allclose(flows.homicides, level * (last - first), rtol=1e-5)


def test_counts_spread_as_the_anchor_says(region, params, levels):
    """Squared deviations in units of the variance of sums of weekly negative binomials, over places and replicates."""
    level = 5 * levels
    squares = []
    for (flows, _), mean, (first, last) in zip(run(region, params, level), level, BOUNDS, strict=True):
        variance = (last - first) * (mean + mean**2 / SIZE)
        squares.append((flows.homicides - mean * (last - first)) ** 2 / variance)
    assert np.mean(squares) == pytest.approx(1, abs=0.12)


def test_a_strategy_multiplies_by_what_the_mechanism_expects(region, params, levels, reference, paths):
    """Without fighting, homicides are the level times what the mechanism expects over what it did with it."""
    peaceful = replace(params, conflict=jnp.asarray(0.0))
    usual = run(region, params, levels, deterministic=True)
    expected = [stocks.expected for _, stocks in usual]
    changed = run(region, peaceful, levels, (), expected, deterministic=True)
    for (before, _), (after, stocks), path, (first, last) in zip(usual, changed, expected, BOUNDS, strict=True):
        length = last - first
        ratio = stocks.expected[:length] / path[:length]
        level = before.homicides / length
        np.testing.assert_allclose(after.homicides, (level * ratio.sum(axis=0)), rtol=1e-4)
        assert abs(ratio - 1).max() > 0.005
        assert after.conflict_homicides.sum() == 0
    assert not np.allclose(np.asarray(reference[0][0].homicides), 0)


def test_an_anchor_in_one_piece():
    """level (reference / start)^weight expected / reference, and the level where nothing is expected."""
    start = jnp.array([[1.0], [2.0], [0.0]])
    constants = Constants(start, start, jnp.ones(1), endemic=start, deterrence=start, controlled=start, expected=start)
    reference, expected = jnp.array([[2.0], [2.0], [0.0]]), jnp.array([[3.0], [2.0], [0.0]])
    given = dict(
        level=jnp.array([[[5.0], [7.0], [0.5]]]),
        part=jnp.array([0, 0]),
        dispersion=jnp.zeros((3, 1)),
        reference=jnp.stack([jnp.zeros((3, 1)), reference]),
    )

    def mean(weight, own):
        anchor = Anchor(**given, is_reference=jnp.asarray(own), weight=weight)
        return anchored(expected, anchor.of_week(1), constants)[:, 0].tolist()

    assert mean(0.0, False) == [7.5, 7.0, 0.5]
    assert mean(0.0, True) == [5.0, 7.0, 0.5]
    assert mean(1.0, False) == [15.0, 7.0, 0.5]
    assert mean(0.5, True) == pytest.approx([5 * 3**0.5, 7.0, 0.5])


def test_what_follows_from_a_homicide_is_expected_by_the_mechanism(region, params, levels, paths):
    """Counts around another level change next to nothing of it: by the residents whom conflict displaces."""
    other = run(region, params, 3 * levels)
    for (_, stocks), path in zip(other, paths, strict=True):
        np.testing.assert_allclose(stocks.expected, path, rtol=1e-2)
