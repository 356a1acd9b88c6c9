"""The benchmark runs, and its rivals compute the same model."""

import contextlib
import importlib.util
import sys
import time

import jax
import numpy as np
import pytest
from conftest import FIGHTING, make_region
from jax.experimental.compilation_cache import compilation_cache

import contagion
import experiments.speed
from contagion.kernel.initial import Model, init
from contagion.kernel.rollouts import compiled_rollout
from contagion.parameters.presets import load_params
from experiments.speed import __main__ as speed
from experiments.speed import counts_only, full_numpy, gpu, problem, scaling, startup
from experiments.speed.start import Start, start

pytestmark = pytest.mark.slow

# Rates at which groups split, move and open within a year.
MOVING = dict(split_hazard=0.004, split_hazard_headless=0.05, relocation=0.05, flight=0.1, entry=0.05)
WEEKS = 52
needs_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(make_region(), load_params(**FIGHTING, **MOVING, **problem.WITHOUT_SWEEPS), ())


@pytest.fixture(scope="module")
def beginning(model) -> Start:
    return start(model)


@pytest.fixture(scope="module")
def chunk_size(beginning) -> full_numpy.Lanes:
    """A year of NumPy without noise."""
    chunk_size = full_numpy.Lanes(beginning, 2, None)
    for week in range(WEEKS):
        chunk_size.week(week)
    return chunk_size


@pytest.fixture(scope="module")
def one_cache(tmp_path_factory):
    """Code is compiled once for all parts, here and in processes that are started."""
    settings = dict(
        jax_compilation_cache_dir=str(tmp_path_factory.mktemp("compiled")),
        jax_persistent_cache_min_compile_time_secs=0.1,
    )
    with pytest.MonkeyPatch.context() as environment, contextlib.ExitStack() as stack:
        for name, value in settings.items():
            environment.setenv(name.upper(), str(value))
            stack.callback(jax.config.update, name, jax.config.values[name])
            jax.config.update(name, value)
        compilation_cache.reset_cache()
        yield
    compilation_cache.reset_cache()


def test_numpy_without_noise_equals_the_library(model, chunk_size):
    carry, constants = init(model, 2)
    carry, flows, _ = compiled_rollout("cpu")(model, carry, constants, None, 0, WEEKS)
    for name, values in chunk_size.flows.items():
        np.testing.assert_allclose(values, getattr(flows, name), 1e-4, 1e-5, err_msg=name)
    for name in ("members", "operators"):
        expected = getattr(carry.state, name).transpose(1, 0, 2)
        np.testing.assert_allclose(getattr(chunk_size, name), expected, 1e-4, 1e-4, err_msg=name)
    for name in ("hostility", "shock", "integrity", "retaliation", "deterrence", "trust", "displaced", "attributed"):
        np.testing.assert_allclose(getattr(chunk_size, name), getattr(carry.state, name), 1e-4, 1e-5, err_msg=name)


@needs_numba
def test_numba_without_noise_equals_numpy(beginning, chunk_size):
    from experiments.speed import full_numba

    flows = full_numba.run(beginning, 2, WEEKS, noise=False)
    for name, values in chunk_size.flows.items():
        np.testing.assert_allclose(flows[name], values, 1e-4, 1e-5, err_msg=name)


@pytest.mark.usefixtures("one_cache")
def test_numpy_with_noise_has_the_means_of_the_library(model, beginning):
    """Totals of flows over a year, within four standard errors of their difference."""
    replicates = 64
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), np.arange(replicates))
    _, expected, _ = compiled_rollout("cpu")(model, *init(model, replicates, keys), keys, 0, WEEKS)
    flows = full_numpy.run(beginning, replicates, WEEKS)
    for name in ("homicides", "conflict_homicides", "relocated", "entries", "splits"):
        ours, theirs = (np.asarray(values).sum(axis=0) for values in (getattr(expected, name), flows[name]))
        error = np.sqrt((ours.var() + theirs.var()) / replicates)
        assert abs(ours.mean() - theirs.mean()) < 4 * error, name


def test_counts_of_all_candidates_have_the_recorded_mean():
    region = problem.lattice(36, 4)
    for name, run in counts_only.candidates(region).items():
        counts = np.asarray(run(64, 200)).sum() / 64 / 200
        assert abs(counts / region.homicides.sum() - 1) < 0.05, name


def test_lattice_is_that_of_the_library():
    ours = problem.lattice(36, 4)
    theirs = contagion.load_region("lattice", rows=6, columns=6, groups=4, members=1800).region
    for name in ("population", "homicides", "members", "hostility", "neighbours", "weights", "military"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), 1e-3, err_msg=name)
    np.testing.assert_allclose(ours.closeness, theirs.closeness, 0.02)


@pytest.mark.parametrize("part", [part for part in speed.NOTES if part != "gpu" or gpu.installed()])
@pytest.mark.usefixtures("one_cache")
def test_part_runs(part, tmp_path, monkeypatch, capsys):
    """Without what compiles for long and is compiled in another test: Numba, lattices of all sizes, a fresh process."""
    for name in ("counts_numba", "full_numba"):
        monkeypatch.setitem(sys.modules, f"experiments.speed.{name}", None)
        monkeypatch.delattr(experiments.speed, name, raising=False)
    monkeypatch.setattr(scaling, "stepper", lambda *sizes: lambda: time.sleep(1e-6 * np.prod(sizes)))
    monkeypatch.setattr(startup, "FIRST_WEEK", 'print("[0.1, 0.2, 0.3, 0.4]")')
    (table,) = speed.run([part], problem.TINY, tmp_path).values()
    saved = (tmp_path / f"{part}.csv").read_text(encoding="utf-8").splitlines()
    assert [line[0] for line in saved[:2]] == ["#", "#"]
    assert len(saved) == len(table) + 3 > 3
    assert part in capsys.readouterr().out
    numbers = table.select_dtypes("number").drop(columns="exponent", errors="ignore")
    measured = numbers.drop(columns="mean_difference", errors="ignore").to_numpy(float)
    assert np.isfinite(measured).all()
    assert (measured > 0).all()


@pytest.mark.usefixtures("one_cache")
def test_scaling_advances_a_lattice():
    (flows, _), *others = scaling.stepper(36, 4, 8)()  # of the shape that is compiled by now
    assert flows.homicides.shape == (36, 8)
    assert not others
    np.testing.assert_allclose(scaling.exponent(np.array([1, 10, 100]), np.array([2, 20, 200])), 1)


PROGRAM = """\
HloModule jit_rollout

%weeks (state: (s32[], f32[10,8])) -> (s32[], f32[10,8]) {
  %state = (s32[], f32[10,8]{1,0}) parameter(0)
  %layer = f32[10,8]{1,0} get-tuple-element(%state), index=1
  %one = f32[10,8]{1,0} fusion(%layer), kind=kLoop, calls=%adding, metadata={op_name="jit(rollout)/while/body/add"}
  %sum = f32[8]{0} fusion(%one), kind=kInput, calls=%summing, metadata={op_name="jit(rollout)/while/body/sum"}
  %inner = (s32[], f32[10,8]{1,0}) while(%state), condition=%whether, body=%moves
  ROOT %result = (s32[], f32[10,8]{1,0}) tuple(%sum, %one)
}

%moves (state: (s32[], f32[10,8])) -> (s32[], f32[10,8]) {
  %state = (s32[], f32[10,8]{1,0}) parameter(0)
  %layer = f32[10,8]{1,0} get-tuple-element(%state), index=1
  ROOT %moved = f32[10,8]{1,0} custom-call(%layer), custom_call_target="x"
}

%whether (state: (s32[], f32[10,8])) -> pred[] {
  %state = (s32[], f32[10,8]{1,0}) parameter(0)
  %number = s32[] get-tuple-element(%state), index=0
  ROOT %less = pred[] fusion(%number), kind=kLoop, calls=%comparing
}

ENTRY %main (state: (s32[], f32[10,8])) -> (s32[], f32[10,8]) {
  %state = (s32[], f32[10,8]{1,0}) parameter(0)
  ROOT %run = (s32[], f32[10,8]{1,0}) while(%state), condition=%whether, body=%weeks
}
"""


def test_kernels_and_their_bytes_are_read_from_a_program():
    weekly, moves, flags, more = gpu.read(PROGRAM)
    assert [(kernel.name, kernel.what) for kernel in weekly][1:3] == [("one", "add"), ("sum", "sum")]
    # Numbers are four bytes, flags one, layers 320, their sum 32.
    assert [kernel.traffic for kernel in weekly] == [5, 640, 352, 5]
    assert [kernel.traffic for kernel in moves] == [640, 5]
    assert (flags, more) == (2, 1)


@pytest.mark.skipif(not gpu.installed(), reason="the CUDA plugin of JAX is not installed: contagion[cuda]")
def test_a_week_is_compiled_for_a_gpu_that_is_not_there():
    made = gpu.table(problem.TINY).set_index("kernel")
    assert made.kernels["kernels"] <= 60
    assert made.kernels["flags that the host reads"] <= 3


@pytest.mark.skipif(gpu.installed(), reason="the CUDA plugin of JAX is installed")
def test_without_the_plugin_the_part_for_a_gpu_says_what_it_needs():
    with pytest.raises(RuntimeError, match=r"contagion\[cuda\]"):
        gpu.table(problem.TINY)
