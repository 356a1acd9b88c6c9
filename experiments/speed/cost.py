"""What a step costs against what its data alone would cost: traffic, arithmetic, passes over the group layers."""

import json
import os
import subprocess
import sys
from itertools import count

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from contagion.kernel.ensembles import CHUNK_SIZE
from contagion.kernel.initial import Model, init
from contagion.kernel.numerics.random import replicate_keys
from contagion.kernel.processes.relocation import EVERY
from contagion.kernel.rollouts import compiled_rollout
from experiments.speed import problem
from experiments.speed.timing import interleaved, seconds

# Each pass reads and writes members or operators or both, and ends where a sum over places or groups has to be known.
# process, layers read, layers written, why it cannot be one with the pass before
PASSES = (
    ("fragmentation", 2, 2, "needs the members and operators of each group everywhere"),
    ("recruitment, weights of arrest", 2, 1, "the splinter needs the sum over groups of those who go"),
    ("incapacitation", 1, 1, "needs the sum of weights over places and groups"),
    ("conflict", 1, 1, "needs the sum over groups of those who face a group"),
    ("clashes", 1, 1, "need the survivors and operators of all groups in the place"),
    ("saturation, operators", 2, 2, "needs the members of each group everywhere"),
)
# The same in the weeks in which groups move, every fourth.
MOVES = (
    ("relocation: who leaves", 1, 2, "needs the sum over groups of those against a group"),
    ("relocation: choices", 1, 1, "needs the scores of neighbours"),
    ("relocation: who arrives", 4, 2, "needs those who leave neighbours"),
    ("entry: near", 1, 1, "needs the presence of neighbours"),
    ("entry: who opens", 1, 1, "needs the sum of hazards over groups"),
    ("entry: who goes", 4, 2, "needs what opens in neighbouring places"),
)
H100_BANDWIDTH, H100_FLOPS = 3.35e12, 60e12  # bytes and float32 operations per second, as specified
MEMORY = """
import json, re, resource, sys, contagion
from pathlib import Path
from contagion.simulation import configure
configure("cpu", "float32")
contagion.simulate(contagion.load_region({region}), {{"baseline": ()}}, replicates={replicates}, weeks={weeks})
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
if (status := Path("/proc/self/status")).exists():  # there the number above holds what the starting process held, too
    peak = int(re.search("VmHWM:\\s+(\\d+)", status.read_text())[1]) * 1024
print(json.dumps(peak))
"""


def layer_passes() -> float:
    """Readings and writings of one layer per week."""
    weekly, moving = (sum(read + written for _, read, written, _ in part) for part in (PASSES, MOVES))
    return weekly + moving / EVERY


def traffic(model: Model) -> float:
    """Bytes per replicate, place and step if the state is read and written and the constants read, once."""
    carry, constants = jax.eval_shape(lambda model: init(model, 1), model)

    def size(leaf: jax.ShapeDtypeStruct) -> int:
        return leaf.size * leaf.dtype.itemsize

    state = sum(size(leaf) for leaf in jax.tree.leaves(carry.state))
    fixed = sum(size(leaf) for leaf in jax.tree.leaves(constants))
    return (2 * state + fixed) / len(model.region.population)


def peak_memory(sizes: problem.Sizes) -> float:
    """GiB that a process has held at most which simulates the baseline."""
    region = "'lattice', rows=6, columns=6, groups=4" if sizes.small else "'schematic'"
    code = MEMORY.format(region=region, replicates=sizes.memory[0], weeks=sizes.memory[1])
    run = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1]) / 2**30


def table(sizes: problem.Sizes) -> pd.DataFrame:
    """Quantities with their units, one a row."""
    region = problem.atlas(sizes).region
    model, chunk_size = problem.model(region), min(CHUNK_SIZE, max(sizes.replicates))
    groups, places = region.members.shape
    keys = replicate_keys(0, jnp.arange(chunk_size))
    carry, constants = init(model, chunk_size, keys)
    layers = [jnp.ones((places, groups, chunk_size)), jnp.ones((places, groups, chunk_size))]
    compiled = compiled_rollout(jax.default_backend()).lower(model, carry, constants, keys, 0, EVERY).compile()
    counted = compiled.cost_analysis()  # of one week in which groups move: it counts the body of a loop once
    assert counted is not None
    copy = jax.jit(lambda layers: [layer + 1 for layer in layers], donate_argnums=0)

    weeks = count(0, EVERY)

    def week() -> object:
        nonlocal carry
        first = next(weeks)
        carry, *flows = compiled(model, carry, constants, keys, first, first + EVERY)
        return flows

    def copied() -> object:
        nonlocal layers
        for _ in range(EVERY):
            layers = copy(layers)
        return layers

    for run in (week, copied):
        seconds(run)
    taken = interleaved([lambda: seconds(week), lambda: seconds(copied)], max(sizes.repetitions, 2))
    units = EVERY * chunk_size * places
    step_ns, copy_ns = np.median(taken, axis=1) / units * 1e9
    accessed, operations = (counted[name] * EVERY / units for name in ("bytes accessed", "flops"))
    compulsory = traffic(model)
    floor_ns = layer_passes() / 4 * copy_ns  # a copy of both layers reads two and writes two
    rows = [
        ("full step", step_ns, "ns per replicate, place and step"),
        ("copy pass over both group layers", copy_ns, "ns per replicate and place"),
        ("bandwidth of the copy", 16 * groups / copy_ns, "GB/s"),
        ("full step in copy passes", step_ns / copy_ns, "1"),
        ("passes that sums over places and groups require", layer_passes() / 4, "copy passes per step"),
        ("full step over these passes", step_ns / floor_ns, "1"),
        ("compulsory traffic: state read and written, constants read", compulsory, "bytes per replicate, place, step"),
        ("time of the compulsory traffic at the copy's bandwidth", compulsory / (16 * groups) * copy_ns, "ns"),
        ("bytes accessed, by the compiler, a week with moves", accessed, "bytes per replicate, place, step"),
        ("operations, by the compiler, a week with moves", operations, "flop per replicate, place, step"),
        ("estimate, one H100: compulsory traffic", compulsory / H100_BANDWIDTH * 1e9, "ns"),
        ("estimate, one H100: required passes", layer_passes() * 4 * groups / H100_BANDWIDTH * 1e9, "ns"),
        ("estimate, one H100: bytes accessed", accessed / H100_BANDWIDTH * 1e9, "ns"),
        ("estimate, one H100: operations", operations / H100_FLOPS * 1e9, "ns"),
        (f"peak memory, {sizes.memory[0]} replicates x {sizes.memory[1]} weeks", peak_memory(sizes), "GiB"),
    ]
    return pd.DataFrame(rows, columns=["quantity", "value", "unit"])
