"""A small region with everything in it: unequal places, contested ground, free slots, more neighbours than columns."""

import importlib.util
import os
import sys
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("NUMBA_OPT", "0")  # what Numba compiles here runs once
# The older emitters of XLA compile for CPUs in half the time, to slower code; in one part, as tests fill all cores.
if version("jaxlib").startswith("0.10."):
    QUICK = ("--xla_cpu_use_fusion_emitters=false", "--xla_cpu_parallel_codegen_split_count=1")
    os.environ["XLA_FLAGS"] = " ".join([os.environ.get("XLA_FLAGS", ""), *QUICK])
    EMITTERS = {"xla_cpu_use_fusion_emitters": True}
else:
    EMITTERS = {}

from jaxtyping import config as jaxtyping_config
from jaxtyping import install_import_hook

# Types and shapes of the kernel and of the options are checked as they are traced, in the tests of the kernel.
install_import_hook(["contagion.kernel", "contagion.interventions"], "typecheck.check")

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from contagion._util.resources import folder
from contagion.interventions.registry import load_intervention
from contagion.kernel import rollouts
from contagion.kernel.controls import Controls
from contagion.kernel.initial import Model, init
from contagion.kernel.params import Params
from contagion.kernel.processes.observation import observe
from contagion.kernel.region import Region
from contagion.kernel.rollouts import compiled_rollout
from contagion.kernel.state import Observation
from contagion.kernel.xla import compiler_options
from contagion.parameters.presets import load_params, preset
from contagion.parameters.priors import OPTIONS
from contagion.simulation.runtime import keep_compiled
from contagion.study.settings import Settings, validate

pytest_plugins = ["browser"]
keep_compiled()  # for the workers of one run to share


def exchange_matrix(weights: np.ndarray, residents: np.ndarray) -> np.ndarray:
    """Where what spills over arrives, [place, place], in plain NumPy from row-standardised weights."""
    met = weights * residents[:, None]
    shares = np.minimum(met, met.T) / residents
    return shares + np.diag(1 - shares.sum(axis=0))


def make_region(rows: int = 6, columns: int = 7, groups: int = 4, seed: int = 0, dtype=np.float32) -> Region:
    """Places on a grid with up to eight neighbours, of which four lie in padded columns and the rest in the tail."""
    generator = np.random.default_rng(seed)
    places = rows * columns
    row, column = np.divmod(np.arange(places), columns)
    apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    padded = 4
    neighbours = np.tile(np.arange(places)[:, None], (1, padded))
    weights = np.zeros((places, padded))
    tail = []
    for place in range(places):
        around = np.flatnonzero(apart[place] == 1)
        neighbours[place, : len(around[:padded])] = around[:padded]
        weights[place, : len(around[:padded])] = 1 / len(around)
        tail += [(place, other, 1 / len(around)) for other in around[padded:]]
    population = generator.lognormal(10, 1, places)
    members = generator.gamma(1, 60, (groups, places)) * (generator.random((groups, places)) < 0.5)
    members[-1] = 0
    hostility = generator.choice([0.3, 1.0, 3.0], (groups, groups))
    np.fill_diagonal(hostility, 0)
    tail_place, tail_neighbour, tail_weight = map(np.array, zip(*tail, strict=True))
    exchanged = exchange_matrix((apart == 1) / (apart == 1).sum(axis=1)[:, None], population)
    close = np.exp(-100 * np.hypot(row[:, None] - row, column[:, None] - column) / 150)
    return Region(
        population=population.astype(dtype),
        homicides=(population * 4e-6 * generator.lognormal(0, 0.6, places)).astype(dtype),
        members=members.astype(dtype),
        hostility=hostility.astype(dtype),
        military=(population * 3e-4).astype(dtype),
        police=(population * 2.8e-3).astype(dtype),
        capability=generator.uniform(0.2, 0.5, places).astype(dtype),
        vulnerability=generator.uniform(0.5, 1.5, places).astype(dtype),
        strategic=(generator.random(places) < 0.2).astype(dtype),
        easting=(100.0 * column).astype(dtype),
        northing=(100.0 * row).astype(dtype),
        province=(row // 2).astype(np.int32),
        neighbours=neighbours.astype(np.int32),
        weights=weights.astype(dtype),
        tail_place=tail_place.astype(np.int32),
        tail_neighbour=tail_neighbour.astype(np.int32),
        tail_weight=tail_weight.astype(dtype),
        closeness=np.where(weights > 0, close[np.arange(places)[:, None], neighbours], 0).astype(dtype),
        tail_closeness=close[tail_place, tail_neighbour].astype(dtype),
        exchange=np.where(weights > 0, exchanged[np.arange(places)[:, None], neighbours], 0).astype(dtype),
        tail_exchange=exchanged[tail_place, tail_neighbour].astype(dtype),
        staying=np.diag(exchanged).astype(dtype),
        provinces=int(row.max() // 2 + 1),
        areas={"deployment_regions": (row // 2 * 2 + column // 4).astype(dtype)},
    )


def of_parameters(name: str) -> dict:
    """Priors of a preset, without those of the numbers of options."""
    return {key: prior for key, prior in preset("priors", name).items() if key != OPTIONS}


def load_script(path: str) -> ModuleType:
    """A script that lies there from the root of the project, as a module that no other test has changed."""
    name = Path(path).stem
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / path)
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    sys.modules[name] = script  # where dataclasses look for their annotations
    spec.loader.exec_module(script)
    return script


MIRROR = Path(os.environ.get("CONTAGION_MIRROR") or Path(__file__).parents[1] / "../shared/geodata/mexico")


@pytest.fixture(scope="session")
def public_files() -> Path:
    """The folder of Mexico's public files; tests that need it are skipped where it is absent."""
    if not MIRROR.is_dir():
        pytest.skip(f"Mexico's public files are not in {MIRROR}; set CONTAGION_MIRROR to the folder that holds them")
    return MIRROR


def settings(*overrides: str) -> Settings:
    with initialize_config_dir(str(folder("conf")), version_base="1.3"):
        config = compose("config", overrides=list(overrides))
    return validate(Settings, OmegaConf.to_container(config, resolve=True))


# Files that take longest come first, so that no worker is left with one of them at the end.
LONGEST = [
    f"test_{name}"
    for name in ("cli", "conformance", "mechanisms", "speed", "ensemble", "identities", "figures", "tutorial", "budget")
]


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run small versions of the studies and long figures, too")


def pytest_collection_modifyitems(config, items):
    """The order of files; slow ones only when asked for, or named."""
    named = any(Path(each.partition("::")[0]).suffix == ".py" for each in config.args)
    slow = [] if config.getoption("--slow") or named else [item for item in items if item.get_closest_marker("slow")]
    if slow:
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def pytest_terminal_summary(terminalreporter):
    if deselected := len(terminalreporter.stats.get("deselected", [])):
        terminalreporter.write_line(f"{deselected} slow tests were left out; --slow runs them")


def room_of(request) -> str:
    """The room of the package that a module of tests is about."""
    return request.path.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture(scope="module", autouse=True)
def checked_types(request):
    """Tests of other rooms trace the same code once more; unchecked, they do so in less time."""
    jaxtyping_config.update("jaxtyping_disable", room_of(request) != "kernel")


@pytest.fixture(scope="module", autouse=True)
def forget_compiled():
    """A process that holds thousands of programs runs out of memory maps; what comes again is read from the cache."""
    yield
    jax.clear_caches()


@pytest.fixture(scope="module", autouse=True)
def compiled(request):
    """Most modules compile in a fifth of the time that users wait, as their runs are short.

    Those marked `as_released` compile as users do; those marked `to_the_bit` with the emitters of XLA that users have,
    with which programs of different strategies round alike.
    """
    released, exact = map(request.node.get_closest_marker, ("as_released", "to_the_bit"))
    compiled_rollout.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        if released or exact:
            options = lambda platform: (compiler_options(platform) or {}) | EMITTERS  # noqa: E731
            patch.setattr(rollouts, "compiler_options", options)
        if not released:
            patch.setenv("JAX_DISABLE_MOST_OPTIMIZATIONS", "true")  # for processes that are started
        jax.config.update("jax_disable_most_optimizations", not released)
        yield
    jax.config.update("jax_disable_most_optimizations", False)
    compiled_rollout.cache_clear()


# One size for most ensembles: tests that run the same strategy share its compilation, which takes most of their time.
REPLICATES = 8

# With few members the national law gives next to no fighting; this makes conflict a third of homicides.
FIGHTING = dict(conflict=2e-6, incapacitation=1.0)


@pytest.fixture(scope="session")
def region() -> Region:
    return make_region()


@pytest.fixture(scope="session")
def params() -> Params:
    return load_params(**FIGHTING)


def seen(region: Region, params: Params) -> Observation:
    """What is seen at the start, one replicate, where nothing is left to chance."""
    carry, _ = init(Model(region, params, ()), 1)
    return observe(carry.state, params, region, None)


@pytest.fixture
def view(region, params):
    """What is seen of the small region."""
    return seen(region, params)


def early(name: str) -> dict:
    """Numbers that make an intervention act within a few weeks: an early start, and all else within three weeks."""
    declared = {field.name: field.metadata for field in fields(type(load_intervention(name)))}
    waits = {key: 3 for key, metadata in declared.items() if metadata.get("unit") == "weeks"}
    return waits | dict(start=5)


def by_name(controls: Controls) -> dict:
    """Every field of the controls and of their ledger."""
    return {name: value for name, value in vars(controls).items() if name != "ledger"} | vars(controls.ledger)


def play(intervention, region, views) -> list[Controls]:
    """Controls week by week under a script of views."""
    memory = intervention.init_memory(region, views[0])
    controls = []
    for week, seen in enumerate(views):
        returned, memory = intervention.act(memory, seen, region, jnp.int32(week))
        controls.append(returned)
    return controls


class MeanForecast:
    """Stands in for a fitted forecast where that is not the point: it knows the mean of what was counted before."""

    def __init__(self, counts, *_):
        known = np.isfinite(counts.values)
        self.mean = (np.where(known, counts.values, 0).sum(axis=0) + 0.1) / (known.sum(axis=0) + 0.1)
        self.moves = self
        self.size = np.full(len(self.mean), 50.0)

    def levels(self, months=None, years=None, draws=400):
        return xr.DataArray(np.broadcast_to(self.mean, (draws, months or years, len(self.mean))).copy())

    def draw(self, months=None, years=None, draws=400):
        return xr.DataArray(np.random.default_rng(0).poisson(self.levels(months, years, draws).values))
