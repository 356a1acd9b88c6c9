"""Panels of maps that share projected outlines and a legend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from xarray import DataArray

from contagion.plots.legends import MISSING, WIDTH, Listed, Squared
from contagion.plots.style import (
    FAINT,
    FINE,
    GAP,
    INK,
    MARGIN,
    NAME,
    STYLE,
    TITLE,
    axes_at,
    broken,
    height,
    sheet,
    write,
)
from contagion.regions.polygons import in_kilometres, in_order

if TYPE_CHECKING:
    from geopandas import GeoDataFrame, GeoSeries

# Inches.
ROOM_ONE, ROOM_MANY = (7.05, 5.1), (10.4, 7.8)  # maximum width and height of all maps of a sheet
SMALLEST = 6.5  # minimum width of a sheet
NARROWEST = 1.7  # minimum width of a panel, so that strategy names are legible
STRIP = 0.25  # height of a one-line name above its map
LABEL = 7  # font size of names of places, points
HALO = [withStroke(linewidth=1.8, foreground="white")]


class Panel(NamedTuple):
    """One map of a plate; if it is the only one, its text is appended to title and subtitle."""

    name: str
    assigned: np.ndarray  # (place,), class of each place, -1 for no data
    remark: str = ""


class Label(NamedTuple):
    """The name of a place at a point, kilometres."""

    x: float
    y: float
    name: str


@dataclass(frozen=True)
class Outlines:
    """Projected borders in kilometres, shared by all maps."""

    places: list[Path]  # in the order of the places
    states: list[Path]
    west: float
    south: float
    east: float
    north: float
    cropped: bool = False  # whether places may reach beyond west, south, east and north
    labels: tuple[Label, ...] = ()
    sparse: bool = False  # leave out labels that would overlap those before

    @property
    def aspect(self) -> float:
        """Width over height."""
        return (self.east - self.west) / (self.north - self.south)


def project(polygons: "GeoDataFrame", places: DataArray) -> Outlines:
    """Outlines in an equal-area projection centred on the region, in the order of `places`.

    Raises
    ------
    InputError
        If the codes of polygons and places are not the same set without duplicates.
    """
    ordered = in_order(polygons, places.to_index())
    return outlined(ordered, in_kilometres(ordered))


def outlined(
    polygons: "GeoDataFrame",
    projected: "GeoSeries",
    frame: tuple[float, ...] | None = None,
    labels: tuple[Label, ...] = (),
    sparse: bool = False,
) -> Outlines:
    """Outlines of `polygons` as `projected`, within a `frame` (west, south, east, north) where there is one."""
    states = polygons.set_geometry(projected).dissolve("state").geometry
    west, south, east, north = projected.total_bounds if frame is None else frame
    cropped = frame is not None
    return Outlines(_paths(projected), _paths(states), west, south, east, north, cropped, labels, sparse)


def _paths(outlines: "GeoSeries") -> list[Path]:
    # Exterior rings and holes need opposite orientation: renderers fill by winding number.
    shapes = shapely.orient_polygons(outlines.to_numpy())
    rings = [shapely.get_rings(shapely.get_parts(shape)) for shape in shapes]
    return [
        Path.make_compound_path(*(Path(ring, closed=True) for ring in map(shapely.get_coordinates, several)))
        for several in rings
    ]


@rc_context(STYLE)
def plate(
    outlines: Outlines,
    panels: Sequence[Panel],
    colours: np.ndarray,
    legend: Listed | Squared,
    title: str,
    attributes: Mapping[Any, Any],
    moment: str = "",
) -> Figure:
    """Draw one map per panel, as large as the sheet allows, and a common legend.

    `colours` (class, 4) are those of the classes; `attributes` are the texts region, period, statistic, and schematic,
    note and source for the footer; `moment` is written above the legend.
    """
    subtitle = " · ".join(attributes[name] for name in ("region", "period", "statistic"))
    if len(panels) == 1:
        (only,) = panels
        title, subtitle = f"{title}: {only.name}", f"{subtitle} · {only.remark}".removesuffix(" · ")
        panels = [Panel("", only.assigned)]
    aspect = outlines.aspect
    columns, tall = _arrangement(len(panels), aspect)
    wide = max(tall * aspect, NARROWEST)
    names = [broken(panel.name, NAME, wide) for panel in panels]
    remarks = [broken(panel.remark, FINE, wide) for panel in panels]
    strips = [height(name, NAME) + height(remark, FINE) for name, remark in zip(names, remarks, strict=True)]
    above = height(moment, TITLE) + GAP if moment else 0

    rows = [max(strips[start : start + columns]) + tall + GAP for start in range(0, len(panels), columns)]
    maps = columns * (wide + GAP)
    body = max(sum(rows), above + legend.tall + GAP)
    width = max(MARGIN + maps + GAP + WIDTH + MARGIN, SMALLEST)
    figure, bottom = sheet(title, subtitle, attributes, width, body)
    for number, (name, remark, panel) in enumerate(zip(names, remarks, panels, strict=True)):
        row, column = divmod(number, columns)
        left, low = MARGIN + column * (wide + GAP), bottom + body - sum(rows[: row + 1]) + GAP
        top = low + tall + strips[number]  # the name is just above its map, however many lines its neighbours have
        write(figure, left, top, name, NAME, weight="bold")
        write(figure, left, top - height(name, NAME), remark, FINE, color=FAINT)
        draw(figure, left, low, tall, outlines, panel.assigned, colours)
    beside = MARGIN + maps + GAP
    legend.draw(figure, beside, bottom + body - above)
    if moment:
        write(figure, beside, bottom + body, moment, TITLE, weight="bold")
    return figure


def _arrangement(panels: int, aspect: float) -> tuple[int, float]:
    """Number of columns that maximises the size of a map, and the height of a map."""
    wide, tall = ROOM_ONE if panels == 1 else ROOM_MANY
    most = min(panels, int(wide / NARROWEST))
    heights = [
        min((wide / columns - GAP) / aspect, tall / -(-panels // columns) - STRIP) for columns in range(1, most + 1)
    ]
    return int(np.argmax(heights)) + 1, max(heights)


def draw(
    figure: Figure, left: float, low: float, tall: float, outlines: Outlines, assigned: np.ndarray, colours: np.ndarray
) -> None:
    """Draw one map of height `tall` with its lower left corner at `left`, `low`, inches."""
    axes = axes_at(figure, left, low, tall * outlines.aspect, tall)
    axes.set_axis_off()
    axes.set(xlim=(outlines.west, outlines.east), ylim=(outlines.south, outlines.north))
    # Anti-aliased edges would show gaps between neighbours; stroking them instead doubles the time.
    places = PathCollection(outlines.places, linewidths=0, antialiaseds=False)
    missing = PathCollection([], **MISSING)
    states = PathCollection(outlines.states, facecolors="none", edgecolors=INK, linewidths=0.1 * tall)
    for collection in (places, missing, states):
        # Rasterized polygons keep PDF files small; lines and text remain vectors.
        collection.set(clip_on=outlines.cropped, rasterized=collection is not states)
        axes.add_collection(collection, autolim=False)
    colour(axes, outlines, assigned, colours)
    _write_labels(axes, outlines)


def _write_labels(axes: Axes, outlines: Outlines) -> None:
    """Write names of places on a map, with a pale edge that keeps them legible on any colour."""
    frame = axes.get_window_extent()
    taken: list[Bbox] = []
    for label in outlines.labels:
        text = axes.text(
            label.x, label.y, label.name, size=LABEL, color=INK, ha="center", va="center", path_effects=HALO
        )
        box = text.get_window_extent()
        middle, (low, high) = box.get_points().mean(axis=0), box.get_points()
        crowded = box.count_overlaps(taken) or not (frame.contains(*low) and frame.contains(*high))
        if (outlines.sparse and crowded) or (outlines.cropped and not frame.contains(*middle)):
            text.remove()
        else:
            taken.append(box)


def colour(axes: Axes, outlines: Outlines, assigned: np.ndarray, colours: np.ndarray) -> None:
    """Colour the places of a map by class."""
    places, missing, _ = axes.collections
    palette = np.vstack([colours, to_rgba("white")])  # index -1, no data
    places.set(facecolor=palette[assigned])
    missing.set_paths(list(compress(outlines.places, assigned < 0)))
