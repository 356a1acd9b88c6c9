"""States of Mexico, each divided into its real number of municipalities along schematic borders.

State outlines are the example `mexico` of libpysal. Municipal borders are a Voronoi tessellation of each state around
points that cluster at a few towns, which gives heavy-tailed areas like the real ones.
"""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pydantic import Field
from scipy.spatial import KDTree

from contagion._util.resources import folder
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions import territories
from contagion.regions.input import Places, SharedOptions
from contagion.regions.neighbours import contiguity
from contagion.regions.sources import hashed

STATES = folder("geodata") / "schematic" / "states.csv"
# Located without importing libpysal, which takes more than a second.
OUTLINES = Path(str(distribution("libpysal").locate_file("libpysal/examples/mexico/mexicojoin.shp")))
SEED = 2020  # of all random draws below
GRID = 1.0  # m, grid to which borders are snapped so that neighbours share vertices
SAMPLES = 60  # sample points of the density per municipality
ROUNDS = 8  # Lloyd iterations
URBAN = 0.6  # share of sample points that cluster at towns
PLANE = "+proj=laea +lat_0=24 +lon_0=-102 +ellps=WGS84 +units=m"


class Options(SharedOptions):
    """Options of the schematic region."""

    members: float = Field(ge=0, le=1e8, description="rank and file of all groups at the start, persons")
    homicide_rate: float = Field(ge=0, le=1e4, description="national homicides per 100,000 residents and year")


def build(options: Options) -> Places:
    """Build the schematic region of 2,469 places; deterministic."""
    polygons, outlines = divided()
    polygons = polygons.copy()
    centres = polygons.geometry.to_crs(PLANE).centroid
    points = np.column_stack([centres.x, centres.y]) / 1000
    population = polygons.population.to_numpy()
    generator = np.random.default_rng((SEED, 1))
    worth = np.log(population)
    worth = (worth - worth.mean()) / worth.std() + 0.8 * territories.smooth_field(points, 200.0, generator)
    members = territories.cores(
        points,
        population,
        pd.factorize(polygons.state)[0],
        contiguity(outlines)[0].toarray(),
        worth + polygons.strategic.to_numpy(),
        options.groups,
        options.members,
        generator,
    )
    homicides = _homicides(points, population, (members > 0).sum(axis=0), options.homicide_rate, generator)
    polygons["homicides"] = homicides
    return Places(
        name="Mexico, schematic",
        polygons=polygons,
        members=members,
        hostility=territories.hostility(options.groups),
        groups=territories.slots(options.groups)[1],
        source="Schematic municipal borders and groups; state outlines: libpysal example 'mexico'",
        notes=(
            "Municipal borders, towns, groups and homicides are schematic; the state outlines, the number of "
            "municipalities in each state and the state populations (census 2020) are real.",
        ),
        hashes=hashed(STATES, OUTLINES),
        schematic=True,
    )


@cache
def divided() -> tuple[gpd.GeoDataFrame, gpd.GeoSeries]:
    """Places by code, without groups and homicides, and state outlines in census order."""
    states = pd.read_csv(STATES, comment="#", dtype={"state": str})
    drawn = gpd.read_file(OUTLINES).set_index("CODE").set_crs(4326)
    outlines = drawn.geometry.to_crs(PLANE).loc[states.outline]
    generator = np.random.default_rng((SEED, 0))
    mainlands = np.array([max(shapely.get_parts(outline), key=shapely.area) for outline in outlines])
    seeds = [
        _seeds(mainland, count, generator) for mainland, count in zip(mainlands, states.municipalities, strict=True)
    ]
    cells = _cells(outlines, mainlands, seeds)
    state = np.repeat(np.arange(len(states)), states.municipalities)
    number = np.concatenate([np.arange(1, count + 1) for count in states.municipalities])
    polygons = gpd.GeoDataFrame(
        {
            "name": [f"{states.name[index]} {n}" for index, n in zip(state, number, strict=True)],
            "state": states.name.to_numpy()[state],
            "population": _population(cells.area.to_numpy(), state, states.population.to_numpy(), generator),
        },
        geometry=cells.to_numpy(),
        crs=PLANE,
        index=pd.Index([f"{states.state[i]}{n:03d}" for i, n in zip(state, number, strict=True)], name="code"),
    )
    coast = shapely.boundary(shapely.coverage_union_all(polygons.geometry.to_numpy()))
    largest = polygons[polygons.intersects(coast)].population.nlargest(36).index
    polygons["strategic"] = polygons.index.isin(largest).astype(float)
    return polygons.to_crs(4326), outlines


def _seeds(mainland: shapely.Polygon, count: int, generator: np.random.Generator) -> NDArray:
    """Centres of the municipalities of a state: Lloyd's algorithm on points that cluster at towns."""
    shapely.prepare(mainland)
    west, south, east, north = mainland.bounds

    def inside(draw, wanted: int) -> NDArray:
        kept = np.empty((0, 2))
        while len(kept) < wanted:
            points = draw(4 * wanted)
            kept = np.vstack([kept, points[shapely.contains_xy(mainland, points)]])
        return kept[:wanted]

    def anywhere(number: int) -> NDArray:
        return generator.uniform((west, south), (east, north), (number, 2))

    towns = inside(anywhere, 2 + count // 25)
    rank = 1 / np.arange(1, len(towns) + 1)

    def around_towns(number: int) -> NDArray:
        # Student's t with few degrees of freedom gives dense centres with long tails.
        distance = 0.03 * np.sqrt(mainland.area) * generator.standard_t(1.2, number)
        angle = generator.uniform(0, np.pi, number)
        town = towns[generator.choice(len(towns), number, p=rank / rank.sum())]
        return town + np.column_stack([distance * np.cos(angle), distance * np.sin(angle)])

    total = SAMPLES * count
    urban = int(URBAN * total)
    points = np.vstack([inside(around_towns, urban), inside(anywhere, total - urban)])
    centres = points[generator.choice(total, count, replace=False)]
    for _ in range(ROUNDS):
        nearest = KDTree(centres).query(points)[1]
        sums = np.stack([np.bincount(nearest, points[:, axis], count) for axis in (0, 1)], axis=1)
        size = np.bincount(nearest, minlength=count)[:, None]
        centres = np.where(size > 0, sums / np.maximum(size, 1), centres)
    return points[
        KDTree(points).query(centres)[1]
    ]  # a mean may lie off a concave coast, its nearest sample point does not


def _cells(outlines: gpd.GeoSeries, mainlands: NDArray, seeds: list[NDArray]) -> gpd.GeoSeries:
    """One outline per seed, as a valid coverage: borders are noded before faces are formed."""
    centres = np.array([shapely.multipoints(points) for points in seeds])
    inner = shapely.voronoi_polygons(centres, extend_to=mainlands, only_edges=True)
    borders = np.concatenate([shapely.intersection(inner, mainlands), shapely.boundary(outlines.to_numpy())])
    network = shapely.union_all(borders, grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize([network]))
    middles = shapely.point_on_surface(faces)
    face, state = shapely.STRtree(outlines.to_numpy()).query(middles, predicate="within")
    faces, points = faces[face], shapely.get_coordinates(middles[face])
    cell = np.empty(len(faces), dtype=int)
    first = 0
    for index, centres in enumerate(seeds):  # islands and fragments are assigned to the nearest seed of their state
        mine = state == index
        cell[mine] = first + KDTree(centres).query(points[mine])[1]
        first += len(centres)
    return gpd.GeoDataFrame({"cell": cell}, geometry=faces).dissolve("cell", method="coverage").geometry


def _population(area: NDArray, state: NDArray, totals: NDArray, generator: np.random.Generator) -> NDArray:
    """Residents (whole persons), lognormal within each state and largest in the small places of dense centres."""
    order = -np.log(area) + generator.normal(0, 0.8, len(area))
    population = np.empty(len(area))
    for index, total in enumerate(totals):
        mine = np.flatnonzero(state == index)
        share = np.sort(generator.lognormal(0, 1.3, len(mine)))
        whole = np.floor(total * share / share.sum())
        whole[-1] += total - whole.sum()
        population[mine[np.argsort(order[mine])]] = whole
    return population


def _homicides(
    points: NDArray, population: NDArray, present: NDArray, rate: float, generator: np.random.Generator
) -> NDArray:
    """Homicides per week: spatially smooth, heavy-tailed, higher with one group and highest with several."""
    risk = np.exp(
        0.6 * territories.smooth_field(points, 250.0, generator)
        + 0.5 * (present > 0)
        + 0.6 * (present > 1)
        + 0.6 * generator.normal(size=len(points))
    )
    weekly = rate / 1e5 * population.sum() / WEEKS_OF_YEAR
    return weekly * risk * population / (risk * population).sum()
