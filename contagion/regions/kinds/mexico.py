"""Municipalities of Mexico with recorded homicides, population, and groups from reported events."""

from datetime import date
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import BeforeValidator, Field

from contagion._util.dates import day
from contagion._util.resources import folder
from contagion.interventions.historical import RecordedOperations, RecordedRemovals
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.input import Places, SharedOptions
from contagion.regions.kinds import mexico_records as records
from contagion.regions.kinds.mexico_groups import OTHER, hostility, place_members
from contagion.regions.kinds.mexico_history import NOTE, history
from contagion.regions.kinds.mexico_records import hand_coded
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres
from contagion.regions.record import from_tables, smoothed
from contagion.regions.sources import catalogue, hashed

END = date(2022, 1, 1)  # the day after the end of the record
EVENT_MONTHS = 228  # of reported events, January 2000 to December 2018
TABLES = ("strategic", "areas", "relations", "removals", "operations")  # hand-coded


class Options(SharedOptions):
    """Options of the Mexico region."""

    start: Annotated[date, BeforeValidator(lambda given: day(given) or END)] = Field(
        ge=date(2001, 1, 1), le=END, description="date of the start, YYYY-MM-DD; none: after the record"
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
    people = records.population(options.mirror).reindex(codes)
    residents = people[str(options.start.year)].to_numpy(dtype=float)
    record = from_tables(records.homicides(options.mirror).reindex(codes), people)
    last_year, months = record.before(options.start).last_year()
    recorded = last_year.to_series()
    outlines = in_kilometres(polygons)
    touching = contiguity(outlines)[0]
    centres = outlines.centroid.get_coordinates().to_numpy()
    events = _events_before(options)
    window = f"from {events.date.min():%Y-%m} to {events.date.max():%Y-%m}"
    how_many = options.groups, options.members, options.event_power, options.presence_spread
    members, names = place_members(events, codes, touching, centres, options.scale_km, *how_many)
    strategic = hand_coded("strategic.csv", {"code": str})
    areas = hand_coded("areas.csv", {"code": str}).groupby("area").code
    states = polygons.state.to_numpy()
    polygons["population"] = residents
    polygons["homicides"] = smoothed(recorded.to_numpy(dtype=float), residents, states) / WEEKS_OF_YEAR
    polygons["strategic"] = codes.isin(strategic.code).astype(float)
    removals, operations = _dated_events(names, polygons, options)
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
            f"Homicides are those recorded from {months}, shrunk towards the rate of the state so that no place "
            f"has none; places without a record have the rate of the state ({unrecorded}).",
            f"{options.members:,.0f} members in all ({published}); shared out in proportion to the reported "
            f"events of each group in each place {window}, to the power {options.event_power}, "
            f"{100 * options.presence_spread:.0f} % of them next to these places (assumed). "
            "Events come from the press: where none is reported a group may still be present.",
            "Events that name no group are shared over the groups named in the same place, or where none is over those "
            f"named around (assumed); '{OTHER}' stands for groups without a slot.",
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
        military=np.asarray(operations.deployed(-1)),
        history=(removals, operations) if options.history else (),
        record=record,
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


def _events_before(options: Options) -> pd.DataFrame:
    """Reported events of the years before the start, as far as they are on record."""
    events = records.events(options.mirror)
    end = min((options.start.year - 2000) * 12 + options.start.month - 1, EVENT_MONTHS)
    month = (events.date.dt.year - 2000) * 12 + events.date.dt.month - 1
    return events.loc[month.between(end - 12 * options.presence_years, end - 1)]


def _dated_events(
    names: tuple[str, ...], polygons: gpd.GeoDataFrame, options: Options
) -> tuple[RecordedRemovals, RecordedOperations]:
    severity = options.removal_severity, options.lieutenant_severity
    return history(names, polygons, options.start, severity, options.operation_personnel, options.operation_weeks)
