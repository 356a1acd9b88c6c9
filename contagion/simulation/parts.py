"""Parts of a run: how they are stored, and how they become one Dataset, exact in every statistic.

A part has a few large arrays in place of many small ones, so that it is written and read at once.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from xarray import DataArray, Dataset

from contagion.simulation.schema import PLACE_VARIABLES, RUN_TOTAL, VARIABLE
from contagion.simulation.statistics import STATISTICS, statistics

DIGITS = 6
PACKED = "packed"  # attribute: names and attributes of the variables in each array
TOGETHER: dict[str, Any] = dict(data_vars="minimal", coords="minimal", compat="override", join="exact")


def packed(dataset: Dataset) -> Dataset:
    """Variables of one type and with the same dimensions as one array, [variable, ...]."""
    alike: dict[Any, list[DataArray]] = {}
    for values in dataset.data_vars.values():
        alike.setdefault((values.dims, values.dtype), []).append(values)
    arrays, described = {}, []
    for number, group in enumerate(alike.values()):
        dims = (f"{VARIABLE}_{number}", *group[0].dims)
        arrays[f"array_{number}"] = (dims, np.stack([values.to_numpy() for values in group]))
        described.append([[values.name, values.attrs] for values in group])
    return Dataset(arrays, dataset.coords, dataset.attrs | {PACKED: json.dumps(described)})


def unpacked(dataset: Dataset) -> Dataset:
    """What was packed, read as it is used."""
    variables = {}
    for number, group in enumerate(json.loads(dataset.attrs[PACKED])):
        together = dataset[f"array_{number}"].variable
        for index, (name, attributes) in enumerate(group):
            variables[name] = (together.dims[1:], together[index].data, attributes)
    attributes = {name: value for name, value in dataset.attrs.items() if name != PACKED}
    return Dataset(variables, dataset.coords, attributes)


def whole(blocks: Sequence[Dataset]) -> Dataset:
    """Blocks of periods, one after the other; the last holds what is of the whole run."""
    *_, last = blocks
    series = [block.drop_vars(RUN_TOTAL, errors="ignore") for block in blocks]
    return xr.concat(series, "time", **TOGETHER).assign({RUN_TOTAL: last[RUN_TOTAL]})


def pooled(chunks: Sequence[Dataset]) -> Dataset:
    """Chunks of the replicates of a strategy, in their order, as if they had been computed at once.

    Parameters
    ----------
    chunks
        Results with the values of each replicate by place, ``(strategy, time, place, replicate)``; they may lie on disk
        and be read when the result is.

    Returns
    -------
    xarray.Dataset
        Results with mean, sd and quantiles over all replicates, to the bit those of one chunk on a CPU.
    """
    full = "presence_full" in chunks[0]
    joined = xr.concat([chunk.drop_vars("presence") for chunk in chunks], "replicate", **TOGETHER)
    found = joined.assign({name: _statistics(joined[name]) for name in PLACE_VARIABLES})
    present = chunks[0]["presence"]
    count = sum((chunk["presence"] for chunk in chunks[1:]), present)
    found["presence"] = (count / float(joined["replicate"].size)).astype(np.float32).assign_attrs(present.attrs)
    if full:
        for name, values in (("presence_full", joined["presence_full"]), ("homicides_full", joined["homicides"])):
            found[name] = values.transpose("strategy", "replicate", "time", "place", ...)
    ratios = [chunk.attrs["branching_ratio"] for chunk in chunks]
    ratio = np.average(ratios, weights=[chunk.sizes["replicate"] for chunk in chunks])
    return found.assign_attrs(chunks[0].attrs, branching_ratio=float(ratio))


def rounded(results: Dataset) -> Dataset:
    """Results with as many digits of the branching ratio, a mean over replicates, as do not depend on chunks."""
    return results.assign_attrs(branching_ratio=round(results.attrs["branching_ratio"], DIGITS))


def _statistics(values: DataArray) -> DataArray:
    """Statistics over replicates, where `values` lie on disk computed block by block."""
    if values.chunks:
        values = values.chunk(replicate=-1)
    found = xr.apply_ufunc(
        _by_period,
        values.transpose("strategy", "time", "place", "replicate"),
        input_core_dims=[["replicate"]],
        output_core_dims=[["statistic"]],
        dask="parallelized",
        output_dtypes=[np.float32],
        dask_gufunc_kwargs=dict(output_sizes={"statistic": len(STATISTICS)}),
        keep_attrs=True,
    )
    return found.transpose("strategy", "statistic", "time", "place")


def _by_period(values: np.ndarray) -> np.ndarray:
    """Statistics of each strategy and period by itself, [strategy, time, place, statistic]."""
    found = np.empty((*values.shape[:-1], len(STATISTICS)), np.float32)
    for at in np.ndindex(values.shape[:2]):
        found[at] = np.moveaxis(statistics(np.ascontiguousarray(values[at])), 0, -1)
    return found
