"""Refuses results that cannot be: legal numbers may still be impossible together."""

import numpy as np
import xarray as xr

from contagion.errors import InputError

RECORDED = ("recorded_homicides", "drawn")  # as given: may be unknown, or anything
LARGE = 1000  # residents from which a place has more of them than homicides in any period


def check(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset, if all of it is finite and no place or country has more of a thing than residents.

    Raises
    ------
    InputError
        Where it is not; names the strategy, the variable and what to look at.
    """
    for name, values in dataset.data_vars.items():
        if name in RECORDED or values.dtype.kind != "f":
            continue
        if not np.isfinite(values.to_numpy()).all():
            raise _impossible(values, ~(abs(values) < np.inf), f"{name} is not a number")
    residents = dataset["population"]
    nation = float(residents.sum())
    for name in ("members_total", "homicides_total"):
        _bounded(dataset[name], nation)
    if "statistic" not in dataset["homicides"].dims:  # a part of a run
        return dataset
    large = residents >= LARGE
    _bounded(dataset["homicides"].where(large, 0), residents)
    return dataset


def _bounded(values: xr.DataArray, residents: xr.DataArray | float) -> None:
    more = values > residents
    if more.any():
        raise _impossible(values, more, f"{values.attrs.get('long_name', values.name)}: more than residents".lower())


def _impossible(values: xr.DataArray, where: xr.DataArray, fault: str) -> InputError:
    """The error for the first strategy in which something is so."""
    others = [dim for dim in where.dims if dim != "strategy"]
    first = str(values["strategy"].values[np.flatnonzero(where.any(others).to_numpy())[0]])
    return InputError(
        f"{first}: {fault}. Parameters, each within its bounds, are impossible together here; growth of groups "
        "(params.recruitment, params.saturation) and shocks are the first to look at"
    )
