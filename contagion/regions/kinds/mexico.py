"""Municipalities of Mexico with recorded homicides, population, and groups from reported events."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from contagion._util.resources import folder
from contagion.kernel.intervention import Intervention
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.input import Places, SharedOptions
from contagion.regions.kinds import mexico_records as records
from contagion.regions.kinds.mexico_groups import OTHER, hostility, place_members
from contagion.regions.kinds.mexico_history import NOTE, history
from contagion.regions.kinds.mexico_records import hand_coded
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres
from contagion.regions.sources import catalogue, hashed

EVENT_MONTHS = 228  # of reported events, January 2000 to December 2018
TABLES = ("strategic", "areas", "relations", "removals", "operations")  # hand-coded


class Options(SharedOptions):
    """Options of the Mexico region."""

    start: date = Field(
        strict=False, ge=date(2000, 1, 1), le=date(2022, 1, 1), description="date of the start, YYYY-MM-DD"
    )
    members: float = Field(ge=0, le=1e8, description="rank and file of all groups at the start, persons")
    presence_years: int = Field(ge=1, le=19, description="years before the start whose events place the groups")
    event_power: float = Field(
        ge=0, le=1, description="members in a place are proportional to its events to this power"
    )
    presence_spread: float = Field(ge=0, le=1, description="share of members in places next to reported ones")
    history: bool = Field(description="whether dated removals of leaders and operations happen under every strategy")
    removal_severity: float = Field(ge=0, le=1, description="share of leadership removed with a leader")
    lieutenant_severity: float = Field(ge=0, le=1, description="share of leadership removed with a lieutenant")
    operation_personnel: float = Field(ge=0, le=1e6, description="military of an operation, persons")
    operation_weeks: int = Field(ge=0, le=5200, description="length of an operation, weeks")
    mirror: str | None = Field(description="folder that holds the raw files, instead of the network")


def build(options: Options) -> Places:
    """Build the 2,469 municipalities of the 2020 census as of the start date."""
    polygons, repairs = records.municipalities(options.mirror)
    codes = polygons.index
    residents = records.population(options.mirror)[str(options.start.year)].reindex(codes).to_numpy(dtype=float)
    monthly = records.homicides(options.mirror).reindex(codes)
    recorded, months = _year_before(monthly, options.start)
    touching = contiguity(in_kilometres(polygons))[0]
    events = _events_before(options)
    window = f"from {events.date.min():%Y-%m} to {events.date.max():%Y-%m}"
    members, names = place_members(
        events, codes, touching, options.groups, options.members, options.event_power, options.presence_spread
    )
    strategic = hand_coded("strategic.csv", {"code": str})
    areas = hand_coded("areas.csv", {"code": str}).groupby("area").code
    states = polygons.state.to_numpy()
    polygons["population"] = residents
    polygons["homicides"] = smoothed(recorded.to_numpy(dtype=float), residents, states) / WEEKS_OF_YEAR
    polygons["strategic"] = codes.isin(strategic.code).astype(float)
    unrecorded = ", ".join(codes[recorded.isna()])
    published = "published for 2012" if options.start.year == 2012 else "assumed for this start: published for 2012"
    return Places(
        name="Mexico",
        polygons=polygons,
        members=members,
        hostility=hostility(names),
        groups=names,
        source="INEGI (outlines, homicides), CONAPO (population), OCVED 2.0 by Osorio and Beltrán (groups)",
        notes=(
            *repairs,
            f"Homicides are those recorded {months}, shrunk towards the rate of the state so that no place "
            f"has none; places without a record have the rate of the state ({unrecorded}).",
            f"{options.members:,.0f} members in all ({published}); shared out in proportion to the reported "
            f"events of each group in each place {window}, to the power {options.event_power}, "
            f"{100 * options.presence_spread:.0f} % of them next to these places (assumed). "
            "Events come from the press: where none is reported a group may still be present.",
            "Events that name no group are shared over the groups named in the same place, or go to the one most named "
            f"in the state (assumed); '{OTHER}' stands for groups without a slot.",
            *([NOTE] if options.history else []),
            "Rivalries, alliances, ports, border crossings, and areas of crops and fuel theft are hand-coded from "
            "general knowledge (assumed).",
        ),
        hashes={
            **{name: catalogue()[name]["sha256"] for name in records.FILES},
            **hashed(*(folder("geodata") / "mexico" / f"{name}.csv" for name in TABLES)),
        },
        areas={str(name): codes.isin(listed).astype(float) for name, listed in areas},
        start=options.start,
        history=_dated_events(names, polygons, options) if options.history else (),
    )


def recorded_homicides(mirror: str | None = None) -> pd.DataFrame:
    """Recorded homicides (persons) by code (rows, in place order) and month of occurrence (columns, 2000-2021).

    NaN for municipalities without a record.

    Raises
    ------
    InputError
        If the files cannot be obtained.
    """
    table = records.homicides(mirror).reindex(records.municipalities(mirror)[0].index)
    return table.set_axis(pd.PeriodIndex(table.columns, freq="M", name="month"), axis="columns")


def smoothed(recorded: NDArray, residents: NDArray, state: NDArray) -> NDArray:
    """Empirical-Bayes estimate of homicides: rates shrunk towards the state rate, keeping state totals.

    The rate of place i with n_i residents is w_i r_i + (1 - w_i) m with w_i = A / (A + m / n_i), where m is the state
    rate and A the variance between places beyond sampling noise (Marshall 1991, Applied Statistics 40). A state without
    homicides is shrunk towards the national rate.

    Parameters
    ----------
    recorded
        Recorded homicides [place], NaN for places without a record.
    residents
        Residents [place], persons.
    state
        State labels [place].
    """
    known = np.isfinite(recorded)
    result = np.empty(len(recorded))
    nation = recorded[known].sum() / residents[known].sum()
    for label in pd.unique(state):
        mine = state == label
        count, people = np.where(known, recorded, 0)[mine], np.where(known, residents, 0)[mine]
        total = count.sum()
        mean = total / people.sum() if total else nation
        rate = np.divide(count, people, out=np.full(len(count), mean), where=people > 0)
        excess = (people * (rate - mean) ** 2).sum() / people.sum() - mean * (people > 0).sum() / people.sum()
        between = max(excess, 0.0)
        weight = between / (between + mean / np.maximum(people, 1))
        shrunk = (weight * rate + (1 - weight) * mean) * residents[mine]
        result[mine] = shrunk * (total / shrunk[people > 0].sum()) if total else shrunk
    return result


def _year_before(monthly: pd.DataFrame, start: date) -> tuple[pd.Series, str]:
    """Homicides over the 12 months before the start, or the first 12 on record; and the name of that period."""
    end = max(12, _month(start))
    year = monthly.iloc[:, end - 12 : end]
    return year.sum(axis=1, min_count=1), f"from {year.columns[0]} to {year.columns[-1]}"


def _events_before(options: Options) -> pd.DataFrame:
    """Reported events of the years before the start, or of the first years on record."""
    events = records.events(options.mirror)
    length = 12 * options.presence_years
    end = min(max(_month(options.start), length), EVENT_MONTHS)
    month = (events.date.dt.year - 2000) * 12 + events.date.dt.month - 1
    return events.loc[month.between(end - length, end - 1)]


def _dated_events(names: tuple[str, ...], polygons: gpd.GeoDataFrame, options: Options) -> tuple[Intervention, ...]:
    severity = options.removal_severity, options.lieutenant_severity
    return history(names, polygons, options.start, severity, options.operation_personnel, options.operation_weeks)


def _month(day: date) -> int:
    """Months since the first one on record, January 2000."""
    return (day.year - 2000) * 12 + day.month - 1
