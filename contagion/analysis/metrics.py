"""What a policy analyst asks for, one number per strategy and replicate, from a Dataset.

Some outcomes compare: with the first strategy of the Dataset, or with all of them, in the same replicate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from contagion.errors import InputError, nearest
from contagion.kernel.units import WEEKS_OF_YEAR

QUARTER = {"week": 13, "month": 3}  # periods of a quarter
DISABLED = 0.5  # share of its usual operators per member below which a group counts as disabled
VISIBLE = 0.05  # share of homicides by which a quarter must lie below that of the first strategy


@dataclass(frozen=True)
class Outcome:
    """A number per strategy and replicate, NaN where it has no meaning."""

    unit: str
    worse: int  # 1 where more is worse, -1 where less is worse, 0 where it is a cost or a count to read
    of: Callable[[xr.Dataset], xr.DataArray]
    censored: bool = False  # a time that ends with the run: infinite where it was not seen within it


def over_run(name: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """A recorded variable summed over the run, and over groups where it is by group."""
    return lambda dataset: dataset[name].sum(set(dataset[name].dims) - {"strategy", "replicate"})


def at_end(name: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """A recorded variable at the end of the last period."""
    return lambda dataset: dataset[name].isel(time=-1)


def in_years(name: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """Person-weeks of a recorded variable over the run, in person-years."""
    return lambda dataset: over_run(name)(dataset) / WEEKS_OF_YEAR


def per_week(name: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """A recorded variable summed over the run, per week."""
    return lambda dataset: over_run(name)(dataset) / dataset["weeks"].sum()


def ratio(part: xr.DataArray, whole: xr.DataArray) -> xr.DataArray:
    """`part` per `whole`, NaN where there is nothing of the whole."""
    return part / whole.where(whole > 0)


def reference(values: xr.DataArray) -> xr.DataArray:
    """What the first strategy has of an outcome, in each replicate."""
    return values.isel(strategy=0, drop=True)


def homicide_rate(dataset: xr.Dataset) -> xr.DataArray:
    """Homicides per 100,000 residents and year over the whole run."""
    return per_week("homicides_total")(dataset) * WEEKS_OF_YEAR / float(dataset["population"].sum()) * 1e5


def ordinary_homicides(dataset: xr.Dataset) -> xr.DataArray:
    """Homicides less those expected in conflict and in clashes; below zero where chance left few."""
    fought = dataset["conflict_homicides_total"] + dataset["clash_homicides_total"]
    return (dataset["homicides_total"] - fought).sum("time")


def groups_at_end(dataset: xr.Dataset) -> xr.DataArray:
    """Groups that are present anywhere at the end."""
    return (dataset["places_of_group"].isel(time=-1) > 0).sum("group")


def members_per_group_at_end(dataset: xr.Dataset) -> xr.DataArray:
    """Mean rank and file of the groups that are present anywhere at the end; NaN where none is."""
    end = dataset[["members_of_group", "places_of_group"]].isel(time=-1)
    members = end["members_of_group"].where(end["places_of_group"] > 0, 0).sum("group")
    return ratio(members, groups_at_end(dataset))


def group_concentration_at_end(dataset: xr.Dataset) -> xr.DataArray:
    """Herfindahl index of rank and file, from 1 / groups where all are alike to 1 of one group; NaN without any."""
    members = dataset["members_of_group"].isel(time=-1)
    return ratio((members**2).sum("group"), members.sum("group") ** 2)


def arrests(dataset: xr.Dataset) -> xr.DataArray:
    """Rank and file arrested, and operators arrested in sweeps."""
    return over_run("incapacitated")(dataset) + over_run("swept")(dataset)


def deaths_per_clash(dataset: xr.Dataset) -> xr.DataArray:
    """Members killed by the state per clash with it; NaN where there was none."""
    return ratio(over_run("killed_by_state")(dataset), over_run("confrontations")(dataset))


def deaths_per_wounded(dataset: xr.Dataset) -> xr.DataArray:
    """Members killed by the state per person wounded in clashes with it; NaN where nobody was."""
    return ratio(over_run("killed_by_state")(dataset), over_run("wounded")(dataset))


def force_years(dataset: xr.Dataset) -> xr.DataArray:
    """Military and police at the end of each period, weighted with its weeks and summed, in person-years."""
    deployed = dataset["military_total"] + dataset["police_total"]
    return (deployed * dataset["weeks"]).sum("time") / WEEKS_OF_YEAR


def complaints(dataset: xr.Dataset) -> xr.DataArray:
    """Complaints about abuse per 1,000 of military and police and year; NaN without any."""
    return 1000 * ratio(over_run("abuses_total")(dataset), force_years(dataset))


def personnel_years(dataset: xr.Dataset) -> xr.DataArray:
    """Military, police and staff of programmes, in person-years."""
    return force_years(dataset) + in_years("staff")(dataset)


def added_personnel_years(dataset: xr.Dataset) -> xr.DataArray:
    """Person-years of personnel beyond those of the first strategy; negative where it takes fewer."""
    personnel = personnel_years(dataset)
    return personnel - reference(personnel)


def averted_per_1000_personnel_years(dataset: xr.Dataset) -> xr.DataArray:
    """Homicides fewer than under the first strategy per 1,000 person-years added; NaN where less than one was."""
    homicides, added = over_run("homicides_total")(dataset), added_personnel_years(dataset)
    return 1000 * (reference(homicides) - homicides) / added.where(added >= 1)


def averted_per_million_dollars(dataset: xr.Dataset) -> xr.DataArray:
    """Homicides fewer than under the first strategy per million dollars spent beyond its; NaN below one million more.

    Negative where homicides are more.
    """
    homicides, spent = over_run("homicides_total")(dataset), over_run("spending")(dataset)
    added = spent - reference(spent)
    return (reference(homicides) - homicides) / added.where(added >= 1)


def time_to_visible_result(dataset: xr.Dataset) -> xr.DataArray:
    """Weeks to the end of the first quarter with at least 5 % fewer homicides than under the first strategy.

    Quarters of 13 weeks, or of three months where months were recorded, may begin with any period. Infinite where there
    is no such quarter within the run, as under the first strategy itself.
    """
    quarter = dataset["homicides_total"].rolling(time=QUARTER["week" if dataset["weeks"].max() == 1 else "month"]).sum()
    usual = reference(quarter)
    visible = (quarter <= (1 - VISIBLE) * usual) & (quarter < usual)
    return first_time(visible, dataset)


def time_to_visible_operation(dataset: xr.Dataset) -> xr.DataArray:
    """Weeks to the end of the first period with a capture or a sweep to show; infinite where there is none."""
    return first_time((dataset["captures"] + dataset["swept"]).sum("group") > 0, dataset)


def first_time(seen: xr.DataArray, dataset: xr.Dataset) -> xr.DataArray:
    """Weeks to the end of the first period in which something is seen; infinite where it never is within the run."""
    return xr.where(seen, dataset["weeks"].cumsum("time"), np.inf).min("time")


def weeks_disabled(dataset: xr.Dataset) -> xr.DataArray:
    """Weeks for which groups have less than half as many operators per member as at the start, summed over groups."""
    ratios = ratio(dataset["operators_of_group"], dataset["members_of_group"])
    present = dataset["places_of_group"] > 0
    usual = ratio(dataset["operators_of_group"].sum("group"), dataset["members_of_group"].sum("group")).isel(time=0)
    return (((ratios < DISABLED * usual) & present).sum("group") * dataset["weeks"]).sum("time")


def residents_held_by_police(dataset: xr.Dataset) -> xr.DataArray:
    """Residents of places that police hold after a handover, mean over the last period."""
    last = dataset[["held_total", "weeks"]].isel(time=-1)
    return last["held_total"] / last["weeks"] * float(dataset["population"].sum())


def soldiers_freed(dataset: xr.Dataset) -> xr.DataArray:
    """Military at the end fewer than under the first strategy; negative where there are more."""
    deployed = dataset["military_total"].isel(time=-1)
    return reference(deployed) - deployed


def residents_made_worse(dataset: xr.Dataset) -> xr.DataArray:
    """Share of residents who live in places with more homicides over the run than under the first strategy."""
    homicides, residents = dataset["homicides_run_total"], dataset["population"]
    return (homicides > reference(homicides)).dot(residents / residents.sum(), dim="place")


def regret(dataset: xr.Dataset) -> xr.DataArray:
    """Homicides beyond those under the strategy with fewest in the same replicate."""
    homicides = over_run("homicides_total")(dataset)
    return homicides - homicides.min("strategy")


OUTCOMES = {
    "homicides": Outcome("persons", 1, over_run("homicides_total")),
    "homicide_rate": Outcome("per 100,000 residents and year", 1, homicide_rate),
    "conflict_homicides": Outcome("persons", 1, over_run("conflict_homicides_total")),
    "clash_homicides": Outcome("persons", 1, over_run("clash_homicides_total")),
    "ordinary_homicides": Outcome("persons", 1, ordinary_homicides),
    "violent_places_at_end": Outcome("places", 1, at_end("violent_total")),
    "newly_violent_places_at_end": Outcome("places", 1, at_end("newly_violent_total")),
    "newly_violent_residents_at_end": Outcome("persons", 1, at_end("newly_violent_residents_total")),
    "displaced_at_end": Outcome("persons", 1, at_end("displaced_total")),
    "controlled_at_end": Outcome("persons", 1, at_end("controlled_total")),
    "extortion": Outcome("index, 1 under full control with usual revenue", 1, per_week("extortion_total")),
    "members_at_end": Outcome("persons", 1, at_end("members_total")),
    "operators_at_end": Outcome("persons", 1, at_end("operators_total")),
    "places_with_groups_at_end": Outcome("places", 1, at_end("occupied_total")),
    "groups_at_end": Outcome("groups", 0, groups_at_end),
    "members_per_group_at_end": Outcome("persons per group", 0, members_per_group_at_end),
    "group_concentration_at_end": Outcome("Herfindahl index, 0 to 1", 0, group_concentration_at_end),
    "splits": Outcome("splits", 0, over_run("splits")),
    "blocked_splits": Outcome("splits", 0, over_run("blocked_splits")),
    "recruits": Outcome("persons", 1, over_run("recruits")),
    "captures": Outcome("removals of leaders", 0, over_run("captures")),
    "incapacitated": Outcome("persons", 0, over_run("incapacitated")),
    "operators_swept": Outcome("persons", 0, over_run("swept")),
    "known_at_strikes": Outcome("share of operators, summed over strikes", 0, over_run("known")),
    "leaked": Outcome("share of operators, summed over strikes", 0, over_run("leaked")),
    "weeks_disabled": Outcome("weeks, summed over groups", 0, weeks_disabled),
    "absorbed": Outcome("persons", 0, over_run("absorbed")),
    "entries": Outcome("places", 0, over_run("entries")),
    "arrests": Outcome("persons", 0, arrests),
    "convictions": Outcome("persons", 0, over_run("convicted")),
    "demobilised": Outcome("persons", 0, over_run("demobilised")),
    "deaths_per_clash": Outcome("persons per clash", 1, deaths_per_clash),
    "deaths_per_wounded": Outcome("persons per person wounded", 1, deaths_per_wounded),
    "disappeared": Outcome("persons", 1, over_run("disappeared")),
    "civilians_killed_by_state": Outcome("persons", 1, over_run("civilians")),
    "complaints": Outcome("per 1,000 personnel and year", 1, complaints),
    "trust_at_end": Outcome("1", -1, at_end("trust_total")),
    "police_capability_at_end": Outcome("1", -1, at_end("capability_total")),
    "handover_stalled": Outcome("weeks, summed over parts of the plan", 0, over_run("stalled")),
    "handover_relapses": Outcome("relapses", 1, over_run("relapses")),
    "residents_held_by_police": Outcome("persons", 0, residents_held_by_police),
    "soldiers_freed": Outcome("persons", 0, soldiers_freed),
    "served": Outcome("person-years", -1, in_years("served_total")),
    "blocked": Outcome("person-years", 1, in_years("blocked_total")),
    "attacks": Outcome("attacks", 1, over_run("attacks_total")),
    "reporting_at_end": Outcome("share of homicides on record", -1, at_end("reporting_total")),
    "agreement": Outcome("weeks", 0, over_run("agreement")),
    "consumption": Outcome("relative to the start", 1, per_week("consumption")),
    "staff_years": Outcome("person-years", 0, in_years("staff")),
    "personnel_years": Outcome("person-years", 0, personnel_years),
    "added_personnel_years": Outcome("person-years", 0, added_personnel_years),
    "cost": Outcome("million dollars", 0, over_run("spending")),
    "time_to_visible_operation": Outcome("weeks", 1, time_to_visible_operation, censored=True),
    "time_to_visible_result": Outcome("weeks", 1, time_to_visible_result, censored=True),
    "averted_per_1000_personnel_years": Outcome("persons per 1,000 person-years", -1, averted_per_1000_personnel_years),
    "averted_per_million_dollars": Outcome("persons per million dollars", -1, averted_per_million_dollars),
    "regret": Outcome("persons", 1, regret),
    "residents_made_worse": Outcome("share of residents", 1, residents_made_worse),
}


def judged(name: str) -> Outcome:
    """The outcome of that name, of which more or less is better.

    Raises InputError naming one that is unknown, neither good nor bad, or a time not seen in every run, and the nearest
    that ranks strategies.
    """
    names = [known for known, outcome in OUTCOMES.items() if outcome.worse and not outcome.censored]
    if name in names:
        return OUTCOMES[name]
    reason = "unknown"
    if name in OUTCOMES:
        times = "a time that some replicates do not see within the run"
        reason = times if OUTCOMES[name].censored else "a cost or a count, neither good nor bad"
    raise InputError(f"outcome {name!r}: {reason}; the nearest that ranks strategies is {nearest(name, names)!r}")
