"""Replicates: the same whatever is computed beside them, on however many devices; and derivatives."""

import os
import subprocess
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contagion.config import load_intervention
from contagion.ensemble import Model, begin, ensemble, weeks
from contagion.priors import draw

PERIODS = [(0, 4), (4, 9), (9, 13)]


def homicides(model, replicates, **options):
    return np.concatenate(
        [np.asarray(flows.homicides) for flows, _ in ensemble(model, PERIODS, replicates, 3, **options)]
    )


@pytest.fixture(scope="module")
def model(region, params):
    interventions = (
        load_intervention("kingpin", start=2, every=3),
        load_intervention("reactive_surge", start=3, places=5),
        load_intervention("concentric_handover", start=1, dwell_weeks=1, overlap_weeks=1),
    )
    return Model(region, params, interventions)


@pytest.mark.parametrize("lanes", [1, 4, 64])
def test_chunk_size_does_not_change_results(model, lanes):
    """Bit for bit, last chunk padded or not."""
    assert np.array_equal(homicides(model, 10, lanes=lanes), homicides(model, 10, lanes=10))


def test_sampled_parameters_stay_with_their_replicate(model):
    prior = {"retaliation": {"uniform": [0.0, 0.6]}, "capture_shock": {"uniform": [0.0, 0.6]}}
    sampled = replace(model, params=draw(prior, model.params, 10, 0))
    whole = homicides(sampled, 10)
    assert np.array_equal(homicides(sampled, 10, lanes=4), whole)
    one = jax.tree.map(lambda leaf: leaf[6] if leaf.ndim else leaf, sampled.params)
    assert np.array_equal(homicides(replace(model, params=one), 10)[..., 6], whole[..., 6])


def test_seeds_differ(model):
    first, other = (next(ensemble(model, PERIODS, 2, seed))[0].homicides for seed in (0, 1))
    assert not np.array_equal(first, other)


ON_DEVICES = """
import numpy as np, jax
from conftest import FIGHTING, make_region
from contagion.config import load_intervention, load_params
from contagion.ensemble import Model, advance, ensemble
interventions = (load_intervention("kingpin", start=2, every=3), load_intervention("concentric_handover", start=1))
model = Model(make_region(), load_params(**FIGHTING), interventions)
periods = list(ensemble(model, [(0, 4), (4, 9), (9, 14)], 6, 0))
assert advance._cache_size() == 1, advance._cache_size()
print(len(jax.devices()), np.concatenate([np.asarray(flows.homicides).ravel() for flows, _ in periods]).tobytes().hex())
"""


def test_devices_do_not_change_results():
    """One and three devices give the same counts, with one compilation each."""
    outputs = []
    for devices in (1, 3):
        flags = {
            "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        run = subprocess.run(
            [sys.executable, "-c", ON_DEVICES], env=os.environ | flags, capture_output=True, text=True, check=True
        )
        count, digest = run.stdout.split()
        assert int(count) == devices
        outputs.append(digest)
    assert outputs[0] == outputs[1]


def test_deterministic_mode_has_derivatives(region, params):
    """Reverse-mode derivative of total homicides with respect to a parameter equals a finite difference."""
    with jax.enable_x64(True):
        region = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64 if leaf.dtype.kind == "f" else None), region)
        params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), params)
        kingpin = load_intervention("kingpin", start=2, every=3)

        def total(capture_shock):
            changed = replace(params, capture_shock=capture_shock)
            model = Model(region, changed, (kingpin,))
            carry, background = begin(model, 1)
            _, flows, _ = weeks(model, carry, background, None, 0, 12)
            return flows.homicides.sum()

        value_and_slope = jax.jit(jax.value_and_grad(total))
        at, step = 0.4, 1e-5
        slope = value_and_slope(at)[1]
        above, below = (value_and_slope(at + change)[0] for change in (step, -step))
        difference = (above - below) / (2 * step)
        assert slope > 0
        np.testing.assert_allclose(slope, difference, rtol=1e-5)
