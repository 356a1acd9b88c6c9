"""Public files of Mexico, parsed and checked once, then cached as Parquet.

The cache key contains the pinned hashes of the source files, so a new pin invalidates the cache.
"""

import hashlib
import importlib
import os
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from contagion._util.resources import folder
from contagion.errors import InputError, install
from contagion.regions.polygons import check_polygons
from contagion.regions.sources import cache_folder, catalogue, fetch

OUTLINES = "mxmunicipio.topoJSON.RData"
NAMES = "df_mxmunicipio_2020.RData"
HOMICIDES = "mexico-muni-month-homicide-rates-2000-2021.csv.gz"
POPULATION = "poblacion.csv"
EVENTS = "OCVED_2.0.xlsx"
VERSION = 1  # of the parsers below: increment when the same files give different tables
FILES = (OUTLINES, NAMES, HOMICIDES, POPULATION, EVENTS)

# Municipalities created in 2021-22, and those they belonged to in the 2020 census.
PARENTS = {
    "02007": "02002",
    "04013": "04001",
    "12082": "12053",
    "12083": "12012",
    "12084": "12023",
    "12085": "12041",
}
NO_GROUP = ("Unidentified Criminal Group", "Other")  # actors of events that name no group


def municipalities(mirror: str | None = None) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Municipalities of the 2020 census by code (name, state, geometry), and notes on repairs."""

    def read() -> gpd.GeoDataFrame:
        outlines, notes = check_polygons(_outlines(_read_r(fetch(OUTLINES, mirror))), OUTLINES)
        names = _read_r(fetch(NAMES, mirror)).set_index("region")
        labels = {"name": names.municipio_name, "state": names.state_name}
        codes = pd.Index(sorted(outlines.index), name="code")
        frame = gpd.GeoDataFrame(labels, geometry=outlines.geometry, index=codes)
        frame.attrs["notes"] = list(notes)
        return frame

    frame = _kept("municipalities", (OUTLINES, NAMES), read, gpd.read_parquet)
    return frame, tuple(frame.attrs["notes"])


def homicides(mirror: str | None = None) -> pd.DataFrame:
    """Homicides by month of occurrence (INEGI mortality): code × month as "2000-01"; 2,466 codes."""

    def read() -> pd.DataFrame:
        table = pd.read_csv(fetch(HOMICIDES, mirror), sep="|", dtype={"ent_mun": str})
        month = table.year.astype(str) + "-" + table.month.astype(str).str.zfill(2)
        code = table.ent_mun.replace(PARENTS)
        table = table.assign(code=code, month=month)
        return table.pivot_table("homicides", "code", "month", aggfunc="sum", fill_value=0)

    return _kept("homicides", (HOMICIDES,), read)


def population(mirror: str | None = None) -> pd.DataFrame:
    """Residents at mid-year (CONAPO): code × year as "1990" ... "2040"."""

    def read() -> pd.DataFrame:
        table = pd.read_csv(fetch(POPULATION, mirror), dtype={"CVE": str})
        code = table.CVE.replace(PARENTS).rename("code")
        return pd.DataFrame(table.drop(columns=["CVE", "Entidad", "Municipio"]).groupby(code).sum())

    return _kept("population", (POPULATION,), read)


def events(mirror: str | None = None) -> pd.DataFrame:
    """Reported events of criminal groups 2000-2018 (OCVED 2.0), one per row: code, date, actor."""

    def read() -> pd.DataFrame:
        calamine = _optional("python_calamine")
        rows = calamine.load_workbook(str(fetch(EVENTS, mirror))).get_sheet_by_index(0).to_python()
        table = pd.DataFrame(rows[1:], columns=rows[0])
        # 18 dates are impossible (month 0, 30 February) and are replaced by the nearest calendar day.
        parts = table[["year", "month"]].clip({"year": 2000, "month": 1}, {"year": 2018, "month": 12}, axis=1)
        month = pd.to_datetime(parts.assign(day=1))
        day = table.day.clip(1, month.dt.days_in_month)
        return pd.DataFrame(
            {
                "code": table.mun.astype(int).map("{:05d}".format),
                "date": month + pd.to_timedelta(day - 1, unit="D"),
                "actor": table.actor_main.astype(str),
            }
        )

    return _kept("events", (EVENTS,), read)


def hand_coded(name: str, dtype: dict) -> pd.DataFrame:
    """One of the hand-coded tables of `geodata/mexico`."""
    return pd.read_csv(folder("geodata") / "mexico" / name, comment="#", dtype=dtype)


def _optional(name: str):
    """Import a library that only this region needs."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"region.kind=mexico: {name} is not installed; {install('mexico')}") from error


def _read_r(path: Path):
    """Read the single object of an RData file."""
    rdata = _optional("rdata")
    plain = rdata.conversion.DEFAULT_CLASS_MAP
    classes = {**plain, "tbl_df": plain["data.frame"], "tbl": plain["data.frame"]}
    (content,) = rdata.read_rda(path, constructor_dict=classes).values()
    return content


def _outlines(topology) -> gpd.GeoDataFrame:
    """Polygons of a TopoJSON topology as represented in R, where every number is a vector of length one."""
    transform = topology["transform"]
    scale, shift = np.ravel(transform["scale"]), np.ravel(transform["translate"])
    arcs = [np.cumsum(np.reshape(arc, (-1, 2)), axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(indices: list) -> NDArray:
        # A negative index ~i is arc i reversed; each arc starts at the end of the previous one.
        parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in np.ravel(indices)]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    shapes, codes = [], []
    for geometry in topology["objects"]["municipios"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"][0] == "MultiPolygon" else [geometry["arcs"]]
        rings = [[ring(indices) for indices in polygon] for polygon in polygons]
        parts = [shapely.Polygon(outer, inner) for outer, *inner in rings]
        shapes.append(shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0])
        codes.append(str(geometry["properties"]["id"][0]))
    return gpd.GeoDataFrame(geometry=shapes, crs=4326, index=pd.Index(codes, name="code"))


def _kept(name: str, files: tuple[str, ...], read: Callable, load: Callable = pd.read_parquet):
    """Load the table `name` from the cache; if it is missing or corrupt, parse the files and cache the result."""
    pins = hashlib.sha256("".join(catalogue()[file]["sha256"] for file in files).encode()).hexdigest()
    path = cache_folder() / f"mexico-{name}-{VERSION}-{pins[:16]}.parquet"
    try:
        return load(path, page_checksum_verification=True)
    except (OSError, ValueError):  # missing, truncated, or checksum mismatch
        table = read()
    partial = path.with_suffix(f".{os.getpid()}.partial")
    table.to_parquet(partial, write_page_checksum=True)
    partial.replace(path)  # atomic: readers never see a partial file
    return table
