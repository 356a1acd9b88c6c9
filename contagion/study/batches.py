"""Replicates in batches: each is kept as it is done, and the run ends once the ranking is sure enough.

Stopping looks at how wide the standard error of the ranking is and never at which strategy leads, so intervals keep
their coverage (sequential intervals of fixed width: Chow and Robbins 1965).
"""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from xarray import DataArray, Dataset

from contagion._util.atomic import committed
from contagion.analysis.ranking import error, rank
from contagion.errors import InputError
from contagion.simulation.store import store
from contagion.study.output_folder import BATCHES

SETTINGS = "settings.json"


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
    """A batch; its checksums say whether it is as it was written."""
    try:
        return xr.open_zarr(path).load()
    except (OSError, ValueError, RuntimeError, KeyError) as fault:
        raise InputError(
            f"{path}: a batch that is damaged ({str(fault).strip()}); delete it, and it is computed anew"
        ) from None


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


def claim(folder: Path, settings: Mapping[str, Any]) -> bool:
    """Notes in `folder` what its batches are made with; whether there are batches of an earlier run with the same.

    Raises InputError where they were made with something else.
    """
    path = folder / BATCHES / SETTINGS
    given = json.loads(json.dumps(settings))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with committed(path) as partial:
            partial.write_text(json.dumps(given, indent=1), encoding="utf-8")
        return False
    earlier = json.loads(path.read_text(encoding="utf-8"))
    if changed := sorted(key for key in {*given, *earlier} if given.get(key) != earlier.get(key)):
        raise InputError(
            f"{folder}: holds an unfinished run with another {', '.join(changed)}; give the same to go on with it, or "
            "choose another folder with hydra.run.dir=PATH"
        )
    return True


def forget(folder: Path) -> None:
    """Removes the batches of a run that is complete, and what interruptions left half-written."""
    for path in (folder / BATCHES, *folder.glob(".*.partial")):
        shutil.rmtree(path)
