"""Precision and the cache of compiled code, each in a process of its own."""

import json
import os
import platform
import subprocess
import sys

import numpy as np
import pytest


def printed(script: str, **environment: str):
    """What a script prints, from JSON."""
    flags = os.environ | {"JAX_PLATFORMS": "cpu"} | environment
    run = subprocess.run([sys.executable, "-c", script], env=flags, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


RUN = """
import json, sys, jax, contagion
{switch}
from contagion import load_intervention, load_params
from contagion.kernel import Model, init
atlas = contagion.load_region("lattice", rows=4, columns=4)
kingpin = load_intervention("kingpin", start=4, every=4)
params = load_params(split_hazard=0.01)
run = contagion.simulate(
    atlas, {{"kingpin": (kingpin,)}}, params=params, weeks=26, replicates=2, deterministic={deterministic}
)
names = [name for name in run.data_vars if name.endswith("_total") or "group" in run[name].dims]
begun = init(Model(atlas.region, params, (kingpin,)), 2)
types = {{str(leaf.dtype) for leaf in jax.tree.leaves(begun) if leaf.dtype.kind == "f"}}
stored = {{str(run[name].dtype) for name in run.data_vars if "statistic" in run[name].dims}}
print(json.dumps([sorted(types), sorted(stored), {{name: run[name].values.ravel().tolist() for name in names}}]))
"""
SWITCHES = {
    "float32": "",
    "float64": "jax.config.update('jax_enable_x64', True)",
    "by configuration": "from contagion.simulation.runtime import configure; configure('cpu', 'float64')",
}


@pytest.fixture(scope="module")
def deterministic():
    return {name: printed(RUN.format(switch=switch, deterministic=True)) for name, switch in SWITCHES.items()}


def test_double_precision_agrees_with_single(deterministic):
    """To single precision, over half a year; what is stored stays single."""
    for name, (types, stored, _) in deterministic.items():
        assert types == ["float32" if name == "float32" else "float64"]
        assert stored == ["float32"]
    single, double, configured = (numbers for _, _, numbers in deterministic.values())
    assert double == configured
    for name, values in double.items():
        np.testing.assert_allclose(single[name], values, rtol=1e-4, atol=1e-6 * np.max(np.abs(values)))


def test_compiled_code_is_kept_where_the_user_says(tmp_path):
    """By `keep_compiled`, which the command calls, in the folder that JAX was told of or else in that of the user."""
    script = "import json, jax; from contagion.simulation.runtime import keep_compiled; keep_compiled(); "
    script += "print(json.dumps(jax.config.jax_compilation_cache_dir))"
    mine = str(tmp_path / "mine")
    assert printed(script, JAX_COMPILATION_CACHE_DIR=mine) == mine
    environment = os.environ.copy()
    assert "contagion" in printed(script, XDG_CACHE_HOME=str(tmp_path))
    assert environment == os.environ


def test_compiled_code_that_cannot_be_read_is_compiled_anew(tmp_path):
    """As where another process is writing it, or was killed as it did; nothing is told, as nothing is lost."""
    script = "import warnings; warnings.simplefilter('error'); import json, jax; "
    script += "from contagion.simulation.runtime import keep_compiled; keep_compiled(); "
    script += "print(json.dumps(float(jax.jit(lambda x: 2 * x)(3.0))))"
    assert printed(script, XDG_CACHE_HOME=str(tmp_path)) == 6
    compiled = list(tmp_path.rglob("*-cache"))
    assert compiled
    for each in compiled:
        each.write_bytes(each.read_bytes()[:100])
    assert printed(script, XDG_CACHE_HOME=str(tmp_path)) == 6


UNCHANGED = """
import json, os
import jax, geopandas, pyogrio  # which set variables of their own
before = dict(os.environ)
configured = dict(jax.config.values)
import contagion
from contagion.simulation import runtime
called = []
runtime.ctypes.CDLL = called.append
atlas = contagion.load_region("lattice", rows=3, columns=3)
results = contagion.simulate(atlas, weeks=4, replicates=2)
assert before == dict(os.environ)
assert configured == dict(jax.config.values)
print(json.dumps([called, results.strategy.values.tolist()]))
"""


def test_a_call_from_python_changes_no_settings():
    """Neither the environment nor JAX's configuration nor how memory is given out; the baseline is the default."""
    assert printed(UNCHANGED) == [[], ["baseline"]]


PAGES = """
import json, resource, numpy as np
from contagion.simulation.runtime import keep_memory
keep_memory()
def touch():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(1 << 24)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
touch()
print(json.dumps(min(touch() for _ in range(3))))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="memory is not given out by the GNU C library here")
def test_freed_memory_is_used_again():
    """128 MiB, which come as new pages each time unless they are kept; the environment of the user comes first."""
    assert 10 * printed(PAGES) < printed(PAGES, MALLOC_MMAP_THRESHOLD_=str(1 << 20))
