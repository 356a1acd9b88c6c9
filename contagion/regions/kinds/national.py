"""Mexico as a single place with the groups of 2020: the system of the national law."""

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from contagion._util.text import first_few
from contagion.errors import InputError, nearest
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions import territories
from contagion.regions.input import Places, SharedOptions
from contagion.regions.kinds.schematic import OUTLINES, PLANE
from contagion.regions.sources import catalogue, fetch, hashed
from contagion.regions.tables import codes, column, numbers, read_table

NODES, RIVALS, ALLIANCES = FILES = ("BACRIM2020_Nodes.csv", "BACRIM2020_Rivals.csv", "BACRIM2020_Alliances.csv")
START = date(2012, 1, 1)  # date of the given members, residents and homicides


class Options(SharedOptions):
    """Options of the national region."""

    members: float = Field(ge=0, le=1e8, description="rank and file of all groups at the start, persons")
    population: float = Field(ge=1, le=1e10, description="residents, persons")
    homicides: float = Field(ge=0, le=1e8, description="recorded homicides in the year before the start, persons")
    mirror: str | None = Field(description="folder that holds the raw files, instead of the network")


def build(options: Options) -> Places:
    """Build one place, with groups in descending order of links and members proportional to 1 / rank."""
    rivalry, alliance = links(*(fetch(name, options.mirror) for name in FILES))
    found = len(rivalry)
    if found > options.groups:
        raise InputError(
            f"region.groups={options.groups}: {NODES} names {found} groups; set region.groups={found} or more"
        )
    order = (rivalry + alliance).sum(axis=1).sort_values(ascending=False, kind="stable").index
    ranked = [matrix.loc[order, order].to_numpy() for matrix in (rivalry, alliance)]
    free = options.groups - found  # slots of splinter groups, without links
    return Places(
        name="Mexico, one place",
        polygons=_nation(options),
        members=options.members * territories.sizes(found, options.groups)[:, None],
        hostility=hostility(*(np.pad(matrix, (0, free)) for matrix in ranked)),
        groups=(*map(str, order), *territories.free_names(free)),
        source="Prieto-Curiel, Campedelli and Hope 2023 (groups and their links); outline: libpysal example 'mexico'",
        notes=(
            f"The country is one place with {found} groups of 2020, their rivalries and alliances, as published; "
            f"{options.members:,.0f} members in proportion to 1 / rank by links (published for 2012).",
        ),
        hashes={**{name: catalogue()[name]["sha256"] for name in FILES}, **hashed(OUTLINES)},
        start=START,
    )


def links(nodes: Path, rivals: Path, alliances: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weights of rivalries and alliances between groups, in states: [group, group], labelled with group names.

    A row gives the weight of an ordered pair, and the last row of a pair counts. The result is symmetrised by the
    larger of both directions, since the files list some links in one direction only.

    Raises
    ------
    InputError
        If a column is missing, a group is duplicate or unknown, or a weight is negative or not a number.
    """
    table = read_table(str(nodes))
    keys = codes(column(table, "Node", nodes.name), nodes.name, digits=0)
    names = codes(column(table, "Group", nodes.name), nodes.name, digits=0).rename("group")

    def weights(path: Path) -> pd.DataFrame:
        edges = read_table(str(path))
        ends = [_positions(column(edges, end, path.name), keys, path.name) for end in ("Node", "RNode")]
        matrix = np.zeros((len(keys), len(keys)))
        matrix[tuple(ends)] = numbers(column(edges, "weight", path.name), path.name)
        return pd.DataFrame(np.maximum(matrix, matrix.T), names, names)

    return weights(rivals), weights(alliances)


def hostility(rivalry: NDArray, alliance: NDArray) -> NDArray:
    """Hostility K_ij = (R_ij + 1) / (A_i + 1), A_i = sum_j A_ij, with zero diagonal: [group, group], not symmetric.

    R and A are weights of rivalry and alliance (Prieto-Curiel, Campedelli and Hope, Science 2023).
    """
    matrix = (rivalry + 1) / (alliance.sum(axis=1, keepdims=True) + 1)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _positions(named: pd.Series, keys: pd.Index, where: str) -> NDArray:
    """Indices in `keys` of the groups in a column."""
    groups = pd.Index(named.astype(str).str.strip())
    unknown = groups.difference(keys)
    if len(unknown):
        raise InputError(
            f"{where}: column {named.name!r} names {first_few(unknown)}, which {NODES} lacks; the nearest is "
            f"{nearest(unknown[0], keys)}"
        )
    return keys.get_indexer(groups)


def _nation(options: Options) -> gpd.GeoDataFrame:
    """Outline of the country with its national totals."""
    states = gpd.read_file(OUTLINES).set_crs(4326).to_crs(PLANE)
    return gpd.GeoDataFrame(
        {
            "name": "Mexico",
            "state": "Mexico",
            "population": options.population,
            "homicides": options.homicides / WEEKS_OF_YEAR,
            "strategic": 0.0,
        },
        geometry=[states.geometry.union_all()],
        crs=PLANE,
        index=pd.Index(["MEX"], name="code"),
    ).to_crs(4326)
