"""How the cost of a step of the full model grows with places, groups and replicates."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from contagion.kernel.ensembles import CHUNK_SIZE, chunk_size_in_cache
from contagion.kernel.initial import init
from contagion.kernel.numerics.random import replicate_keys
from contagion.kernel.processes.relocation import EVERY
from contagion.kernel.rollouts import compiled_rollout
from experiments.speed import problem
from experiments.speed.timing import interleaved, seconds

PLACES, GROUPS = 2_500, 8  # where they are not what grows
FITTED_FROM = {"places": 500, "groups": 4, "replicates": 16}  # below, the fixed cost of a step shows
LINEAR = (0.9, 1.1)
MOST = 16  # runs of a small size that are timed as one, at most: as many as together are as large as the largest


def stepper(places: int, groups: int, replicates: int) -> Callable[[], object]:
    """Advance a lattice by `EVERY` weeks, in chunks as `contagion.kernel.ensemble` does; continues where it stopped."""
    model = problem.model(problem.lattice(places, groups))
    chunk_size = min(chunk_size_in_cache(model.region), replicates)
    advance = compiled_rollout(jax.default_backend())
    weeks = count(0, EVERY)
    chunks = []
    for low in range(0, replicates, chunk_size):
        keys = replicate_keys(0, jnp.arange(low, low + chunk_size))
        chunks.append([keys, *init(model, chunk_size, keys)])

    def run() -> list:
        flows, week = [], next(weeks)
        for chunk in chunks:
            keys, carry, constants = chunk
            chunk[1], *rest = advance(model, carry, constants, keys, week, week + EVERY)
            flows.append(rest)
        return flows

    return run


def series(sizes: problem.Sizes) -> dict[str, dict[int, Callable[[], object]]]:
    """What is run, by axis and size."""
    places, groups = (36, 2) if sizes.small else (PLACES, GROUPS)
    replicates = (1, 2) if sizes.small else tuple(2**power for power in range(11))
    chunk_size = min(CHUNK_SIZE, max(replicates))  # replicates where they do not grow
    return {
        "places": {size: stepper(size, groups, chunk_size) for size in sizes.places},
        "groups": {size: stepper(places, size, chunk_size) for size in sizes.groups},
        "replicates": {size: stepper(places, groups, size) for size in replicates},
    }


def exponent(size: NDArray, cost: NDArray) -> float:
    """Slope of the logarithm of the cost, by least squares."""
    return float(np.polyfit(np.log(size), np.log(cost), 1)[0])


def table(sizes: problem.Sizes) -> pd.DataFrame:
    """A row per axis and size: milliseconds of a step, and of its axis the exponent over the range it is fitted on."""
    rows = []
    for axis, runs in series(sizes).items():
        for run in runs.values():
            seconds(run)  # compiles
        size = np.array(list(runs))
        times = np.minimum(size.max() // size, MOST)
        timed = [
            lambda run=run, many=many: seconds(lambda: [run() for _ in range(many)])
            for run, many in zip(runs.values(), times, strict=True)
        ]
        taken = interleaved(timed, sizes.repetitions)
        cost = np.median(taken, axis=1) / times / EVERY * 1e3
        least = 0 if sizes.small else FITTED_FROM[axis]
        fitted = size >= least
        power = exponent(size[fitted], cost[fitted])
        for each, milliseconds in zip(size, cost, strict=True):
            rows.append(
                dict(
                    axis=axis,
                    size=each,
                    ms=milliseconds,
                    fitted_from=size[fitted][0],
                    fitted_to=size[-1],
                    exponent=power,
                    linear=LINEAR[0] <= power <= LINEAR[1],
                )
            )
    return pd.DataFrame(rows)


def draw(table: pd.DataFrame, path: Path) -> None:
    """Cost of a step against size on logarithmic axes, with the fitted line."""
    figure, panels = plt.subplots(1, len(FITTED_FROM), figsize=(9, 3), layout="constrained", squeeze=False, sharey=True)
    for panel, (axis, part) in zip(panels[0], table.groupby("axis", sort=False), strict=True):
        first = part.iloc[0]
        fitted = part[part["size"] >= first["fitted_from"]]
        level = np.exp(np.mean(np.log(fitted["ms"]) - first["exponent"] * np.log(fitted["size"])))
        panel.loglog(part["size"], part["ms"], "o", color="#1f4e79")
        panel.loglog(fitted["size"], level * fitted["size"] ** first["exponent"], color="#c55a11", linewidth=1)
        panel.set(xlabel=axis, title=f"exponent {first['exponent']:.2f}")
        for one in (panel.xaxis, panel.yaxis):
            one.set_major_formatter(StrMethodFormatter("{x:,g}"))
            one.set_minor_formatter(NullFormatter())
    panels[0, 0].set_ylabel("ms a step")
    figure.savefig(path, dpi=150)
    plt.close(figure)
