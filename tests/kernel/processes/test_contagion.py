"""What follows from earlier homicides: where, how many, and whatever shocks there are."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import contagion
from contagion.kernel.initial import Model, init
from contagion.kernel.numerics.random import replicate_keys
from contagion.kernel.numerics.sums import exchanged
from contagion.kernel.processes.intensity import contagion as following
from contagion.kernel.rollouts import compiled_rollout
from contagion.parameters.presets import load_params


@pytest.mark.parametrize("seed", range(3))
def test_each_homicide_leads_to_the_branching_ratio(region, params, seed):
    """Wherever it happens: in a hamlet beside a city as in the city."""
    homicides = jnp.asarray(np.random.default_rng(seed).exponential(1, (len(region.population), 3)), jnp.float32)
    ratio = params.retaliation + params.spillover
    total = following(homicides, params, region).sum(axis=0)
    np.testing.assert_allclose(total, ratio * homicides.sum(axis=0), rtol=1e-5)


def test_equal_rates_leave_each_other_as_they_are(region):
    residents = jnp.asarray(region.population)[:, None]
    np.testing.assert_allclose(exchanged(region, residents), residents, rtol=1e-5)


@pytest.mark.parametrize("weights", ["queen", "distance"])
def test_places_start_at_their_record_above_their_floor(weights):
    """All but one in fifty; a spillover of counts puts more than one in twenty above twice their record."""
    atlas = contagion.load_region("schematic", weights=weights)
    region, params = atlas.region, load_params()
    _, constants = init(Model(region, params, ()), 1)
    endemic, floor = np.asarray(constants.endemic)[:, 0] * region.population, params.endemic_floor * region.homicides
    assert np.mean(endemic < 1.01 * floor) < 0.02
    first = contagion.simulate(atlas, weeks=1, replicates=1, deterministic=True, record="week")
    assert not np.any(first.homicides.sel(statistic="mean").to_numpy().ravel() > 2 * region.homicides)


def test_shocks_act_on_the_level_alone(region):
    """Without a level all is feedback, which is the same however large the shocks: no shock brings it above 1."""
    quiet, keys = replace(region, members=0 * region.members), replicate_keys(0, jnp.arange(8))
    runs = []
    for noise in (0.0, 2.0):
        model = Model(quiet, load_params(national_noise=noise, state_noise=noise), ())
        carry, constants = init(model, 8, keys)
        constants = replace(constants, endemic=0 * constants.endemic)
        runs.append(np.asarray(compiled_rollout("cpu")(model, carry, constants, keys, 0, 20)[1].homicides))
    assert runs[0].sum() > 100
    assert np.array_equal(*runs)
