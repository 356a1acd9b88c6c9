"""Replicates in batches: each is kept as it is done, and the run ends once the ranking is sure enough.

Stopping looks at how wide the standard error of the ranking is and never at which strategy leads, so intervals keep
their coverage (sequential intervals of fixed width: Chow and Robbins 1965).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from xarray import DataArray, Dataset

from contagion._util.atomic import committed
from contagion.analysis.ranking import error, rank
from contagion.errors import InputError
from contagion.simulation.store import open_results, store
from contagion.study.output_folder import BATCHES


def in_batches(
    simulate: Callable[[int, int], Dataset],
    replicates: int,
    batch: int,
    tolerance: float | None,
    folder: Path,
    report: Callable[[Dataset, pd.DataFrame], None],
) -> Dataset:
    """Runs batches of replicates until the largest standard error of a mean rank is at most `tolerance`.

    Batches that lie in `folder` are taken as they are, so a run that was killed goes on where it stopped, and ends with
    the numbers of one that was not.

    **Arguments:** `simulate` takes the number of the first replicate and how many there are; `replicates` at most;
    `tolerance` in ranks, None for all replicates; `report` is called after each batch with what is known until then and
    the ranking.

    Raises InputError for a batch that cannot be read.
    """
    (folder / BATCHES).mkdir(parents=True, exist_ok=True)
    known: Dataset | None = None
    for number, first in enumerate(range(0, replicates, batch)):
        part = folder / BATCHES / f"{number:04d}.zarr"
        if not part.exists():
            with committed(part) as partial:
                store(simulate(first, min(batch, replicates - first)), partial)
        known = _read(part) if known is None else pooled(known, _read(part))
        standing = rank(known)
        report(known, standing)
        if tolerance is not None and error(standing) <= tolerance:
            break
    assert known is not None
    return known


def _read(path: Path) -> Dataset:
    """A batch; its receipt says whether it is as it was written."""
    try:
        return open_results(path, verify=True).load()
    except InputError as fault:
        raise InputError(f"{fault}; delete {path.name}, and it is computed anew") from None


def pooled(one: Dataset, other: Dataset) -> Dataset:
    """Two batches of replicates as one Dataset.

    What is kept of every replicate is put together; means and standard deviations are those of all replicates, to
    rounding. Quantiles over replicates are the means of those of the batches, weighted with their replicates.
    """
    counts = one.replicate.size, other.replicate.size
    parts = {}
    for name, values in one.data_vars.items():
        if "replicate" in values.dims:
            parts[name] = xr.concat([values, other[name]], "replicate", join="exact")
        elif "statistic" in values.dims:
            parts[name] = _statistics(values, other[name], *counts)
        else:
            parts[name] = _mean(values, other[name], *counts)
    return Dataset(parts, attrs=one.attrs)


def _mean(one: DataArray, other: DataArray, count: int, others: int) -> DataArray:
    return ((one * count + other * others) / (count + others)).astype(one.dtype).assign_attrs(one.attrs)


def _statistics(one: DataArray, other: DataArray, count: int, others: int) -> DataArray:
    """Mean, standard deviation and quantiles of both batches."""
    found = _mean(one, other, count, others)
    (mean, sd), (mean_of_other, sd_of_other) = (
        [values.sel(statistic=name, drop=True).astype(float) for name in ("mean", "sd")] for values in (one, other)
    )
    squares = (count - 1) * sd**2 + (others - 1) * sd_of_other**2
    between = (mean - mean_of_other) ** 2 * count * others / (count + others)
    deviation = np.sqrt((squares + between) / (count + others - 1)).astype(one.dtype)
    both = xr.where(found.statistic == "sd", deviation, found, keep_attrs=False)
    return both.transpose(*one.dims).assign_attrs(one.attrs)
