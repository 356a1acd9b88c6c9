"""Read polygon files without reaching any other file or the network; check, repair and write polygons."""

import json
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contagion._util.text import some
from contagion.errors import InputError
from contagion.regions.reader import read_layer

# First bytes of each format: a file is read as what it is, whatever its name says.
_SIGNATURES = {
    ".gpkg": b"SQLite format 3\x00",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb\x03",
    ".parquet": b"PAR1",
    ".geojson": b"",
    ".json": b"",
}


def read_polygons(path: str) -> gpd.GeoDataFrame:
    """The polygons of a GeoPackage, GeoJSON, Shapefile, FlatGeobuf or GeoParquet file.

    Parameters
    ----------
    path
        The file, which is read in a process of its own that opens no other file and no address.

    Returns
    -------
    geopandas.GeoDataFrame
        Features of its one layer with geometry.

    Raises
    ------
    InputError
        For an absent file, a folder, an address, another format, a broken file.
    """
    file = _regular_file(path)
    if file.suffix.lower() in (".geojson", ".json"):
        _check_geojson(file)
    try:
        return gpd.read_parquet(file) if file.suffix.lower() == ".parquet" else read_layer(file)
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: cannot be read as polygons ({error})") from error


def _regular_file(path: str) -> Path:
    if any(mark in path for mark in ("/vsi", "://", "{", "<")):
        raise InputError(f"{path}: an address is not accepted; download the file and give its path.")
    file = Path(path)
    if not file.exists():
        raise InputError(f"{path}: there is no such file.")
    if not file.is_file():
        raise InputError(f"{path}: this is not a regular file; give the path of one polygon file.")
    file = file.resolve()
    signature = _SIGNATURES.get(file.suffix.lower())
    if signature is None:
        raise InputError(f"{path}: the ending {file.suffix!r} is not one of those read: {', '.join(_SIGNATURES)}.")
    with file.open("rb") as stream:
        if not stream.read(len(signature)) == signature:
            raise InputError(f"{path}: the content is not what the ending {file.suffix} says.")
    return file


def _check_geojson(file: Path) -> None:
    """JSON can also be a GDAL pipeline that opens other files: only a FeatureCollection passes."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file}: not a GeoJSON file ({error}).") from error
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise InputError(f"{file}: not a GeoJSON FeatureCollection.")
    if not content.get("features"):
        raise InputError(f"{file}: the file has no features.")


def check_polygons(frame: gpd.GeoDataFrame, where: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Polygons indexed by code, checked, repaired where that is safe, in EPSG:4326.

    Returns the polygons and a sentence on each repair. **Raises:** `InputError` for no features, no
    CRS, a null or empty geometry, anything but polygons, coordinates off the globe.
    """
    if frame.empty:
        raise InputError(f"{where}: the file has no features.")
    if frame.crs is None:
        raise InputError(f"{where}: the coordinate reference system is missing; save the file with one (EPSG:4326).")
    shapes = frame.geometry
    for fault, rows in (
        ("no geometry", shapes.isna()),
        ("an empty geometry", shapes.is_empty),
        ("something other than a polygon", ~shapes.geom_type.isin(["Polygon", "MultiPolygon"])),
    ):
        if rows.any():
            raise InputError(f"{where}: {some(frame.index[rows])} has {fault}; each place needs one polygon.")
    frame, notes = _repaired(frame, where)
    frame = frame.to_crs(4326)
    low, high = frame.total_bounds[:2], frame.total_bounds[2:]
    if not (np.all(low >= (-180, -90)) and np.all(high <= (180, 90))):
        raise InputError(
            f"{where}: coordinates from {low} to {high} are not degrees on the globe; the file names "
            "the wrong coordinate reference system."
        )
    return frame, notes


def _repaired(frame: gpd.GeoDataFrame, where: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    broken = ~frame.is_valid.to_numpy()
    if not broken.any():
        return frame, ()
    shapes = frame.geometry.to_numpy().copy()
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    lost = shapely.is_empty(shapes) | ~np.isin(shapely.get_type_id(shapes), (3, 6))  # polygon, multipolygon
    if lost.any():
        raise InputError(f"{where}: the outline of {some(frame.index[lost])} encloses no area and cannot be repaired.")
    count = int(broken.sum())
    note = f"Invalid outlines were repaired: {count} ({some(frame.index[broken], 10)})."
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)), (note,)


def in_order(polygons: gpd.GeoDataFrame, places: pd.Index) -> gpd.GeoDataFrame:
    """The polygons in the order of the codes of `places`.

    **Raises:** `InputError` where the codes of the polygons are not, each once, those of the places.
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
    """Write polygons as one layer of a new GeoPackage, all as multipolygons, with words `about` them as metadata.

    **Raises:** `InputError` where it cannot be written.
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
    except RuntimeError as error:  # what pyogrio raises, and GDAL through it
        raise InputError(f"{path.name}: could not be written ({error}); is there room on the disk?") from error


def in_kilometres(polygons: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The outlines in km, in an equal-area projection centred on the region."""
    west, south, east, north = polygons.total_bounds
    centre = f"+lat_0={(south + north) / 2} +lon_0={(west + east) / 2}"
    return polygons.geometry.to_crs(f"+proj=laea {centre} +ellps=WGS84 +units=km")
