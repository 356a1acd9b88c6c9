"""Parts of a region on a map: some places, an extent, and names of places."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from xarray import Dataset

from contagion._util.text import first_few
from contagion.errors import InputError, nearest
from contagion.plots.panels import Label, Outlines, outlined
from contagion.regions.polygons import in_kilometres, in_order

if TYPE_CHECKING:
    from geopandas import GeoDataFrame, GeoSeries

BESIDE = 0.2  # share of an extent by which places beside it are looked at: it is not straight in a projection


class Window(TypedDict, total=False):
    """What a map shows of a region."""

    places: str | Sequence[str] | None
    extent: Sequence[float] | None
    labels: bool | str | Sequence[str]


def windowed(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    places: str | Sequence[str] | None = None,
    extent: Sequence[float] | None = None,
    labels: bool | str | Sequence[str] = False,
) -> tuple[Dataset, Outlines]:
    """Results and projected outlines of a part of a region.

    Parameters
    ----------
    dataset
        Results of a run.
    polygons
        One row per place, indexed by code, with columns state and geometry.
    places
        Codes of places and names of states; all places by default.
    extent
        West, south, east and north in degrees; all that is chosen by default.
    labels
        Codes of places and names of states whose places are labelled; True for all, of which names that would overlap
        those of places with more residents are left out.

    Returns
    -------
    tuple
        The results of the places shown, with a region that says which they are, and their outlines.

    Raises
    ------
    InputError
        If a place or state is unknown or not shown, the extent is none or empty, or polygons and places do not match.
    """
    ordered = in_order(polygons, dataset.place.to_index())
    kept = np.arange(dataset.place.size) if places is None else _chosen(dataset, places, "place")
    frame = None
    if extent is None:
        projected = in_kilometres(ordered.iloc[kept])
    else:
        kept, projected, frame = _cropped(ordered, kept, extent)
    shown = dataset
    if kept.size < dataset.place.size:
        shown = dataset.isel(place=kept).assign_attrs(region=_said(dataset, kept))
    named = _labels(shown, projected, labels)
    return shown, outlined(ordered.iloc[kept], projected, frame, named, labels is True)


def _cropped(
    ordered: "GeoDataFrame", kept: NDArray[np.integer], extent: Sequence[float]
) -> tuple[NDArray[np.integer], "GeoSeries", tuple[float, ...]]:
    """Those of the kept places that an extent shows, their outlines, and its bounds in the same projection."""
    box = _box(extent)
    near = shapely.intersects(ordered.geometry.to_numpy()[kept], box.buffer(BESIDE * np.sqrt(box.area)))
    if near.any():
        projected = in_kilometres(ordered.iloc[kept[near]])
        assert projected.crs is not None
        west, south, east, north = gpd.GeoSeries([box], crs=4326).to_crs(projected.crs).total_bounds
        inside = shapely.intersects(projected.to_numpy(), shapely.box(west, south, east, north))
        if inside.any():
            return kept[near][inside], gpd.GeoSeries(projected[inside]), (west, south, east, north)
    west, south, east, north = ordered.iloc[kept].total_bounds
    raise InputError(
        f"extent={tuple(extent)}: no place lies there; places lie from {west:.1f} to {east:.1f} degrees east and from "
        f"{south:.1f} to {north:.1f} degrees north"
    )


def _chosen(dataset: Dataset, given: str | Sequence[str], kind: str) -> NDArray[np.integer]:
    """Indices of the places with the given codes or in the given states, in the order of the dataset."""
    codes, states = (dataset[name].values.astype(object) for name in ("place", "state"))
    wanted = [given] if isinstance(given, str) else [str(each) for each in given]
    if not wanted:
        raise InputError(f"{kind}s: none given; give codes of places or names of states")
    chosen = np.zeros(codes.size, bool)
    for each in wanted:
        found = states == each if each in states else codes == each
        if not found.any():
            called = dict(zip(dataset["name"].values.astype(object), codes, strict=True))
            close = nearest(each, [*called, *dict.fromkeys(states), *codes])
            of_name = f" (code {called[close]})" if close in called and close not in states else ""
            raise InputError(f"unknown {kind} {each!r}; the nearest is {close!r}{of_name}")
        chosen |= found
    return np.flatnonzero(chosen)


def _box(extent: Sequence[float]) -> shapely.Polygon:
    """An extent in degrees as an outline, with points along its sides."""
    bounds = np.array(extent, float) if len(extent) == 4 else np.full(4, np.nan)
    west, south, east, north = bounds.tolist()
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InputError(
            f"extent={tuple(extent)}: must be west, south, east and north in degrees, such as (-102.2, 16.3, -98, 18.9)"
        )
    return shapely.segmentize(shapely.box(west, south, east, north), max(east - west, north - south) / 20)


def _said(dataset: Dataset, kept: NDArray[np.integer]) -> str:
    """The region and which of its places are shown: whole states by their names, others by their number."""
    states = dataset["state"].values.astype(object)
    names = list(dict.fromkeys(states[kept]))
    whole = np.isin(states, names).sum() == kept.size
    part = first_few(names, 3) if whole else f"{kept.size:,} of {states.size:,} places"
    return f"{dataset.attrs['region']}, {part}"


def _labels(dataset: Dataset, outlines: "GeoSeries", given: bool | str | Sequence[str]) -> tuple[Label, ...]:
    """Names of places where they go, those of places with most residents first."""
    if given is False:
        return ()
    chosen = np.arange(dataset.place.size) if given is True else _chosen(dataset, given, "label")
    order = chosen[np.argsort(-dataset["population"].values[chosen], kind="stable")]
    points = outlines.representative_point().iloc[order]
    names = dataset["name"].values[order].astype(object)
    return tuple(Label(x, y, name) for x, y, name in zip(points.x, points.y, names, strict=True))
