"""How much is fought where: the nation as the law has it, places within their room and whatever their size."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contagion.kernel.controls import Controls
from contagion.kernel.initial import Model, init
from contagion.kernel.processes.conflict import conflict
from contagion.parameters.presets import load_params

_conflict = jax.jit(conflict)


def losses(state, constants, params, region):
    """Killed of each group, [place, group]."""
    nothing = Controls().ranked(state.shock.dtype)
    everywhere = state.members.sum(axis=0)
    killed = _conflict(state, everywhere, jnp.ones_like(everywhere), constants, nothing, params, region)[1]
    return np.asarray(killed)[..., 0]


@pytest.fixture
def start(region, params):
    carry, constants = init(Model(region, params, ()), 1)
    return carry.state, constants


@pytest.mark.parametrize("conflict", [1e-8, 1e-7])
def test_the_nation_starts_with_the_conflict_of_the_law(region, conflict):
    """A hundredth of all homicides, and nearly half of them."""
    params, groups = load_params(conflict=conflict), region.members.sum(axis=1)
    carry, constants = init(Model(region, params, ()), 1)
    law = conflict * groups @ region.hostility @ groups
    assert losses(carry.state, constants, params, region).sum() == pytest.approx(law, rel=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_no_place_ever_fights_beyond_its_room(region, params, start, seed):
    """Whoever comes there: losses per member stay below those recorded at the start, by members in the country."""
    state, constants = start
    recorded, here = np.asarray(region.homicides), region.members.sum(axis=0)
    usual = here[here > 0].mean()
    generator = np.random.default_rng(seed)
    anyone = 1000 * generator.gamma(0.3, 1, state.members.shape) * (generator.random(state.members.shape) < 0.7)
    changed = replace(state, members=jnp.asarray(anyone, jnp.float32))
    most = recorded / np.where(here > 0, here, usual) * anyone.sum() / here.sum()
    assert np.all(losses(changed, constants, params, region).sum(axis=1) <= most * anyone.sum(axis=(1, 2)))


def test_losses_per_member_do_not_know_the_size_of_the_place(region, params, start):
    """A cell that grows tenfold with its rivals loses as large a share as before."""
    state, constants = start
    place = int(np.argmax((region.members > 0).sum(axis=0)))
    before = losses(state, constants, params, region)[place] / state.members[place, :, 0]
    grown = replace(state, members=state.members.at[place].multiply(10))
    after = losses(grown, constants, params, region)[place] / grown.members[place, :, 0]
    country = float(grown.members.sum() / state.members.sum())
    held = region.members[:, place] > 0
    np.testing.assert_allclose(after[held] / before[held] / country, 1, atol=0.25)


def test_a_place_apart_meets_rivals_of_the_country(region, params, start):
    """Of one group alone, a place loses members if some of the rivals faced are of anywhere, else none."""
    state, constants = start
    place = int(np.flatnonzero((region.members > 0).sum(axis=0) == 1)[0])
    assert losses(state, constants, params, region)[place].sum() > 0
    assert losses(state, constants, replace(params, mixing=jnp.float32(0)), region)[place].sum() == 0
