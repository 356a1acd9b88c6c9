"""Export of time series of places to netCDF, following the CF conventions (version 1.11)."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from xarray import DataArray, Dataset

from contagion._util.atomic import committed
from contagion.analysis import by_place
from contagion.analysis.select import UNIT_OF_RATE
from contagion.errors import InputError, install
from contagion.regions.geometry import without_outlines

LIBRARIES = ("h5netcdf", "h5py")
UNITS = {UNIT_OF_RATE: "1e-5 year-1", "weeks": "week", "person-weeks": "week"}  # all other units are counts or shares
TEXT = {"dtype": "S1"}  # character arrays, which every reader supports


def check_libraries() -> None:
    """Raise InputError if a library needed to write netCDF is not installed."""
    if missing := [name for name in LIBRARIES if find_spec(name) is None]:
        raise InputError(f"netCDF: {' and '.join(missing)} not installed; {install('export')}")


def write_netcdf(dataset: Dataset, path: Path | str) -> Path:
    """Write time series of places to a netCDF-4 file.

    Places are the stations of a CF collection of time series, identified by `code`; the labels of strategies and
    statistics are in `strategy_name` and `statistic_name`. `time_bounds` holds the first day of each period and of the
    next one. `probability_of_harm` and `change_of_rate` are over the run, relative to the first strategy.

    Parameters
    ----------
    dataset
        Results of a run.
    path
        File to create.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    InputError
        If a library is not installed, or the file exists or cannot be written.

    References
    ----------
    CF Conventions 1.11, chapter 9 (discrete sampling geometries), https://cfconventions.org
    """
    check_libraries()
    path = Path(path)
    described = _described(without_outlines(dataset))
    packed = dict(zlib=True, complevel=1, shuffle=True)
    encoding: dict[str, Any] = {str(name): packed for name in described.data_vars if name != "time_bounds"}
    for name, values in described.coords.items():
        if values.dtype.kind in "OTU":  # text, as held in memory or read from a store
            described[name] = values.compute().astype(object)
            encoding[str(name)] = TEXT
    days = dict(dtype="int32", units="days since 1970-01-01", calendar="standard", _FillValue=None)
    encoding |= {"time": days, "time_bounds": days}
    with committed(path) as partial:
        # HDF5 aborts the process if the disk is full, so it writes to memory and Python writes to disk.
        partial.write_bytes(described.to_netcdf(engine="h5netcdf", encoding=encoding))
    return path


def _described(dataset: Dataset) -> Dataset:
    """The dataset to write, with CF attributes."""
    dims = ("strategy", "statistic", "place", "time")
    over_time = {name: values for name, values in dataset.data_vars.items() if set(values.dims) == set(dims)}
    described = Dataset({name: _of_place(values.transpose(*dims)) for name, values in over_time.items()})
    first = dataset.strategy.item(0)
    for name, values, words in (
        (
            "probability_of_harm",
            by_place.probability_of_harm(dataset),
            f"Share of replicates with more than under {first}",
        ),
        ("change_of_rate", by_place.change(dataset), f"Change in the homicide rate from {first}, mean of replicates"),
    ):
        described[name] = _of_place(values.assign_attrs(long_name=f"{words}, over the run"))
    described = described.drop_vars(["place", "strategy", "statistic"]).assign_coords(
        code=("place", dataset.place.values, dict(long_name="Code of the place", cf_role="timeseries_id")),
        strategy_name=("strategy", dataset.strategy.values, dict(long_name="Strategy")),
        statistic_name=("statistic", dataset.statistic.values, dict(long_name="Statistic over replicates")),
    )
    for name, axis in (("lon", "longitude"), ("lat", "latitude")):
        described[name].attrs["standard_name"] = axis
    described["population"].attrs |= dict(units="1", comment="persons")
    described["weeks"].attrs["units"] = "week"
    bounds = _bounds(dataset)
    words = dict(standard_name="time", axis="T", bounds="time_bounds", units_metadata="leap_seconds: none")
    # A month is labelled by its first day, which may be a few days before its first week.
    starts = np.maximum(dataset.time.values, bounds[:, 0])
    described = described.assign_coords(time=("time", starts, {**dataset.time.attrs, **words}))
    described["time_bounds"] = (("time", "bound"), bounds)
    about = dict(
        Conventions="CF-1.11", featureType="timeSeries", history=f"exported by contagion {version('contagion')}"
    )
    return described.assign_attrs({**dataset.attrs, **about})


def _of_place(values: DataArray) -> DataArray:
    """Values with a CF unit; the original unit becomes a comment if it says more."""
    given = values.units
    words = {"long_name": values.long_name, "units": UNITS.get(given, "1")}
    if words["units"] != given:
        words["comment"] = f"in {given}" if given != UNIT_OF_RATE else given
    words |= {name: values.attrs[name] for name in ("cell_methods",) if name in values.attrs}
    described = values.astype(np.float32)
    described.attrs = words
    return described


def _bounds(dataset: Dataset) -> np.ndarray:
    """First day of each period and of the next one (time, bound), from the number of weeks per period."""
    ends = np.cumsum(dataset.weeks.values)
    weeks = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)
    return np.datetime64(dataset.attrs["start"], "ns") + weeks * np.timedelta64(7, "D")
