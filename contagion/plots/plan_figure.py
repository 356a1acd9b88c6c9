"""A plan that was searched: what each of its parts does, where, and how the search came to it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from xarray import Dataset

from contagion._util.language import label, say
from contagion._util.text import enumerated, number, significant
from contagion.plots.color_classes import Classes
from contagion.plots.legends import Listed
from contagion.plots.panels import Panel, plate, project
from contagion.plots.style import (
    COLOURS,
    FAINT,
    INK,
    MARGIN,
    NAME,
    SMALL,
    STYLE,
    axes_at,
    sheet,
    signed,
    unframed,
    write,
)

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

WIDTH, ROW, LEAST = 10.0, 0.42, 2.4  # sheet, height of a part, height of the panels at least, inches
NAMES, HISTORY, AXIS, TITLE, BETWEEN = 2.3, 3.0, 0.55, 0.45, 0.9  # inches
LOST, ALONE = COLOURS[1], COLOURS[2]
NAMED = 6  # places at most that are named on the map
ELSEWHERE, THERE = "#e4e4e4", LOST  # places on the map


@rc_context(STYLE)
def plan_figure(parts: pd.DataFrame, values: Sequence[float], attributes: Mapping[Any, Any]) -> Figure:
    """Plot what homicides would be without each part of a plan, and the plans that were tried.

    Parameters
    ----------
    parts
        A row per part, with option, dose, cost, and the columns without and alone with their intervals.
    values
        What each plan came to that was tried, in % of the baseline, in their order.
    attributes
        Of the results of the run, for region, note and source.

    Returns
    -------
    Figure
        Two panels: parts, with 90 % confidence intervals, in persons over the run; and the search.
    """
    body = max(len(parts) * ROW, LEAST) + TITLE + AXIS
    figure, bottom = sheet(say("optimise.figure"), str(attributes["region"]), attributes, WIDTH, body)
    tall, wide = body - TITLE - AXIS, WIDTH - 2 * MARGIN - NAMES - HISTORY - BETWEEN
    write(figure, MARGIN, bottom + body, say("optimise.figure_parts"), NAME, weight="bold")
    _parts(axes_at(figure, MARGIN + NAMES, bottom + AXIS, wide, tall), parts)
    left = WIDTH - MARGIN - HISTORY
    write(figure, left, bottom + body, say("optimise.figure_search"), NAME, weight="bold")
    _search(axes_at(figure, left, bottom + AXIS, HISTORY, tall), np.asarray(values))
    return figure


def plan_map(placed: Mapping[str, NDArray], polygons: "GeoDataFrame", dataset: Dataset) -> Figure:
    """Map where the options of a plan are done whose places were searched.

    Parameters
    ----------
    placed
        By option, 1 where it is done, 0 elsewhere, [place].
    polygons
        One row per place, indexed by code, with columns state and geometry.
    dataset
        Results of a run, for the order of places, region, note and source.

    Returns
    -------
    Figure
        A map per option.
    """
    classes = Classes(
        np.array([0.5]), to_rgba_array([ELSEWHERE, THERE]), [say("optimise.outside"), say("optimise.here")]
    )
    panels = [
        Panel(label(name), classes.assign(area), _places(polygons.loc[dataset.place.to_index()[area > 0]], len(area)))
        for name, area in placed.items()
    ]
    texts = dataset.attrs | dict(period=say("optimise.map_of"), statistic=say("optimise.map_how"))
    legend = Listed(classes, say("optimise.map_legend"), False)
    return plate(project(polygons, dataset.place), panels, classes.colours, legend, say("optimise.map"), texts)


def _places(chosen: "GeoDataFrame", places: int) -> str:
    """How many places were chosen of all, and which, if they are few."""
    counted = say("optimise.in_places", count=f"{len(chosen):,}", places=f"{places:,}")
    return f"{counted}: {enumerated(chosen['name'])}" if "name" in chosen and 0 < len(chosen) <= NAMED else counted


def _parts(axes: Axes, parts: pd.DataFrame) -> None:
    """A row per part: what is lost without it, and what it does alone."""
    rows = parts.sort_values("without").to_dict("records")
    for place, row in enumerate(rows):
        ends = ("without", LOST, 0.14, 1), ("alone", ALONE, -0.14, -1)
        for name, colour, shift, sign in ends:
            low, high = sorted(sign * row[f"{name}_{end}"] for end in ("low", "high"))
            axes.plot([low, high], [place + shift] * 2, color=colour, linewidth=2.2, solid_capstyle="butt")
            axes.plot(sign * row[name], place + shift, "o", color=colour, markersize=5)
    names = [
        f"{label(row['option'])}\n{say('optimise.dose', dose=significant(row['dose'], 2))}, {_money(row['cost'])}"
        for row in rows
    ]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0.5)
    unframed(axes, "x")
    axes.tick_params(axis="y", labelcolor=INK)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(signed)
    axes.set_xlabel(say("optimise.axis_parts"), size=SMALL, color=INK)
    for name, colour, at, side in (("optimise.within", LOST, 0.0, "left"), ("optimise.by_itself", ALONE, 1.0, "right")):
        axes.text(at, 1.0, say(name), color=colour, size=SMALL, transform=axes.transAxes, va="bottom", ha=side)


def _money(cost: float) -> str:
    return say("optimise.money", cost=number(cost, 0))


def _search(axes: Axes, values: np.ndarray) -> None:
    """Plans in the order in which they were tried, and the best so far."""
    tried = np.arange(1, len(values) + 1)
    best = np.minimum.accumulate(values)
    axes.plot(tried, values, "o", color="#b5b5b5", markersize=3)
    axes.step(tried, best, where="post", color=INK, linewidth=1.6)
    low, high = best[-1], max(0.0, float(np.median(values)))
    axes.set_ylim(low - 0.1 * (high - low), high + 0.1 * max(high - low, 1e-6))
    unframed(axes)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(signed)
    axes.set_xlabel(say("optimise.axis_tried"), size=SMALL, color=INK)
    axes.set_ylabel(say("optimise.axis_value"), size=SMALL, color=INK)
