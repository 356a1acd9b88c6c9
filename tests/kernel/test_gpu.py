"""The forms of a GPU, with kernels run as ordinary operations, compute what those of a CPU do."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import FIGHTING

from contagion import load_region
from contagion.kernel.initial import Model, init
from contagion.kernel.numerics.count_kernel import BLOCK, counts_in_one_kernel
from contagion.kernel.numerics.count_sampling import counts
from contagion.kernel.numerics.random import replicate_keys
from contagion.kernel.numerics.sums import exchanged, neighbour_mean
from contagion.kernel.numerics.tile_kernel import tiled
from contagion.kernel.region import WIDEST
from contagion.kernel.rollouts import compiled_rollout
from contagion.kernel.xla import compiling_for
from contagion.parameters.presets import load_params

REPLICATES = 16
MOVING = dict(split_hazard=0.02, split_hazard_headless=0.2, relocation=0.05, flight=0.1, entry=0.02)


@pytest.mark.parametrize("dispersion", [None, 0.0, 0.1, "of replicates"])
@pytest.mark.parametrize("mean", [0.02, 3.0, 60.0, 1e5])
def test_counts_of_one_kernel_are_those_of_three_stages(mean, dispersion):
    """To the bit: from a few terms to long loops, and where a number of counts fills no whole block."""
    generator = np.random.default_rng(0)
    means = jnp.asarray(generator.gamma(1, mean, (BLOCK + 1, 24)), jnp.float32)
    bits = jnp.asarray(generator.integers(0, 2**32, means.shape), jnp.uint32)
    if dispersion is not None:
        dispersion = jnp.asarray(np.linspace(0, 2, 24) if isinstance(dispersion, str) else dispersion, jnp.float32)
    expected = jax.jit(counts)(bits, means, dispersion)
    assert np.array_equal(counts_in_one_kernel(bits, means, dispersion, interpret=True), expected)


def test_tiles_keep_and_add_up_what_a_function_of_places_says():
    """Numbers, arrays of groups, of places and of both; a last block of places that is not full; nothing left out."""
    generator = np.random.default_rng(1)
    cells, layer, wide = (jnp.asarray(generator.random(shape), jnp.float32) for shape in ((7, 4, 16), (7, 16), (7,)))
    pairs, rate, number = (jnp.asarray(generator.random(shape), jnp.float32) for shape in ((4, 4, 16), (16,), ()))

    def function(places, others):
        cells, layer, wide, _ = places
        pairs, rate, number = others
        faced = (pairs * cells[:, None]).sum(axis=2)
        return dict(cells=faced * rate + number, layer=layer * wide[:, None]), (faced, layer), cells

    places, others = (cells, layer, wide, jnp.ones((7, 3))), (pairs, rate, number)
    with compiling_for("tile"):
        kept, added, ordered = tiled(function, places, others, 3, 8, dict(layer=layer), "test", interpret=True)
    expected = function(places, others)
    np.testing.assert_allclose(kept["cells"], expected[0]["cells"], rtol=1e-6)
    np.testing.assert_allclose(kept["layer"], expected[0]["layer"], rtol=1e-6)
    for found, values in zip((*added, ordered), (*expected[1], expected[2]), strict=True):
        np.testing.assert_allclose(found, values.sum(axis=0), rtol=1e-6)


def test_columns_alone_sum_what_columns_and_a_tail_do():
    region = load_region("schematic").region
    wide = region.widened()
    assert len(region.tail_place) > 0
    assert len(wide.tail_place) == 0
    assert region.neighbours.shape[1] < wide.neighbours.shape[1] <= WIDEST
    values = jnp.asarray(np.random.default_rng(2).random((len(region.population), 3)), jnp.float32)
    for total in (exchanged, neighbour_mean):
        np.testing.assert_allclose(total(wide, values), total(region, values), rtol=1e-5)
    assert wide.widened() is wide


@pytest.mark.slow
@pytest.mark.parametrize("groups", [4, 3], ids=["in tiles", "groups that fill no tile"])
def test_a_run_in_the_forms_of_a_gpu(groups):
    """Groups split, move and open, and places are no multiple of what a program takes."""
    region = load_region("lattice", rows=9, columns=8, groups=groups).region
    held = np.arange(groups) < groups - 1  # a slot is free
    region = replace(region, members=region.members * held[:, None])
    model = Model(region, load_params(**FIGHTING, **MOVING), ())
    keys, runs = replicate_keys(0, jnp.arange(REPLICATES)), []
    for platform, part in (("cpu", model), ("interpreted", replace(model, region=region.widened()))):
        carry, constants = init(part, REPLICATES, keys)
        runs.append(compiled_rollout(platform)(part, carry, constants, keys, 0, 9))
    _, flows, _ = runs[0]
    assert min(flows.splits.sum(), flows.entries.sum(), flows.relocated.sum()) > 0
    for expected, found in zip(*map(jax.tree.leaves, runs), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5 * max(float(np.abs(expected).max()), 1e-9))
