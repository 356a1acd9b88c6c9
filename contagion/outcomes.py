"""What a policy analyst asks for, one number per strategy and replicate, from a Dataset."""

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr

from contagion.processes.memory import WEEKS_OF_YEAR


@dataclass(frozen=True)
class Outcome:
    """A number per strategy and replicate."""

    unit: str
    worse: int  # 1 where more is worse, -1 where less is worse, 0 where it is a cost or a count to read
    of: Callable[[xr.Dataset], xr.DataArray]


def years(dataset: xr.Dataset) -> float:
    """Length of the run."""
    return float(dataset["weeks"].sum()) / WEEKS_OF_YEAR


def homicide_rate(dataset: xr.Dataset) -> xr.DataArray:
    """Homicides per 100,000 residents and year over the whole run."""
    residents = float(dataset["population"].sum())
    return dataset["homicides_total"].sum("time") / residents / years(dataset) * 1e5


def personnel_years(dataset: xr.Dataset) -> xr.DataArray:
    """Personnel at the end of each period, weighted with its weeks and summed, in person-years."""
    deployed = dataset["military_total"] + dataset["police_total"]
    return (deployed * dataset["weeks"]).sum("time") / WEEKS_OF_YEAR


def complaints(dataset: xr.Dataset) -> xr.DataArray:
    """Complaints about abuse per 1,000 personnel and year."""
    return 1000 * dataset["abuses_total"].sum("time") / personnel_years(dataset)


def groups_at_end(dataset: xr.Dataset) -> xr.DataArray:
    """Groups that are present anywhere at the end."""
    return (dataset["places_of_group"].isel(time=-1) > 0).sum("group")


OUTCOMES = {
    "homicides": Outcome("persons", 1, lambda dataset: dataset["homicides_total"].sum("time")),
    "homicide_rate": Outcome("per 100,000 residents and year", 1, homicide_rate),
    "conflict_homicides": Outcome("persons", 1, lambda dataset: dataset["conflict_homicides_total"].sum("time")),
    "clash_homicides": Outcome("persons", 1, lambda dataset: dataset["clash_homicides_total"].sum("time")),
    "members_at_end": Outcome("persons", 1, lambda dataset: dataset["members_total"].isel(time=-1)),
    "operators_at_end": Outcome("persons", 1, lambda dataset: dataset["operators_total"].isel(time=-1)),
    "displaced_at_end": Outcome("persons", 1, lambda dataset: dataset["displaced_total"].isel(time=-1)),
    "controlled_at_end": Outcome("persons", 1, lambda dataset: dataset["controlled_total"].isel(time=-1)),
    "places_with_groups_at_end": Outcome("places", 1, lambda dataset: dataset["occupied_total"].isel(time=-1)),
    "groups_at_end": Outcome("groups", 0, groups_at_end),
    "splits": Outcome("splits", 0, lambda dataset: dataset["splits"].sum(("time", "group"))),
    "blocked_splits": Outcome("splits", 0, lambda dataset: dataset["blocked_splits"].sum(("time", "group"))),
    "complaints": Outcome("per 1,000 personnel and year", 1, complaints),
    "trust_at_end": Outcome("1", -1, lambda dataset: dataset["trust_total"].isel(time=-1)),
    "recruits": Outcome("persons", 1, lambda dataset: dataset["recruits"].sum(("time", "group"))),
    "incapacitated": Outcome("persons", 0, lambda dataset: dataset["incapacitated"].sum(("time", "group"))),
    "operators_swept": Outcome("persons", 0, lambda dataset: dataset["swept"].sum(("time", "group"))),
    "personnel_years": Outcome("person-years", 0, personnel_years),
}
