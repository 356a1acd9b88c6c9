"""The contract of the kernel: stopped, stored, and continued in another process to the bit; and derivatives."""

import os
import subprocess
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from conftest import FIGHTING, make_region

from contagion.interventions.registry import load_intervention
from contagion.kernel import Model, init, replicate_keys
from contagion.kernel.rollouts import compiled_rollout, rollout
from contagion.parameters.presets import load_params

REPLICATES, STOP, END = 8, 5, 11


def run(first: int, last: int, stored: list | None = None) -> tuple[list, list]:
    """Leaves of the carry after the weeks `first` to `last` - 1, and of their flows and stocks."""
    interventions = (load_intervention("kingpin", start=2, every=3), load_intervention("reactive_surge", start=3))
    model = Model(make_region(), load_params(**FIGHTING), interventions)
    keys = replicate_keys(0, jnp.arange(REPLICATES))
    carry, constants = init(model, REPLICATES, keys)
    if stored is not None:
        carry = jax.tree.unflatten(jax.tree.structure(carry), stored)
    carry, flows, stocks = compiled_rollout("cpu")(model, carry, constants, keys, first, last)
    return jax.tree.leaves(carry), jax.tree.leaves((flows, stocks))


CONTINUED = """
import sys, numpy as np
from test_rollouts import END, STOP, run
with np.load(sys.argv[1]) as stored:
    carry = [stored[name] for name in stored]
np.savez(sys.argv[2], *run(STOP, END, carry)[0])
"""


def test_a_run_continues_in_another_process_to_the_bit(tmp_path):
    carry, _ = run(0, STOP)
    np.savez(tmp_path / "carry.npz", *carry)
    command = [sys.executable, "-c", CONTINUED, str(tmp_path / "carry.npz"), str(tmp_path / "end.npz")]
    flags = {"PYTHONPATH": os.pathsep.join(sys.path), "JAXTYPING_DISABLE": "1"}  # types are checked here
    subprocess.run(command, check=True, env=os.environ | flags)
    whole, _ = run(0, END)
    with np.load(tmp_path / "end.npz") as end:
        assert len(end.files) == len(whole)
        for name, expected in zip(end.files, whole, strict=True):
            np.testing.assert_array_equal(end[name], expected)


def test_flows_of_parts_add_up(region):
    """What is counted in two parts is what is counted in one."""
    carry, (early, *_) = run(0, STOP)
    _, (late, *_) = run(STOP, END, carry)
    _, (whole, *_) = run(0, END)
    np.testing.assert_array_equal(np.asarray(early) + np.asarray(late), whole)  # homicides, whole numbers


def test_deterministic_mode_has_derivatives(region, params):
    """Reverse-mode derivative of total homicides with respect to a parameter equals a finite difference."""
    with jax.enable_x64(True):
        region = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64 if leaf.dtype.kind == "f" else None), region)
        params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), params)
        kingpin = load_intervention("kingpin", start=2, every=3)

        def total(capture_shock):
            changed = replace(params, capture_shock=capture_shock)
            model = Model(region, changed, (kingpin,))
            carry, constants = init(model, 1)
            _, flows, _ = rollout(model, carry, constants, None, 0, 12)
            return flows.homicides.sum()

        value_and_slope = jax.jit(jax.value_and_grad(total))
        at, step = 0.4, 1e-5
        slope = value_and_slope(at)[1]
        above, below = (value_and_slope(at + change)[0] for change in (step, -step))
        difference = (above - below) / (2 * step)
        assert slope > 0
        np.testing.assert_allclose(slope, difference, rtol=1e-5)
