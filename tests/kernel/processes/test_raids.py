"""Where leaders are removed."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contagion.kernel.controls import Controls
from contagion.kernel.initial import Model, init
from contagion.kernel.numerics.random import replicate_keys
from contagion.kernel.processes.leadership import unsettled
from contagion.kernel.processes.raids import raids
from contagion.parameters.presets import load_params

MANY = 4096


@pytest.fixture(scope="module")
def state(region, params):
    return init(Model(region, params, ()), MANY)[0].state


def struck(region, state, keys=None, **controls):
    """Severity of the raid on the first group in each place, and where there is any."""
    raid = jnp.zeros_like(state.shock).at[0].set(0.8)
    return np.asarray(raids(state, Controls(raid=raid, **controls).ranked(raid.dtype), region, keys))


@pytest.fixture(scope="module")
def keys():
    return replicate_keys(0, jnp.arange(MANY), "hash")


def test_a_raid_happens_once_where_the_group_has_members(region, state, keys):
    """In one place of each replicate, as often as members live there, within three standard errors."""
    drawn = struck(region, state, keys)
    assert np.array_equal((drawn > 0).sum(axis=0), np.ones(MANY))
    np.testing.assert_allclose(drawn.max(axis=0), 0.8)
    share = region.members[0] / region.members[0].sum()
    error = np.sqrt(share * (1 - share) / MANY)
    assert np.all(abs((drawn > 0).mean(axis=1) - share) <= 3.5 * error)
    np.testing.assert_allclose(struck(region, state)[:, 0], 0.8 * share, rtol=1e-4)


def test_a_raid_keeps_to_its_ground(region, state, keys):
    """Among the members on it; where the group has none there, by residents."""
    with_members, without = (np.flatnonzero((region.members[0] > 0) == there)[:2] for there in (True, False))
    for places, weights in ((with_members, region.members[0]), (without, region.population)):
        ground = np.zeros((len(region.population), 1), np.float32)
        ground[places] = 1
        happened = (struck(region, state, keys, ground=jnp.asarray(ground)) > 0).mean(axis=1)
        share = np.where(ground[:, 0] > 0, weights, 0) / weights[places].sum()
        np.testing.assert_allclose(happened, share, atol=0.03)
        assert not happened[ground[:, 0] == 0].any()


def test_a_known_place_is_not_drawn(region, state, keys):
    known = jnp.zeros((len(region.population), 1)).at[3].set(0.5)
    assert np.array_equal(raids(state, Controls(site=known).ranked(known.dtype), region, keys), known)
    nowhere = Controls(raid=jnp.zeros_like(state.shock)).ranked(known.dtype)
    assert not np.asarray(raids(state, nowhere, region, keys)).any()


def test_a_raid_unsettles_its_place(region, state):
    """By site_shock times its severity; with site_shock at 0 no place is."""
    site = jnp.zeros_like(state.site).at[5].set(0.8)
    unsettle = jax.jit(unsettled)
    for size in (0.0, 0.5):
        controls = Controls(site=site).ranked(site.dtype)
        after = unsettle(state, controls, load_params(site_shock=size))
        expected = np.zeros_like(site)
        expected[5] = size * 0.8
        np.testing.assert_allclose(after.site, expected, rtol=1e-6)
    assert np.array_equal(replace(state, site=after.site).members, after.members)
