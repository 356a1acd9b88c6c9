"""The parts of a job as one Dataset, read as it is used."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr
from xarray import Dataset

from contagion.errors import InputError
from contagion.simulation.parts import TOGETHER, pooled, rounded, unpacked, whole
from contagion.simulation.store import open_results
from contagion.study.jobs import manifest
from contagion.study.jobs.manifest import Job, Unit


def results_of(folder: Path, job: Job) -> Dataset:
    """All strategies and replicates of a job; every file is compared with what was written.

    Raises
    ------
    InputError
        Where a part is missing or damaged.
    """
    found = []
    for strategy in range(len(job.strategies)):
        chunks = [_chunk(folder, Unit(job, chunk), strategy, True) for chunk in range(manifest.needed(folder, job))]
        found.append(pooled(chunks) if len(job.chunks) > 1 else chunks[0])
    return rounded(xr.concat(found, "strategy", **TOGETHER, combine_attrs="override"))


def totals(folder: Path, unit: Unit) -> Dataset:
    """What is kept of each replicate of a chunk as a whole."""
    parts = [_totals(_chunk(folder, unit, strategy, False)) for strategy in range(len(unit.job.strategies))]
    return xr.concat(parts, "strategy", **TOGETHER, combine_attrs="override").load()


def joined(chunks: Sequence[Dataset]) -> Dataset:
    """Totals of chunks of replicates as one Dataset."""
    return xr.concat(chunks, "replicate", **TOGETHER, combine_attrs="override")


def _totals(part: Dataset) -> Dataset:
    """Variables by replicate that are not by place."""
    return part[[name for name, values in part.items() if "replicate" in values.dims and "place" not in values.dims]]


def _chunk(folder: Path, unit: Unit, strategy: int, verify: bool) -> Dataset:
    """A chunk of the replicates of a strategy."""
    path = unit.part(folder, strategy)
    try:
        blocks = [unpacked(open_results(block, verify, chunks={})) for block in sorted(path.glob("*.zarr"))]
        if not blocks:
            raise InputError(f"{path}: empty")
    except InputError as fault:
        raise InputError(f"{fault}; delete {path}, and it is computed anew") from None
    return whole(blocks)
