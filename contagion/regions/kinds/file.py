"""Any country or city, from a polygon file and tables given by options."""

import codecs
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from contagion._util.dates import day
from contagion._util.text import first_few
from contagion.errors import InputError
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions import territories
from contagion.regions.input import Places, SharedOptions
from contagion.regions.outlines import check_overlaps, chosen, extent, named, readable
from contagion.regions.polygons import check_polygons, in_kilometres, read_polygons
from contagion.regions.record import Record, read_record, smoothed
from contagion.regions.sources import hashed
from contagion.regions.tables import (
    as_decimals,
    check_areas,
    check_join,
    cleaned,
    codes,
    column,
    numbers,
    persons,
    read_table,
)

# A column may be called 2020, and a value of it may be 8: on a command line both are numbers.
Word = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]
Column = Word
WITHOUT = "no state"  # name of the state of places without one


class Options(SharedOptions):
    """Options of a region read from files."""

    path: str = Field(description="polygon file: GPKG, GeoJSON, Shapefile, FlatGeobuf or GeoParquet")
    layer: str | None = Field(description="layer of a file that has several; none: the only one with outlines")
    where: dict[Column, Word | list[Word]] = Field(description="values by column that rows of the file must have")
    encoding: str | None = Field(description="encoding of the text in a Shapefile; none: what the file says")
    id: Column = Field(description="column of unique codes")
    name: Column = Field(description="column of names")
    population: Column = Field(description="column of residents, persons")
    state: Column | None = Field(description="column of the state or parent unit; none: a single unit")
    strategic: Column | None = Field(description="column that is 1 at ports and border crossings; none: nowhere")
    area_columns: list[Column] = Field(description="columns of numbers that are areas where options act")
    digits: int | None = Field(ge=0, le=20, description="digits to which codes are padded with zeros; 0: as written")
    counts: str | None = Field(description="CSV with the id column and `homicides`, persons per year")
    record: str | None = Field(description="CSV with the id column, `time` (months or years) and `count`, persons")
    record_absent: Literal["unknown", "zero"] = Field(description="what a place and period without a row mean")
    start: Annotated[date | None, BeforeValidator(day)] = Field(
        description="date of the start where there is a record, YYYY-MM-DD; none: after its end"
    )
    homicide_rate: float = Field(ge=0, le=1e4, description="homicides per 100,000 and year where counts are absent")
    presence: str | None = Field(description="CSV with the id column, `group` and `members`, persons")
    members: float | None = Field(ge=0, le=1e8, description="members of all groups; none: sum of the presence table")
    members_per_1000: float = Field(ge=0, le=1000, description="members per 1,000 residents where neither is given")
    source: str = Field(description="attribution line for maps")


def build(options: Options) -> Places:
    """Polygons in the order of their codes, joined with the tables of the user."""
    path = options.path
    frame, outlines, notes = _rows(options)
    population = persons(column(frame, options.population, path), path)
    names, unnamed = named(cleaned(column(frame, options.name, path)).to_numpy(), frame.index)
    state, stateless = _states(frame, options)
    strategic = numbers(column(frame, options.strategic, path), path) if options.strategic else 0.0
    table = gpd.GeoDataFrame(
        dict(name=names, state=state, population=population, strategic=strategic), frame.index, geometry=frame.geometry
    )
    polygons = gpd.GeoDataFrame(table.sort_index())
    areas = {name: numbers(column(frame, name, path), path) for name in options.area_columns}
    check_areas(areas, path)
    record, recorded = _record(polygons, options)
    start = options.start or (record.ends[-1].item() if record else None)
    homicides, counted = _homicides(polygons, record, start, options)
    polygons["homicides"] = homicides / WEEKS_OF_YEAR
    members, groups, placed = _members(polygons, outlines, options)
    files = [file for file in (path, options.counts, options.record, options.presence) if file]
    notes += (*unnamed, *stateless, *recorded, *counted, *placed)
    return Places(
        name=Path(path).stem,
        polygons=polygons,
        members=members,
        hostility=territories.hostility(options.groups),
        groups=groups,
        areas={
            name: pd.Series(values, frame.index).reindex(polygons.index).to_numpy() for name, values in areas.items()
        },
        source=options.source,
        notes=(*notes, "Who is hostile to whom is a fixed pattern (assumed)."),
        hashes=hashed(*(Path(file).expanduser() for file in files)),
        start=start if record else None,
        record=record,
    )


def _rows(options: Options) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries, tuple[str, ...]]:
    """Checked rows of the polygon file by code, their outlines in km, and notes on them."""
    path = options.path
    frame = read_polygons(path, options.layer, options.encoding and _encoding(options.encoding))
    notes: tuple[str, ...] = ()
    if not options.encoding and Path(path).suffix.lower() == ".shp" and not Path(path).with_suffix(".cpg").exists():
        frame, notes = readable(frame)
    frame = chosen(frame, options.where, path)
    frame.index = codes(column(frame, options.id, path), path, options.digits)
    frame, repaired = check_polygons(frame, path)
    outlines = in_kilometres(frame)
    return frame, outlines, (*notes, *repaired, *check_overlaps(outlines, path), extent(outlines))


def _encoding(name: str) -> str:
    """The name by which GDAL knows an encoding."""
    try:
        return codecs.lookup(name).name.replace("iso8859-", "ISO-8859-")
    except LookupError:
        raise InputError(f"region.encoding={name}: no such encoding; must be one as utf-8, latin-1, cp1252") from None


def _states(frame: gpd.GeoDataFrame, options: Options) -> tuple[NDArray | str, tuple[str, ...]]:
    """State of each place, and a note on places without one, which are a state of their own."""
    if options.state is None:
        return "all", ()
    state = cleaned(column(frame, options.state, options.path))
    missing = state.isna().to_numpy()
    if missing.all():
        raise InputError(
            f"{options.path}: column {options.state!r} is empty; region.state=null takes all places as one"
        )
    few = first_few(frame.index[missing])
    note = f"Places without a state are taken as one of their own, {WITHOUT!r}: {missing.sum()} ({few})."
    return state.fillna(WITHOUT).to_numpy(), (note,) if missing.any() else ()


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
    table, keys, notes = _table(options.counts, options, unique=True)
    check_join(keys, polygons.index, options.counts, complete=True)
    counts = pd.Series(persons(column(table, "homicides", options.counts), options.counts), keys)
    return counts.reindex(polygons.index).to_numpy(), notes


def _members(
    polygons: gpd.GeoDataFrame, outlines: gpd.GeoSeries, options: Options
) -> tuple[NDArray, tuple[str, ...], tuple[str, ...]]:
    """Members [group, place], names of the slots, and notes on assumptions."""
    population = polygons.population.to_numpy()
    if options.presence is None:
        total = options.members
        if total is None:
            total = population.sum() * options.members_per_1000 / 1000
        middles = outlines.centroid.loc[polygons.index]
        points = np.column_stack([middles.x, middles.y])
        members = territories.discs(points, population, options.groups, total)
        note = f"Groups are assumed ({total:,.0f} members in discs): no table of presence was given."
        return members, territories.slots(options.groups)[1], (note,)
    table, keys, notes = _table(options.presence, options, unique=False)
    check_join(keys, polygons.index, options.presence)
    present = pd.DataFrame(
        {
            "code": keys,
            "group": cleaned(column(table, "group", options.presence)).to_numpy(),
            "members": persons(column(table, "members", options.presence), options.presence),
        }
    )
    if present.group.isna().any():
        rows = first_few(np.flatnonzero(present.group.isna()) + 1)
        raise InputError(f"{options.presence}: column 'group' is empty in row {rows}; each row names a group")
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
    return members, (*held.index, *territories.free_names(options.groups - len(held))), notes


def _table(path: str, options: Options, unique: bool) -> tuple[pd.DataFrame, pd.Index, tuple[str, ...]]:
    """Read a table of the user, the codes of its rows, and notes on how they are written."""
    table = read_table(path)
    written = column(table, options.id, path)
    return table, codes(written, path, options.digits, unique), as_decimals(written, path)
