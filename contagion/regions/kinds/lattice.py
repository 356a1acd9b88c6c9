"""Lattice of square places, for tests and benchmarks."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field

from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions import territories
from contagion.regions.input import Places, SharedOptions


class Options(SharedOptions):
    """Options of the lattice."""

    rows: int = Field(ge=1, le=1000, description="rows of places")
    columns: int = Field(ge=1, le=1000, description="columns of places")
    cell_km: float = Field(ge=0.001, le=100, description="side of a place, km")
    population: float = Field(ge=0, le=1e9, description="mean residents of a place, persons")
    population_spread: float = Field(ge=0, le=3, description="standard deviation of log population; 0 is uniform")
    members: float = Field(ge=0, le=1e8, description="rank and file of all groups at the start, persons")
    homicide_rate: float = Field(ge=0, le=1e4, description="homicides per 100,000 residents and year")
    seed: int = Field(ge=0, le=2**32 - 1, description="seed of the population")


def build(options: Options) -> Places:
    """Build squares in one state, with homicides proportional to population and groups in overlapping discs."""
    row, column = (index.ravel() for index in np.indices((options.rows, options.columns)))
    x = (column - options.columns / 2) * options.cell_km
    y = (options.rows / 2 - row) * options.cell_km
    squares = shapely.box(x, y - options.cell_km, x + options.cell_km, y)
    noise = np.random.default_rng(options.seed).normal(size=row.size)
    factor = np.exp(options.population_spread * noise)
    population = options.population * factor / factor.mean()
    polygons = gpd.GeoDataFrame(
        {
            "name": [f"Row {r + 1}, column {c + 1}" for r, c in zip(row, column, strict=True)],
            "state": "Lattice",
            "population": population,
            "homicides": population * options.homicide_rate / 1e5 / WEEKS_OF_YEAR,
            "strategic": 0.0,
        },
        geometry=squares,
        crs="+proj=laea +lat_0=0 +lon_0=0 +ellps=WGS84 +units=km",
        index=pd.Index([f"{r:03d}{c:03d}" for r, c in zip(row, column, strict=True)], name="code"),
    )
    points = np.column_stack([x, y])
    return Places(
        name="Lattice",
        polygons=polygons.to_crs(4326),
        members=territories.discs(points, population, options.groups, options.members),
        hostility=territories.hostility(options.groups),
        groups=territories.slots(options.groups)[1],
        source="Artificial lattice",
        notes=("Places, people and groups are artificial.",),
        schematic=True,
    )
