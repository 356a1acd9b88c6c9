"""Build a `Region` to simulate on and an `Atlas` to draw maps from, out of polygons and tables."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from omegaconf import OmegaConf
from pydantic import BaseModel, ValidationError

from contagion._util.resources import folder
from contagion._util.text import first_few, percent
from contagion.errors import InputError, nearest
from contagion.kernel.intervention import Intervention
from contagion.kernel.region import Region
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.input import Places, SharedOptions
from contagion.regions.kinds import file, lattice, mexico, national, schematic
from contagion.regions.neighbours import closeness, contiguity, decayed, padded
from contagion.regions.polygons import in_kilometres
from contagion.regions.record import Record, read_record, smoothed
from contagion.regions.sources import hashed
from contagion.regions.tables import check_areas, check_join, codes, column, common_digits, numbers, read_table

# Members of groups in Mexico in 2012, for which the national law was estimated (Prieto-Curiel et al., Science 2023).
MEMBERS_OF_LAW = 115_000
LEAST_HOMICIDES = 1e-9  # a year, for shares of places without any
KINDS: dict[str, ModuleType] = {
    "schematic": schematic,
    "mexico": mexico,
    "national": national,
    "file": file,
    "lattice": lattice,
}


@dataclass(frozen=True)
class Atlas:
    """A region together with the names and outlines of its places.

    Attributes
    ----------
    region
        Input of the kernel; leaves are NumPy arrays in double precision, converted by JAX to its own precision.
    polygons
        One row per place, indexed by code and in the order of places: name, state, population (persons), lon, lat
        (degrees), geometry (EPSG:4326).
    name
        Name of the whole region.
    law_scale
        Size of the groups relative to those of the nation that the parameters were estimated for (dimensionless).
    groups
        Names of the group slots.
    schematic
        Whether borders or groups are not real.
    source
        Attribution line for maps.
    notes
        Repairs and assumptions made, as sentences.
    hashes
        SHA-256 of every input file by path.
    start
        Date of the initial state; None if it has no date.
    history
        Historical events after the start, which happen under every strategy.
    record
        What was counted by place and month or year, also after the start; None if there is no record.
    """

    region: Region
    polygons: gpd.GeoDataFrame
    name: str
    law_scale: float
    groups: tuple[str, ...]
    schematic: bool
    source: str
    notes: tuple[str, ...]
    hashes: dict[str, str]
    start: date | None = None
    history: tuple[Intervention, ...] = ()
    record: Record | None = None

    def __repr__(self) -> str:
        places, groups = len(self.polygons), len(self.groups)
        return f"Atlas({self.name!r}: {places:,} places, {groups} groups{', schematic' * self.schematic})"


def load_region(kind: str = "schematic", **options: object) -> Atlas:
    """Load a region.

    Parameters
    ----------
    kind
        ``schematic``, ``mexico``, ``national``, ``file`` or ``lattice``.
    **options
        Values that override those in ``conf/region/<kind>.yaml``, where each option is documented with its unit.

    Returns
    -------
    Atlas
        The region with the names and outlines of its places.

    Raises
    ------
    InputError
        If the kind or an option is unknown, a value has the wrong type or is out of range, or an input file is invalid.

    Examples
    --------
    >>> atlas = load_region("lattice", rows=6, columns=6)
    >>> len(atlas.polygons)
    36
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(
            f"region.kind={kind}: no such kind; the nearest is {nearest(kind, KINDS)}. Kinds: {', '.join(KINDS)}"
        )
    module = KINDS[kind]
    chosen = _read_options(kind, module.Options, options)
    return _assembled(module.build(chosen), chosen)


def _read_options(kind: str, model: type[SharedOptions], overrides: dict[str, object]) -> SharedOptions:
    # A region may interpolate values of the run, such as its start.
    whole = OmegaConf.load(folder("conf") / "config.yaml")
    whole.region = OmegaConf.load(folder("conf") / "region" / f"{kind}.yaml")
    values = OmegaConf.to_container(whole.region, resolve=True)
    assert isinstance(values, dict)
    values = {str(key): value for key, value in (values | overrides).items() if key != "kind" and value != "???"}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = [_explained(fault, kind, model) for fault in error.errors()]
        raise InputError("\n".join(faults)) from error


def _explained(fault, kind: str, model: type[BaseModel]) -> str:
    """Error message for one pydantic error: key, value, what is valid, nearest valid choice."""
    key = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        choice = nearest(key, model.model_fields)
        return f"region.{key}: the kind {kind} has no such option; the nearest is {choice}"
    meaning = model.model_fields[key].description
    if fault["type"] == "missing":
        return f"region.{key} ({meaning}): missing; give region.{key}=VALUE"
    limits = [value for bound, value in fault.get("ctx", {}).items() if bound in ("ge", "le")]
    hint = f"; the nearest valid value is {limits[0]}" if limits else ""
    return f"region.{key}={fault['input']} ({meaning}): {fault['msg'][0].lower()}{fault['msg'][1:]}{hint}"


def _assembled(places: Places, options: SharedOptions) -> Atlas:
    """The atlas of a region from its checked polygons and tables."""
    polygons, outlines = places.polygons, in_kilometres(places.polygons)
    middles = outlines.centroid
    centres = np.column_stack([middles.x, middles.y])
    weights, joined = contiguity(outlines)
    if options.weights == "distance":
        weights = decayed(weights, centres, options.scale_km, options.cutoff_km)
    digits = options.digits if isinstance(options, file.Options) else common_digits(polygons.index)
    roads = _roads(options.roads, polygons.index, digits) if options.roads else None
    rivalry, fought = (None, ()) if options.rivalry is None else _rivalry(options.rivalry, places, options, digits)
    population, residents, unpeopled = _population(places)
    state, states = pd.factorize(polygons.state)
    arrays = {
        "population": population,
        "homicides": np.where(residents > 0, polygons.homicides, 0),
        "members": places.members,
        "hostility": _scaled(places.hostility, places.members.sum(axis=1), options.hostility_mean),
        "military": population * options.military_per_1000 / 1000 + (0 if places.military is None else places.military),
        "police": population * options.police_per_1000 / 1000,
        "capability": np.full(len(polygons), options.capability),
        "vulnerability": np.ones(len(polygons)),
        "strategic": polygons.strategic.to_numpy(),
        "easting": centres[:, 0],
        "northing": centres[:, 1],
    }
    region = Region(
        **{name: np.asarray(values, float) for name, values in arrays.items()},  # pyright: ignore[reportArgumentType]
        **padded(weights, closeness(weights, centres, options.scale_km, roads), residents),  # pyright: ignore[reportArgumentType]
        province=state.astype(np.int32),  # pyright: ignore[reportArgumentType]
        provinces=len(states),
        rivalry=rivalry,  # pyright: ignore[reportArgumentType]
        areas={  # pyright: ignore[reportArgumentType]
            "strategic": polygons.strategic.to_numpy(dtype=float),
            **places.areas,
            **(_areas(options.areas, polygons.index, digits) if options.areas else {}),
        },
    )
    degrees = middles.to_crs(4326)
    labels = polygons[["name", "state", "population"]].assign(lon=degrees.x, lat=degrees.y)
    return Atlas(
        region=region,
        polygons=gpd.GeoDataFrame(labels, geometry=polygons.geometry),
        name=places.name,
        law_scale=options.law_scale or places.members.sum() / MEMBERS_OF_LAW or 1.0,
        start=places.start,
        history=places.history,
        record=places.record,
        groups=places.groups,
        schematic=places.schematic,
        source=places.source,
        notes=(*places.notes, *joined, *unpeopled, *fought, _assumed(options)),
        hashes=places.hashes
        | hashed(*(Path(path) for path in (options.roads, options.areas, options.rivalry) if path)),
    )


def _population(places: Places) -> tuple[NDArray, NDArray, tuple[str, ...]]:
    """Residents [place], at least one each and as they are, and a note on places without any."""
    residents = places.polygons.population.to_numpy(dtype=float)
    if residents.sum() < 1:
        raise InputError(f"{places.name}: no place has residents; the population column must be in persons")
    empty = places.polygons.index[residents < 1]
    note = f"Places without residents have no homicides: {len(empty)} ({first_few(empty)})."
    lived_in = np.where(residents < 1, 0, residents)
    return np.maximum(residents, 1), lived_in, (note,) if len(empty) else ()  # at least one keeps rates finite


def _assumed(options: SharedOptions) -> str:
    """The numbers that are assumed alike for all places, as a sentence."""
    per_member = "" if options.law_scale else " National rates of Mexico apply per member."
    return (
        f"Assumed everywhere: {options.police_per_1000} police and {options.military_per_1000} military "
        f"per 1,000 residents, police capability {options.capability}, equal vulnerability to recruitment.{per_member}"
    )


def _rivalry(path: str, places: Places, options: SharedOptions, digits: int | None) -> tuple[NDArray, tuple[str, ...]]:
    """Share of homicides attributed to rivalry [place], of the last year before the start, and notes on it.

    Shares of places are shrunk towards that of their state, as are rates (`smoothed`).
    """
    polygons, start = places.polygons, places.start
    identifier = options.id if isinstance(options, file.Options) else "code"
    residents = pd.Series(polygons.population.to_numpy(dtype=float), polygons.index)
    record, notes = read_record(path, identifier, digits, "zero", residents)
    if start is not None:
        record = record.before(start)
        if record.ends[-1] < np.datetime64(start) - np.timedelta64(366, "D"):
            raise InputError(
                f"region.rivalry={path}: ends in {record.labels[-1]}, more than a year before start={start}; must hold "
                "the year before the start"
            )
    deaths, period = record.last_year()
    homicides = np.where(residents >= 1, polygons.homicides.to_numpy(dtype=float) * WEEKS_OF_YEAR, 0)
    if not deaths.sum() or not homicides.any():
        raise InputError(f"region.rivalry={path}: no deaths in {period}; must hold some, or be null")
    shrunk = smoothed(deaths.values, np.maximum(homicides, LEAST_HOMICIDES), polygons.state.to_numpy())
    share = np.clip(np.divide(shrunk, homicides, out=np.zeros_like(shrunk), where=homicides > 0), 0, 1)
    elsewhere = deaths.values[places.members.sum(axis=0) == 0].sum() / deaths.values.sum()
    note = (
        f"Conflict at the start is by the deaths attributed to rivalry in {period}: {deaths.values.sum():,.0f}, "
        f"{percent(deaths.values.sum() / homicides.sum())} of homicides; {percent(elsewhere)} of them lie where no "
        "group is placed, and are endemic here."
    )
    return share, (*notes, note)


def _roads(path: str, places: pd.Index, digits: int | None) -> pd.DataFrame:
    """Road distances between places as origin, destination (indices) and km, from a CSV with columns from, to, km."""
    table = read_table(path)
    ends = {}
    for end, name in (("origin", "from"), ("destination", "to")):
        keys = codes(column(table, name, path), path, digits, unique=False)
        check_join(keys, places, path)
        ends[end] = places.get_indexer(keys)
    return pd.DataFrame({**ends, "km": numbers(column(table, "km", path), path)})


def _areas(path: str, places: pd.Index, digits: int | None) -> dict[str, NDArray]:
    """Areas from a CSV with a column `code` and one numeric column per area; 0 for places not listed."""
    table = read_table(path)
    keys = codes(column(table, "code", path), path, digits)
    check_join(keys, places, path)
    if len(table.columns) == 1:
        raise InputError(f"{path}: no column other than code; each area is a column of numbers")
    named = [name for name in table.columns if name != "code"]
    check_areas(named, path)
    values = {name: pd.Series(numbers(column(table, name, path), path), index=keys) for name in named}
    return {name: given.reindex(places, fill_value=0).to_numpy(dtype=float) for name, given in values.items()}


def _scaled(hostility: NDArray, members: NDArray, mean: float | None) -> NDArray:
    """Scale hostility H to sum_gh H_gh C_g C_h / (sum C)^2 = `mean`; unchanged if `mean` is None or the sum is 0."""
    total = members @ hostility @ members
    return hostility if mean is None or total <= 0 else hostility * (mean * members.sum() ** 2 / total)
