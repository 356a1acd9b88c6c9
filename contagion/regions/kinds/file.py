"""Any country or city, from a polygon file and tables given by options."""

from datetime import date
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from contagion._util.text import first_few
from contagion.errors import InputError
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions import territories
from contagion.regions.input import Places, SharedOptions
from contagion.regions.polygons import check_polygons, in_kilometres, read_polygons
from contagion.regions.record import Record, read_record, smoothed
from contagion.regions.sources import hashed
from contagion.regions.tables import check_areas, check_join, codes, column, numbers, read_table


class Options(SharedOptions):
    """Options of a region read from files."""

    path: str = Field(description="polygon file: GPKG, GeoJSON, Shapefile, FlatGeobuf or GeoParquet")
    id: str = Field(description="column of unique codes")
    name: str = Field(description="column of names")
    population: str = Field(description="column of residents, persons")
    state: str | None = Field(description="column of the state or parent unit; none: a single unit")
    strategic: str | None = Field(description="column that is 1 at ports and border crossings; none: nowhere")
    area_columns: list[str] = Field(description="columns of numbers that are areas where options act")
    digits: int | None = Field(ge=0, le=20, description="digits to which codes are padded with zeros; 0: as written")
    counts: str | None = Field(description="CSV with the id column and `homicides`, persons per year")
    record: str | None = Field(description="CSV with the id column, `time` (months or years) and `count`, persons")
    record_absent: Literal["unknown", "zero"] = Field(description="what a place and period without a row mean")
    start: date | None = Field(
        strict=False, description="date of the start where there is a record, YYYY-MM-DD; none: after its end"
    )
    homicide_rate: float = Field(ge=0, le=1e4, description="homicides per 100,000 and year where counts are absent")
    presence: str | None = Field(description="CSV with the id column, `group` and `members`, persons")
    members: float | None = Field(ge=0, le=1e8, description="members of all groups; none: sum of the presence table")
    members_per_1000: float = Field(ge=0, le=1000, description="members per 1,000 residents where neither is given")
    source: str = Field(description="attribution line for maps")


def build(options: Options) -> Places:
    """Polygons in the order of their codes, joined with the tables of the user."""
    frame = read_polygons(options.path)
    index = codes(column(frame, options.id, options.path), options.path, options.digits)
    frame.index = index
    frame, notes = check_polygons(frame, options.path)
    columns = {
        "name": column(frame, options.name, options.path).astype(str),
        "state": column(frame, options.state, options.path).astype(str) if options.state else "all",
        "population": numbers(column(frame, options.population, options.path), options.path),
        "strategic": (
            numbers(column(frame, options.strategic, options.path), options.path) if options.strategic else 0.0
        ),
    }
    table = gpd.GeoDataFrame(columns, geometry=frame.geometry)
    polygons = gpd.GeoDataFrame(table.sort_index())
    areas = {name: numbers(column(frame, name, options.path), options.path) for name in options.area_columns}
    check_areas(areas, options.path)
    record, recorded = _record(polygons, options)
    start = options.start or (record.ends[-1].item() if record else None)
    homicides, counted = _homicides(polygons, record, start, options)
    polygons["homicides"] = homicides / WEEKS_OF_YEAR
    members, names, placed = _members(polygons, options)
    files = [file for file in (options.path, options.counts, options.record, options.presence) if file]
    return Places(
        name=Path(options.path).stem,
        polygons=polygons,
        members=members,
        hostility=territories.hostility(options.groups),
        groups=names,
        areas={
            name: pd.Series(values, frame.index).reindex(polygons.index).to_numpy() for name, values in areas.items()
        },
        source=options.source,
        notes=(*notes, *recorded, *counted, *placed, "Who is hostile to whom is a fixed pattern (assumed)."),
        hashes=hashed(*map(Path, files)),
        schematic=options.presence is None,
        start=start if record else None,
        record=record,
    )


def _record(polygons: gpd.GeoDataFrame, options: Options) -> tuple[Record | None, tuple[str, ...]]:
    """The record, if there is one, and notes on it."""
    if options.record is None:
        return None, ()
    if options.counts is not None:
        raise InputError(
            f"region.counts={options.counts}: region.record={options.record} says what was counted; set one to null"
        )
    residents = pd.Series(polygons.population.to_numpy(), polygons.index)
    record, notes = read_record(options.record, options.id, options.digits, options.record_absent, residents)
    if options.start and np.datetime64(options.start) > record.ends[-1]:
        raise InputError(
            f"start={options.start}: {options.record} ends in {record.labels[-1]}; must be at most {record.ends[-1]}"
        )
    return record, notes


def _homicides(
    polygons: gpd.GeoDataFrame, record: Record | None, start: date | None, options: Options
) -> tuple[NDArray, tuple[str, ...]]:
    """Homicides per year [place], and notes on assumptions."""
    if record is not None and start is not None:
        counted, period = record.before(start).last_year()
        homicides = smoothed(counted.values, polygons.population.to_numpy(), polygons.state.to_numpy())
        note = f"Homicides are those recorded in {period}, shrunk towards the rate of the state so that none has none."
        return homicides, (note,)
    if options.counts is None:
        rate = options.homicide_rate
        note = f"No table of counts was given: homicides are {rate} per 100,000 residents and year everywhere."
        return polygons.population.to_numpy() * rate / 1e5, (note,)
    table, keys = _table(options.counts, options, unique=True)
    check_join(keys, polygons.index, options.counts, complete=True)
    counts = pd.Series(numbers(column(table, "homicides", options.counts), options.counts), keys)
    return counts.reindex(polygons.index).to_numpy(), ()


def _members(polygons: gpd.GeoDataFrame, options: Options) -> tuple[NDArray, tuple[str, ...], tuple[str, ...]]:
    """Members [group, place], names of the slots, and notes on assumptions."""
    population = polygons.population.to_numpy()
    if options.presence is None:
        total = options.members
        if total is None:
            total = population.sum() * options.members_per_1000 / 1000
        middles = in_kilometres(polygons).centroid
        points = np.column_stack([middles.x, middles.y])
        members = territories.discs(points, population, options.groups, total)
        note = f"Groups are schematic ({total:,.0f} members in discs): no table of presence was given."
        return members, territories.slots(options.groups)[1], (note,)
    table, keys = _table(options.presence, options, unique=False)
    check_join(keys, polygons.index, options.presence)
    present = pd.DataFrame(
        {
            "code": keys,
            "group": column(table, "group", options.presence).astype(str).to_numpy(),
            "members": numbers(column(table, "members", options.presence), options.presence),
        }
    )
    repeated = present[present.duplicated(["code", "group"])]
    if len(repeated):
        pairs = first_few(f"{group} in {code}" for group, code in zip(repeated.group, repeated.code, strict=True))
        raise InputError(f"{options.presence}: {pairs} appears in several rows; must be one row per group and place")
    held = present.pivot(index="group", columns="code", values="members").fillna(0.0)
    held = held.loc[held.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    if len(held) > options.groups:
        raise InputError(
            f"{options.presence}: the table names {len(held)} groups and region.groups={options.groups} has fewer "
            f"slots; set region.groups={len(held)} or more, or merge small groups under one name"
        )
    members = np.zeros((options.groups, len(polygons)))
    members[: len(held)] = held.reindex(columns=polygons.index, fill_value=0.0)
    if options.members is not None and members.sum() > 0:
        members *= options.members / members.sum()
    return members, (*map(str, held.index), *territories.free_names(options.groups - len(held))), ()


def _table(path: str, options: Options, unique: bool) -> tuple[pd.DataFrame, pd.Index]:
    """Read a table of the user, and the codes of its rows."""
    table = read_table(path, options.id)
    return table, codes(column(table, options.id, path), path, options.digits, unique)
