"""Replicates: the same whatever is computed beside them, on however many devices."""

import os
import subprocess
import sys
import weakref
from dataclasses import replace

import jax
import numpy as np
import pytest
from conftest import FIGHTING

from contagion.interventions.registry import load_intervention
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model
from contagion.parameters.presets import load_params
from contagion.parameters.priors import draw

pytestmark = pytest.mark.as_released

PERIODS = [(0, 4), (4, 9), (9, 13)]


# What is counted is the same to the bit. Sums and products may be rounded otherwise in vectors of another length.
COUNTED = ("homicides", "entries", "splits", "blocked_splits", "parent", "occupied", "present", "places_of_group")


def everything(model, replicates, **options):
    """All that is recorded, by name: [period, ..., replicate]."""
    periods = list(ensemble(model, PERIODS, replicates, 3, concatenate=np.concatenate, **options))
    recorded = [(part, name, value) for part, record in enumerate(periods[0]) for name, value in vars(record).items()]
    names = [(part, name) for part, name, value in recorded if value is not None]  # of runs without an anchor
    return {name: np.stack([getattr(period[part], name) for period in periods]) for part, name in names}


def assert_same(one, other):
    for name, values in one.items():
        if name in COUNTED:
            assert np.array_equal(values, other[name]), name
        else:
            np.testing.assert_allclose(values, other[name], rtol=1e-5, atol=1e-6 * np.max(np.abs(values)))


def unrest(region):
    """Groups split, move and open elsewhere under several interventions at once."""
    interventions = (
        load_intervention("kingpin", start=2, every=3),
        load_intervention("reactive_surge", start=3, places=5),
        load_intervention("concentric_handover", start=1, dwell_weeks=1, overlap_weeks=1),
    )
    return Model(region, load_params(**FIGHTING, split_hazard=0.05, relocation=0.1, entry=0.01), interventions)


@pytest.fixture(scope="module")
def model(region):
    return unrest(region)


@pytest.fixture(scope="module")
def sampled(model):
    """Two parameters differ between replicates."""
    prior = {"retaliation": {"uniform": [0.0, 0.6]}, "capture_shock": {"uniform": [0.0, 0.6]}}
    return replace(model, params=draw(prior, model.params, 10, 0))


@pytest.fixture(scope="module")
def whole(sampled):
    """In one chunk."""
    return everything(sampled, 10)


@pytest.mark.parametrize("chunk_size", [1, 64])
def test_chunk_size_does_not_change_results(sampled, whole, chunk_size):
    """Last chunk padded or not."""
    assert_same(everything(sampled, 10, chunk_size=chunk_size), whole)


def test_groups_split_and_move(model, whole):
    """Or the other tests here would show less than they say."""
    for recorded in (everything(model, 10), whole):
        assert all(recorded[name].sum() > 0 for name in ("splits", "relocated", "entries"))


def test_a_period_is_let_go(sampled):
    """Nothing that was yielded is alive while the next period is computed, unless the caller keeps it."""
    periods = ensemble(sampled, PERIODS, 10, 3, chunk_size=4)
    kept = [weakref.ref(leaf) for leaf in jax.tree.leaves(next(periods))]
    assert kept
    assert not any(leaf() is not None for leaf in kept)


def test_sampled_parameters_stay_with_their_replicate(sampled, whole):
    one = jax.tree.map(lambda leaf: leaf[6] if leaf.ndim else leaf, sampled.params)
    alone = everything(replace(sampled, params=one), 10)
    assert_same(*({name: values[..., 6] for name, values in run.items()} for run in (alone, whole)))


def test_seeds_differ(sampled):
    first, other = (next(ensemble(sampled, PERIODS, 2, seed))[0].homicides for seed in (0, 1))
    assert not np.array_equal(first, other)


ON_DEVICES = """
import sys, numpy as np, jax
from conftest import make_region
from test_ensemble import everything, unrest
from contagion.kernel.rollouts import compiled_rollout
np.savez(sys.argv[1], **everything(unrest(make_region()), 10))
assert compiled_rollout("cpu")._cache_size() == 1, compiled_rollout("cpu")._cache_size()
print(len(jax.devices()))
"""


def test_devices_do_not_change_results(model, tmp_path):
    """One and four devices record the same, with one compilation each."""
    flags = {
        "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "JAXTYPING_DISABLE": "1",  # types are checked here
    }
    path = tmp_path / "devices.npz"
    run = subprocess.run(
        [sys.executable, "-c", ON_DEVICES, path], env=os.environ | flags, capture_output=True, text=True, check=True
    )
    assert int(run.stdout) == 4
    assert_same(dict(np.load(path)), everything(model, 10))
