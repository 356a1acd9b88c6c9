"""Small multiples: maps by strategy (rows) and year (columns) with a common legend."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from contagion.plots.legends import WIDTH, Listed
from contagion.plots.panels import SMALLEST, Outlines, draw
from contagion.plots.style import FAINT, GAP, MARGIN, NAME, SMALL, STYLE, broken, height, sheet, write

# Inches.
ROOM = (12.0, 1.7)  # maximum width of a row of maps, and maximum height of a map
NARROWEST = 1.0  # minimum width of a map, so that column headings are legible


@rc_context(STYLE)
def small_multiples(
    outlines: Outlines,
    rows: Mapping[str, np.ndarray],
    headings: Sequence[str],
    colours: np.ndarray,
    legend: Listed,
    title: str,
    attributes: Mapping[Any, Any],
) -> Figure:
    """Draw maps of equal size in rows and columns.

    Parameters
    ----------
    outlines
        Projected outlines of the places.
    rows
        Classes of places (column, place), -1 for no data, by row name.
    headings
        Column headings.
    colours, legend, title, attributes
        As for `panels.plate`.
    """
    widest, tall = ROOM
    tall = min(tall, (widest / len(headings) - GAP) / outlines.aspect)
    wide = max(tall * outlines.aspect, NARROWEST)
    maps = max(len(headings) * (wide + GAP), SMALLEST - WIDTH - GAP - 2 * MARGIN)
    columns = [broken(heading, SMALL, wide) for heading in headings]
    above = max(height(heading, SMALL) for heading in columns) + GAP / 2
    names = {name: broken(name, NAME, maps) for name in rows}
    body = max(above + sum(height(name, NAME) + tall + GAP for name in names.values()), legend.tall + GAP)

    subtitle = " · ".join(attributes[name] for name in ("region", "period", "statistic"))
    figure, bottom = sheet(title, subtitle, attributes, MARGIN + maps + GAP + WIDTH + MARGIN, body)
    lefts = [MARGIN + number * (wide + GAP) for number in range(len(headings))]
    for left, heading in zip(lefts, columns, strict=True):
        write(figure, left, bottom + body, heading, SMALL, color=FAINT)
    low = bottom + body - above
    for name, assigned in rows.items():
        write(figure, MARGIN, low, names[name], NAME, weight="bold")
        low -= height(names[name], NAME) + tall
        for left, found in zip(lefts, assigned, strict=True):
            draw(figure, left, low, tall, outlines, found, colours)
        low -= GAP
    legend.draw(figure, MARGIN + maps + GAP, bottom + body)
    return figure
