"""Results of several jobs as one Dataset, and one of them again."""

import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr
from xarray import DataArray, Dataset

from contagion.errors import InputError
from contagion.simulation.labels import text

OF_JOB = ("config", "parameters", "anchor", "note", "branching_ratio", "start", "simulated_weeks", "seed")
EMPTY = {  # what says which labels of a dimension a job has
    "strategy": "homicides_total",
    "time": "homicides_total",
    "replicate": "homicides_total",
    "group": "members_of_group",
    "parameter": "drawn",
    "recorded_time": "recorded_homicides",
}


def together(results: Mapping[int, Dataset], varied: Mapping[str, Sequence[object]]) -> Dataset:
    """Results of jobs as one Dataset with a dimension `job`.

    Strategies, periods, replicates and groups that a job does not have are NaN in it. Attributes that may differ
    between jobs are kept by job, as JSON, in the attribute `jobs`.

    Parameters
    ----------
    results
        Results by the number of the job; all of the same places.
    varied
        Values that differ between jobs, one per job, by the key of the configuration; they become coordinates, under
        that name or, where results have a variable that is called so, with `_of_job` behind it.
    """
    own = [{key: each.attrs[key] for key in OF_JOB if key in each.attrs} for each in results.values()]
    jobs = [_joinable(each) for each in results.values()]
    numbers = xr.Variable("job", list(results), dict(long_name="Job"))
    dataset = xr.concat(
        jobs,
        numbers,
        data_vars="all",
        coords="different",
        compat="equals",
        join="outer",
        combine_attrs="drop_conflicts",
    )
    first = next(iter(results.values()))
    dataset = dataset.sel(strategy=_in_order(results.values(), "strategy"), group=_in_order(results.values(), "group"))
    for name in dataset.variables:
        if name in first.variables:
            dataset[name].attrs = dict(first[name].attrs)
    taken = {*dataset.variables, *dataset.dims}
    names = {
        f"{key}_of_job" if key in taken else key: ("job", _plain(values), dict(long_name=key))
        for key, values in varied.items()
    }
    shared = {key: value for key, value in first.attrs.items() if key not in OF_JOB}
    shared["note"] = " ".join(dict.fromkeys(each.attrs["note"] for each in results.values()))  # figures show it
    by_number = dict(zip(map(str, results), own, strict=True))
    return dataset.assign_coords(names).assign_attrs(**shared, jobs=json.dumps(by_number))


def one_job(dataset: Dataset, number: int) -> Dataset:
    """Results of one job of a sweep, as a run of its own would have returned them.

    Parameters
    ----------
    dataset
        Results of a sweep, from `contagion.open_results`.
    number
        Of the job.

    Raises
    ------
    InputError
        If there is no such job.
    """
    if "job" not in dataset.dims:
        raise InputError("these are results of one run; only those of a sweep have jobs")
    if number not in dataset["job"].values:
        known = ", ".join(map(str, dataset["job"].values[:20]))
        raise InputError(f"job={number}: no such job; there are {known}")
    job = dataset.sel(job=number)
    own = json.loads(dataset.attrs["jobs"])[str(number)]
    for dim, name in EMPTY.items():
        if dim in job.dims:
            others = [other for other in job[name].dims if other != dim]
            job = job.isel({dim: job[name].notnull().any(others).to_numpy()})
    absent = [name for name, values in job.data_vars.items() if not values.size]
    job = job.drop_vars([*absent, "job", *varied(dataset)]).assign_coords(weeks=job["weeks"].variable.astype(int))
    attributes = {key: value for key, value in dataset.attrs.items() if key != "jobs"}
    return job.drop_attrs(deep=False).assign_attrs(attributes | own)


def jobs_of(dataset: Dataset) -> dict[int, Dataset]:
    """All jobs of a sweep by their numbers."""
    return {int(number): one_job(dataset, int(number)) for number in dataset["job"].values}


def varied(dataset: Dataset) -> dict[str, DataArray]:
    """What differs between the jobs of a sweep: the value in each job by the key of the configuration."""
    return {str(name): values for name, values in dataset.coords.items() if values.dims == ("job",) and name != "job"}


def _joinable(dataset: Dataset) -> Dataset:
    """Coordinates in memory, to be compared; true and false as numbers, since what a job has not is NaN."""
    dataset = dataset.assign_coords({name: values.load() for name, values in dataset.coords.items()})
    flags = {name: values.astype(np.float32) for name, values in dataset.data_vars.items() if values.dtype == bool}
    return dataset.assign(flags)


def _in_order(results: Iterable[Dataset], dim: str) -> list[str]:
    """Labels of a dimension in the order in which jobs name them; a join sorts them."""
    return list(dict.fromkeys(str(label) for each in results for label in each[dim].values))


def _plain(values: Sequence[object]) -> np.ndarray:
    """Numbers as numbers, anything else as text."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return np.array(values)
    return text([str(value) for value in values])
