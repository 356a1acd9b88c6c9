"""Coverage of the intervals of a comparison: studies of strategies with a known difference.

    python experiments/planted_truth.py [studies]

Without splits, moves and shared shocks the expected homicides of the model are exactly those of its deterministic mode,
so the effect of fewer recruits is known. Many studies of a few replicates each are drawn: `studies` of the largest
size, and as many smaller ones as the same replicates fill. The table states how often the 90 % confidence interval of a
difference contains the known one, how often the verdict is wrong, and how often it is undecided or no difference
(column `undecided`), with 90 % intervals. Identical strategies, and strategies that differ by chance alone, are
compared as well.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

import contagion
from contagion.analysis.metrics import OUTCOMES
from contagion.analysis.paired import BETTER, SAME, UNDECIDED, interval, mean_interval, verdict
from contagion.analysis.ranking import error, rank
from contagion.parameters.presets import preset
from contagion.parameters.priors import draw

WEEKS, SIZE, BATCH, TOLERANCE, MOST = 104, 32, 16, 0.1, 128
LINEAR: dict[str, Any] = dict(
    split_hazard=0.0,
    split_hazard_headless=0.0,
    relocation_channel=0.0,
    entry_channel=0.0,
    national_noise=0.0,
    state_noise=0.0,
)
CHUNK_SIZE = 256  # large, since there are many replicates and few places
SHARE = 0.15  # of recruitment prevented
DRAWS = 4096  # of parameters, for the known difference under priors


def simulated(
    atlas: contagion.Atlas, replicates: int, seed: int = 0, drawn: bool = False, deterministic: bool = False
) -> xr.Dataset:
    """Simulate the baseline, an identical strategy, and fewer recruits."""
    fewer = (contagion.load_intervention("recruitment_reduction", start=4, share=SHARE),)
    params = contagion.load_params(**LINEAR)
    if drawn:
        priors = {name: prior for name, prior in preset("priors", "broad").items() if name not in LINEAR}
        params = draw(priors, params, replicates, seed)
    # One value per replicate in both cases, so that the model is compiled once.
    params = jax.tree.map(lambda value: jnp.broadcast_to(value, (replicates,)), params)
    return contagion.simulate(
        atlas,
        {"baseline": (), "same": (), "fewer": fewer},
        params=params,
        weeks=WEEKS,
        replicates=replicates,
        seed=seed,
        deterministic=deterministic,
        record="run",
        chunk_size=CHUNK_SIZE,
    )


def differences(run: xr.Dataset, strategy: str) -> NDArray[np.float64]:
    """Difference in homicides from the baseline, per replicate."""
    homicides = OUTCOMES["homicides"].of(run).astype(float)
    return (homicides.sel(strategy=strategy) - homicides.sel(strategy="baseline")).values


def parts(values: NDArray[np.float64], size: int) -> list[NDArray[np.float64]]:
    """Split replicates into as many studies of a given size as possible."""
    return list(values[: len(values) // size * size].reshape(-1, size))


def until_sure(run: xr.Dataset, studies: int) -> Iterator[NDArray[np.float64]]:
    """Differences of studies that add batches until the ranking has converged, as `ensemble.tolerance` does."""
    pair = run.sel(strategy=["baseline", "fewer"])
    for first in range(0, studies * MOST, MOST):
        last = first + BATCH
        while error(rank(pair.isel(replicate=slice(first, last)))) > TOLERANCE and last < first + MOST:
            last += BATCH
        yield differences(pair.isel(replicate=slice(first, last)), "fewer")


def row(case: str, size: str, found: list[NDArray[np.float64]], truth: float) -> dict[str, object]:
    """Result row of a case: coverage of the interval, and frequencies of verdicts."""
    held = [low <= truth <= high for low, high in map(mean_interval, found)]
    verdicts = [verdict(values) for values in found]
    open_words = (UNDECIDED, SAME)
    right = (BETTER,) if truth < 0 else open_words
    shares: dict[str, object] = dict(case=case, replicates=size, studies=len(found), known_difference=truth)
    for name, met in (
        ("covered", np.sum(held)),
        ("wrong", sum(word not in (*right, *open_words) for word in verdicts)),
        ("undecided", sum(word in open_words for word in verdicts)),
    ):
        low, high = interval(float(met), len(found))
        shares |= {name: float(met) / len(found), f"{name}_low": low, f"{name}_high": high}
    return shares


def study(atlas: contagion.Atlas, studies: int, said: Callable[[str], None] = lambda _: None) -> pd.DataFrame:
    """One row per case."""
    truth = float(differences(simulated(atlas, CHUNK_SIZE, deterministic=True), "fewer")[0])
    under_priors = float(differences(simulated(atlas, DRAWS, seed=1, drawn=True, deterministic=True), "fewer").mean())
    said(f"known differences: {truth:.2f} persons, under priors {under_priors:.2f}")
    fixed = simulated(atlas, max(2 * SIZE, MOST) * studies)
    drawn = simulated(atlas, 2 * SIZE * studies, drawn=True)
    other = simulated(atlas, SIZE * studies, seed=2)
    by_chance = differences(fixed, "baseline")[: SIZE * studies] + (
        OUTCOMES["homicides"].of(other).sel(strategy="baseline").values
        - OUTCOMES["homicides"].of(fixed).sel(strategy="baseline").values[: SIZE * studies]
    )
    rows = []
    for size in (SIZE // 2, SIZE, 2 * SIZE):
        rows.append(row("fewer recruits", str(size), parts(differences(fixed, "fewer"), size), truth))
    for size in (SIZE, 2 * SIZE):
        found = parts(differences(drawn, "fewer"), size)
        rows.append(row("fewer recruits, parameters drawn", str(size), found, under_priors))
    sure = list(until_sure(fixed, studies))
    rows.append(row("fewer recruits, batches until sure", f"{BATCH} to {MOST}", sure, truth))
    rows.append(row("the same strategy", str(SIZE), parts(differences(fixed, "same"), SIZE), 0.0))
    rows.append(row("chance alone", str(SIZE), parts(by_chance, SIZE), 0.0))
    return pd.DataFrame(rows)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    table = study(contagion.load_region("lattice", rows=6, columns=6), count, print)
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4g")
    print(table.to_string(index=False, float_format="%.3f"))
