"""Small multiples: one row of maps per strategy, one column per year, and one legend for all."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from contagion.plots.legends import WIDTH, Listed
from contagion.plots.panels import SMALLEST, Outlines, draw
from contagion.plots.style import FAINT, GAP, MARGIN, NAME, SMALL, STYLE, broken, height, sheet, write

# Inches.
ROOM = (12.0, 1.7)  # widest that a row of maps may be, tallest that one of them may be
NARROWEST = 1.0  # map over which a span of months still reads


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
    """Maps in rows and columns, all of one size.

    **Arguments:** `rows` the classes of places (column, place), -1 for none, by the name of the row; `headings` of the
    columns; else as of `plates.plate`.
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
