"""Read polygon files without access to other files or the network; check, repair and write polygons."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj.exceptions import CRSError, ProjError
from shapely.errors import ShapelyError

from contagion._util.text import first_few
from contagion.errors import InputError
from contagion.regions.reader import MOST as MOST_FEATURES
from contagion.regions.reader import read_layer

LARGEST = 4 << 30  # bytes of a file
NARROWEST = 0.1  # km across a region
SOUTHERNMOST = -60.0  # degrees, where people live
SEAM = 1e-6  # degrees from the 180th meridian at which an outline was cut there
GRID = 1e-6  # km to which coordinates of such regions are rounded, so that parts meet

# First bytes of each format: the content of a file must match its extension.
_SIGNATURES = {
    ".gpkg": b"SQLite format 3\x00",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb\x03",
    ".parquet": b"PAR1",
    ".geojson": b"",
    ".json": b"",
}


def read_polygons(path: str, layer: str | None = None, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Read the polygons of a GeoPackage, GeoJSON, Shapefile, FlatGeobuf or GeoParquet file.

    Parameters
    ----------
    path
        The file. A process of its own reads it, which can open no other file and no address.
    layer
        Layer of a GeoPackage; None for the only one with geometry.
    encoding
        Of the text in a Shapefile; None for what the file says.

    Returns
    -------
    geopandas.GeoDataFrame
        Features of the layer.

    Raises
    ------
    InputError
        If the path is not an existing regular file, or the file has another format or is corrupt.
    """
    file = _regular_file(path)
    kind = file.suffix.lower()
    try:
        if kind in (".geojson", ".json"):
            with tempfile.TemporaryDirectory() as folder:  # without a byte order mark
                copy = Path(folder) / file.name
                copy.write_bytes(_checked_geojson(file))
                return read_layer(copy, layer)
        return _read_parquet(file) if kind == ".parquet" else read_layer(file, layer, encoding)
    except InputError:
        raise
    except (ValueError, OSError, KeyError, TypeError, RuntimeError, MemoryError, ShapelyError) as error:
        raise InputError(f"{path}: cannot be read as polygons ({error})") from error


def _regular_file(path: str) -> Path:
    if any(mark in path for mark in ("/vsi", "://", "{", "<", "\0")):
        raise InputError(f"{path}: an address is not accepted; download the file and give its path")
    try:
        file = Path(path).expanduser()
        exists = file.exists()
    except (OSError, RuntimeError) as error:  # a name that is too long, a home that there is not
        raise InputError(f"{path[:80]}: is no path of a file ({error})") from None
    if not exists:
        raise InputError(f"{path}: no such file; give the path of a polygon file")
    if not file.is_file():
        raise InputError(f"{path}: not a regular file; give the path of a polygon file")
    file = file.resolve()
    signature = _SIGNATURES.get(file.suffix.lower())
    if signature is None:
        raise InputError(f"{path}: unknown extension {file.suffix!r}; must be one of {', '.join(_SIGNATURES)}")
    if file.stat().st_size > LARGEST:
        raise InputError(f"{path}: {file.stat().st_size / 1e9:.1f} GB; must be at most {LARGEST / 1e9:.0f} GB")
    with file.open("rb") as stream:
        if not stream.read(len(signature)) == signature:
            raise InputError(f"{path}: the content does not match the extension {file.suffix}")
    return file


def _checked_geojson(file: Path) -> bytes:
    """The content of a FeatureCollection in UTF-8 that names its coordinate reference system, if it has one.

    Other JSON may be a GDAL pipeline that opens other files, and a reference system that is a link makes GDAL ask a
    server for it.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: not a GeoJSON file ({error})") from error
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise InputError(f"{file}: not a GeoJSON FeatureCollection")
    features = content.get("features")
    if not isinstance(features, list) or not features:
        raise InputError(f"{file}: no features; must have one polygon per place")
    parts = (each for feature in features if isinstance(feature, dict) for each in (feature, feature.get("geometry")))
    for part in (content, *parts):
        crs = part.get("crs") if isinstance(part, dict) else None
        if crs is not None and not (isinstance(crs, dict) and crs.get("type") in ("name", "EPSG")):
            raise InputError(f'{file}: "crs" must name a coordinate reference system, and not link to one')
    return text.encode()


def _read_parquet(file: Path) -> gpd.GeoDataFrame:
    """A GeoParquet file, once it says that it is not larger than polygons of places are."""
    from pyarrow.parquet import ParquetFile  # late: most regions are read without

    about = ParquetFile(file).metadata
    size = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    if about.num_rows > MOST_FEATURES or size > LARGEST:
        raise InputError(
            f"{file}: {about.num_rows:,} rows of {size / 1e9:.1f} GB; must be at most {MOST_FEATURES:,} and "
            f"{LARGEST / 1e9:.0f} GB"
        )
    return gpd.read_parquet(file)


def check_polygons(frame: gpd.GeoDataFrame, where: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Validate polygons indexed by code, repair invalid ones and reproject them to EPSG:4326.

    Returns
    -------
    polygons : GeoDataFrame
        Valid polygons in EPSG:4326.
    notes : tuple of str
        A sentence on each kind of repair.

    Raises
    ------
    InputError
        If there are no features or no CRS, a geometry is missing, empty or not a polygon, or coordinates are not on
        the globe, or seem to be those of another CRS.
    """
    if frame.empty:
        raise InputError(f"{where}: no features; must have one polygon per place")
    if frame.crs is None:
        raise InputError(f"{where}: the coordinate reference system is missing; save the file with one (EPSG:4326)")
    system, shapes = frame.crs.name, frame.geometry
    for fault, rows in (
        ("no geometry", shapes.isna()),
        ("an empty geometry", shapes.is_empty),
        ("something other than a polygon", ~shapes.geom_type.isin(["Polygon", "MultiPolygon"])),
        ("coordinates that are no numbers", ~np.isfinite(shapes.bounds.to_numpy()).all(axis=1)),
    ):
        if np.any(rows):
            raise InputError(
                f"{where}: {first_few(frame.index[np.asarray(rows)])} has {fault}; each place needs one polygon"
            )
    frame, notes = _repaired(frame, where)
    try:
        frame = frame.to_crs(4326)
    except (ProjError, CRSError) as error:
        raise InputError(
            f"{where}: its coordinate reference system cannot be used ({error}); save it in EPSG:4326"
        ) from error
    _check_globe(frame, where)
    west, south, east, north = in_kilometres(frame).total_bounds
    if max(east - west, north - south) < NARROWEST:
        raise InputError(
            f"{where}: the region is {1000 * (east - west):.1f} m wide by the coordinate reference system of the file "
            f"({system}); it seems to hold degrees: save it with the system that it is in, such as EPSG:4326"
        )
    return frame, notes


def _check_globe(frame: gpd.GeoDataFrame, where: str) -> None:
    """Check that degrees are on the globe, where people live, and cut at the 180th meridian."""
    low, high = frame.total_bounds[:2], frame.total_bounds[2:]
    if not (np.all(low >= (-180, -90)) and np.all(high <= (180, 90))):
        raise InputError(
            f"{where}: coordinates from {low} to {high} are not degrees on the globe; the file declares "
            "the wrong coordinate reference system"
        )
    if high[1] < SOUTHERNMOST:
        raise InputError(
            f"{where}: the region lies at {-high[1]:.1f} degrees south, where nobody lives; longitude comes first in "
            "a polygon file, then latitude"
        )
    parts = frame.geometry.explode()
    wide = parts.bounds.eval("maxx - minx") > 180
    if wide.any():
        raise InputError(
            f"{where}: the outline of {first_few(parts.index[wide].unique())} is more than 180 degrees wide; outlines "
            "across the 180th meridian must be cut there into two parts (RFC 7946)"
        )


def _repaired(frame: gpd.GeoDataFrame, where: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    broken = ~frame.is_valid.to_numpy()
    if not broken.any():
        return frame, ()
    shapes = frame.geometry.to_numpy().copy()
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    lost = shapely.is_empty(shapes) | ~np.isin(shapely.get_type_id(shapes), (3, 6))  # polygon, multipolygon
    if lost.any():
        raise InputError(
            f"{where}: the outline of {first_few(frame.index[lost])} encloses no area and cannot be repaired"
        )
    count = int(broken.sum())
    note = f"Invalid outlines were repaired: {count} ({first_few(frame.index[broken], 10)})."
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)), (note,)


def in_order(polygons: gpd.GeoDataFrame, places: pd.Index) -> gpd.GeoDataFrame:
    """Reorder polygons to the codes of `places`.

    Raises
    ------
    InputError
        If the codes of the polygons and of the places are not the same set without duplicates.
    """
    codes = polygons.index
    for wrong, fault in (
        (places.difference(codes), "places have no polygon"),
        (codes.difference(places), "polygons have no place in the dataset"),
        (codes[codes.duplicated()].unique(), "codes have several polygons"),
    ):
        if len(wrong):
            more = ", ..." if len(wrong) > 5 else ""
            raise InputError(f"{len(wrong)} {fault}: {', '.join(map(str, wrong[:5]))}{more}")
    return polygons.loc[places]


def write_layer(polygons: gpd.GeoDataFrame, path: Path, layer: str, about: Mapping[str, str]) -> None:
    """Write polygons as one layer of multipolygons of a new GeoPackage, with layer metadata `about`.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    try:
        polygons.to_file(
            path,
            layer=layer,
            driver="GPKG",
            engine="pyogrio",
            index=False,
            promote_to_multi=True,
            layer_metadata=dict(about),
        )
    except RuntimeError as error:  # raised by pyogrio, also for errors of GDAL
        raise InputError(f"{path.name}: could not be written ({error}); is there room on the disk?") from error


def in_kilometres(polygons: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Outlines in an equal-area projection centred on the region, coordinates in km.

    Parts on both sides of the 180th meridian come to lie beside each other, and are joined where they touch there.
    """
    outlines = polygons.geometry
    west, south, east, north = outlines.total_bounds
    across = east - west > 180
    if across:
        west, east = _across(outlines)
    centre = f"+lat_0={(south + north) / 2} +lon_0={(west + east) / 2}"
    projected = outlines.to_crs(f"+proj=laea {centre} +ellps=WGS84 +units=km")
    if across:
        projected[:] = shapely.set_precision(projected.to_numpy(), GRID)
        cut = (np.abs(shapely.bounds(outlines.to_numpy())[:, [0, 2]]) >= 180 - SEAM).any(axis=1)
        projected[cut] = shapely.union_all(np.asarray(projected[cut])[:, None], axis=1)
    return projected


def _across(outlines: gpd.GeoSeries) -> tuple[float, float]:
    """Westernmost and easternmost longitude of a region, from 0 to 540, where the widest empty gap is outside."""
    bounds = outlines.explode().bounds
    order = np.argsort(bounds.minx.to_numpy())
    starts, ends = bounds.minx.to_numpy()[order], np.maximum.accumulate(bounds.maxx.to_numpy()[order])
    gaps = np.append(starts[1:], starts[0] + 360) - ends
    widest = int(gaps.argmax())
    first = starts[(widest + 1) % len(starts)]
    return first, ends[widest] + 360 * (ends[widest] < first)
