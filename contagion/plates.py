"""Plates of maps: outlines projected once, then one map per panel and one legend for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from matplotlib import rc_context
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.path import Path
from xarray import DataArray

from contagion.classes import Classes
from contagion.errors import InputError
from contagion.sheet import FAINT, FINE, GAP, INK, MARGIN, NAME, SMALL, STYLE, broken, height, sheet, write

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

# Inches.
ROOM_ONE, ROOM_MANY = (7.05, 5.1), (10.4, 7.8)  # widest and tallest that the maps of a sheet may be
SMALLEST = 6.5  # sheet
NARROWEST = 1.7  # panel in which a strategy's name still reads
STRIP = 0.25  # a name of one line above its map
LEGEND = 2.2  # width of the legend
ENTRY = 0.23  # height of a class in the legend
MISSING = {"facecolor": "white", "edgecolor": "#8a8a8a", "hatch": "//////", "linewidth": 0}


class Panel(NamedTuple):
    """One map of a plate; alone on it, its words join the title and the subtitle."""

    name: str
    values: np.ndarray  # (place,), in the unit of the classes' breaks
    remark: str = ""


@dataclass(frozen=True)
class Outlines:
    """Borders in metres, ready to draw on as many maps as there are."""

    places: list[Path]  # in the order of the places
    states: list[Path]
    west: float
    south: float
    east: float
    north: float


def project(polygons: "GeoDataFrame", places: DataArray) -> Outlines:
    """Project polygons to equal areas, north up, around the middle of the region, in the order of `places`.

    **Raises:** InputError where the codes of the polygons are not, each once, those of the places.
    """
    codes, wanted = polygons.index, places.to_index()
    for wrong, fault in (
        (wanted.difference(codes), "places have no polygon"),
        (codes.difference(wanted), "polygons have no place in the dataset"),
        (codes[codes.duplicated()].unique(), "codes have several polygons"),
    ):
        if len(wrong):
            more = ", ..." if len(wrong) > 5 else ""
            raise InputError(f"{len(wrong)} {fault}: {', '.join(map(str, wrong[:5]))}{more}")

    west, south, east, north = polygons.total_bounds
    equal_area = f"+proj=laea +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +ellps=WGS84"
    projected = polygons.loc[wanted].to_crs(equal_area)
    states = polygons.dissolve("state").to_crs(equal_area)
    return Outlines(_paths(projected), _paths(states), *projected.total_bounds)


def _paths(polygons: "GeoDataFrame") -> list[Path]:
    # Exterior rings one way round, holes the other: renderers fill by winding number.
    shapes = shapely.orient_polygons(polygons.geometry.to_numpy())
    rings = [shapely.get_rings(shapely.get_parts(shape)) for shape in shapes]
    return [
        Path.make_compound_path(*(Path(ring, closed=True) for ring in map(shapely.get_coordinates, several)))
        for several in rings
    ]


@rc_context(STYLE)
def plate(
    outlines: Outlines, panels: Sequence[Panel], classes: Classes, title: str, attributes: Mapping[Any, Any]
) -> Figure:
    """One map per panel, as large as a sheet allows, and one legend for all.

    **Arguments:** `attributes` region, period, statistic and units in words; schematic, note and source for
    the footer.
    """
    subtitle = " · ".join(attributes[name] for name in ("region", "period", "statistic"))
    if len(panels) == 1:
        (only,) = panels
        title, subtitle = f"{title}: {only.name}", f"{subtitle} · {only.remark}".removesuffix(" · ")
        panels = [Panel("", only.values)]
    aspect = (outlines.east - outlines.west) / (outlines.north - outlines.south)
    columns, tall = _arrangement(len(panels), aspect)
    wide = max(tall * aspect, NARROWEST)
    names = [broken(panel.name, NAME, wide) for panel in panels]
    remarks = [broken(panel.remark, FINE, wide) for panel in panels]
    strips = [height(name, NAME) + height(remark, FINE) for name, remark in zip(names, remarks, strict=True)]
    assigned = [classes.assign(panel.values) for panel in panels]

    patches = [
        Patch(facecolor=colour, edgecolor=FAINT, linewidth=0.3, label=label)
        for colour, label in zip(classes.colours, classes.labels, strict=True)
    ][::-1]
    if any((found < 0).any() for found in assigned):
        patches.append(Patch(label="no data", **MISSING))
    units = broken(attributes["units"], SMALL, LEGEND)

    rows = [max(strips[start : start + columns]) + tall + GAP for start in range(0, len(panels), columns)]
    maps = columns * (wide + GAP)
    body = max(sum(rows), height(units, SMALL) + ENTRY * len(patches) + GAP)
    width = max(MARGIN + maps + GAP + LEGEND + MARGIN, SMALLEST)
    figure, bottom = sheet(title, subtitle, attributes, width, body)
    for number, (name, remark, found) in enumerate(zip(names, remarks, assigned, strict=True)):
        row, column = divmod(number, columns)
        left, low = MARGIN + column * (wide + GAP), bottom + body - sum(rows[: row + 1]) + GAP
        top = low + tall + strips[number]  # the name sits on its map, whatever its neighbours' lines
        write(figure, left, top, name, NAME, weight="bold")
        write(figure, left, top - height(name, NAME), remark, FINE, color=FAINT)
        _map(figure, np.array([left, low, tall * aspect, tall]), outlines, found, classes)
    figure.legend(
        handles=patches,
        title=units,
        title_fontsize=SMALL,
        fontsize=SMALL,
        labelcolor=INK,
        labelspacing=0.3,
        handleheight=1.1,
        loc="upper left",
        alignment="left",
        frameon=False,
        borderpad=0,
        borderaxespad=0,
        bbox_to_anchor=(MARGIN + maps + GAP, bottom + body),
        bbox_transform=figure.dpi_scale_trans,
    ).get_title().set_color(INK)
    return figure


def _arrangement(panels: int, aspect: float) -> tuple[int, float]:
    """The number of columns that leaves most room to each map, and that map's height."""
    wide, tall = ROOM_ONE if panels == 1 else ROOM_MANY
    most = min(panels, int(wide / NARROWEST))
    heights = [
        min((wide / columns - GAP) / aspect, tall / -(-panels // columns) - STRIP) for columns in range(1, most + 1)
    ]
    return int(np.argmax(heights)) + 1, max(heights)


def _map(figure: Figure, box: np.ndarray, outlines: Outlines, assigned: np.ndarray, classes: Classes) -> None:
    """Draw one map in a `box` (left, bottom, width, height) of the sheet."""
    axes = figure.add_axes(tuple(box / np.tile(figure.get_size_inches(), 2)))
    axes.set_axis_off()
    axes.set(xlim=(outlines.west, outlines.east), ylim=(outlines.south, outlines.north))
    palette = np.vstack([classes.colours, to_rgba("white")])  # class -1, no data, is the last
    # Smoothed edges would let the paper shine through between neighbours; stroking them doubles the time.
    places = PathCollection(outlines.places, facecolors=palette[assigned], linewidths=0, antialiaseds=False)
    missing = PathCollection(list(compress(outlines.places, assigned < 0)), **MISSING)
    states = PathCollection(outlines.states, facecolors="none", edgecolors=INK, linewidths=0.1 * box[3])
    for collection in (places, missing, states):
        # Thousands of polygons as pixels keep a PDF small; lines and text stay sharp.
        collection.set(clip_on=False, rasterized=collection is not states)
        axes.add_collection(collection, autolim=False)
