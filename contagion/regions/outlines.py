"""What the outlines of a user's file say of each other, and of where they are."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from contagion._util.text import first_few
from contagion.errors import InputError
from contagion.regions.tables import cleaned, column

SAME = 0.5  # share of the smaller of two outlines that lies in the other, from which both are the same ground
LITTLE = 0.01  # share up to which borders are drawn a little differently


def check_overlaps(outlines: gpd.GeoSeries, where: str) -> tuple[str, ...]:
    """A note on outlines, in km by code, that overlap.

    Raises
    ------
    InputError
        If most of an outline lies in another, as where a file holds levels of administration beside each other.
    """
    shapes = outlines.to_numpy()
    if shapely.coverage_is_valid(shapes):
        return ()
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    areas = shapely.area(shapes)
    common = shapely.area(shapely.intersection(shapes[one], shapes[two]))
    share = common / np.minimum(areas[one], areas[two])
    names = outlines.index.to_numpy()
    for most, few in ((SAME, True), (LITTLE, False)):
        found = np.flatnonzero(share > most)
        if not found.size:
            continue
        order = found[np.argsort(-share[found], kind="stable")]
        pairs = first_few(f"{names[one[pair]]} and {names[two[pair]]}" for pair in order)
        if few:
            raise InputError(
                f"{where}: outlines lie on each other: {pairs}; residents would be counted twice. A file with several "
                "levels takes region.where={COLUMN: VALUE} for one of them, or region.layer=NAME"
            )
        return (f"Outlines overlap in {found.size} pairs of places, by {share[order[0]]:.0%} at most: {pairs}.",)
    return ()


def extent(outlines: gpd.GeoSeries) -> str:
    """How large a region of outlines in km is, and where: what a mistaken coordinate would give away."""
    west, south, east, north = outlines.total_bounds
    middle = gpd.GeoSeries([shapely.Point((west + east) / 2, (south + north) / 2)], crs=outlines.crs).to_crs(4326)
    lon, lat = float(middle.x.iloc[0]), float(middle.y.iloc[0])
    return (
        f"The region is {east - west:,.3g} km wide and {north - south:,.3g} km high, around "
        f"{abs(lat):.1f}\N{DEGREE SIGN} {'N' if lat >= 0 else 'S'}, {abs(lon):.1f}\N{DEGREE SIGN} "
        f"{'E' if lon >= 0 else 'W'}."
    )


def chosen(frame: gpd.GeoDataFrame, where: Mapping[str, str | list[str]], path: str) -> gpd.GeoDataFrame:
    """Rows of a polygon file that have the given values in the given columns.

    Raises
    ------
    InputError
        If a column is missing, or no row has the value.
    """
    for name, wanted in where.items():
        given = cleaned(column(frame, name, path))
        values = set(wanted if isinstance(wanted, list) else [wanted])
        kept = given.isin(values).to_numpy()
        if not kept.any():
            known = first_few(given.dropna().unique(), 10)
            raise InputError(
                f"region.where: column {name!r} of {path} has no {' or '.join(sorted(values))}; it has {known}"
            )
        frame = frame.loc[kept]
    return frame


def readable(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Text of a Shapefile that does not say how it is encoded, read as UTF-8 where all of it is that; and a note."""
    texts = [name for name in frame.columns if name != frame.geometry.name and frame[name].dtype.kind in "OUT"]
    decoded = {name: _as_utf8(pd.Series(frame[name])) for name in texts}
    changed = [name for name, values in decoded.items() if values is not None and (values != frame[name]).any()]
    if not changed or any(values is None for values in decoded.values()):
        return frame, ()
    note = (
        f"Text is read as UTF-8, which the file does not say (column {first_few(changed)}); region.encoding says other."
    )
    return gpd.GeoDataFrame(frame.assign(**{name: decoded[name] for name in changed})), (note,)


def _as_utf8(values: pd.Series) -> pd.Series | None:
    """Text whose bytes were taken for Latin-1, as the UTF-8 that they are; None where they are not."""

    def again(value: object) -> object:
        return value.encode("latin-1").decode("utf-8") if isinstance(value, str) else value

    try:
        return values.map(again).astype(values.dtype)
    except UnicodeError:
        return None


def named(values: NDArray, codes: pd.Index) -> tuple[NDArray, tuple[str, ...]]:
    """Names of places, the code of those without one, and a note."""
    missing = pd.isna(values)
    note = f"Places without a name are shown by their code: {missing.sum()} ({first_few(codes[missing])})."
    return np.where(missing, codes, values), (note,) if missing.any() else ()
