"""The sheet of paper that every figure is printed on: title, subtitle, room for the body, footer.

Lengths are inches, y from the bottom. Text is broken to fit before the sheet is cut, so nothing overlaps.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from matplotlib import RcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contagion._util.text import Lines

# House style. Names are data, not formulas: with parse_math a `$` in one would set it in italics. Fonts of type 42 go
# into a PDF as they are, which journals ask for and which can be searched and edited.
STYLE = RcParams({"font.family": "DejaVu Sans", "text.parse_math": False, "hatch.linewidth": 0.5, "pdf.fonttype": 42})
INK, FAINT = "#222222", "#5c5c5c"
TITLE, SUBTITLE, NAME, SMALL, FINE = 15, 10, 10, 9, 8  # font sizes, points
MARGIN, GAP = 0.3, 0.15
GRID: dict[str, Any] = {"color": "#e2e2e2", "linewidth": 0.8}
SCHEMATIC = "Schematic: municipal borders and criminal groups are not real"


def broken(text: str, size: float, width: float) -> str:
    """Break `text`, of a font size in points, into lines no longer than `width`."""
    return Lines(int(width * 72 / (0.62 * size))).fill(text)


def height(text: str, size: float) -> float:
    """Height of lines of text, of a font size in points."""
    return (text.count("\n") + 1) * size * 1.3 / 72 if text else 0.0


def sheet(title: str, subtitle: str, attributes: Mapping[Any, Any], width: float, body: float) -> tuple[Figure, float]:
    """A figure with its texts and a `body` of that height left empty; also where the body's bottom is.

    The footer says whether the dataset is schematic, its note and its source, from `attributes`.
    """
    inner = width - 2 * MARGIN
    title, subtitle = broken(title, TITLE, inner), broken(subtitle, SUBTITLE, inner)
    footer = [(SCHEMATIC, "bold")] if attributes["schematic"] else []
    footer += [(attributes[name], "normal") for name in ("note", "source") if attributes[name]]
    footer = [(broken(text, FINE, inner), weight) for text, weight in footer]

    bottom = MARGIN + sum(height(text, FINE) for text, _ in footer) + GAP
    top = bottom + body + GAP + height(subtitle, SUBTITLE) + height(title, TITLE)
    figure = Figure(figsize=(width, top + MARGIN), dpi=100, facecolor="white")
    write(figure, MARGIN, top, title, TITLE, weight="bold")
    write(figure, MARGIN, top - height(title, TITLE), subtitle, SUBTITLE, color=FAINT)
    line = bottom - GAP
    for text, weight in footer:
        write(figure, MARGIN, line, text, FINE, weight=weight, color=FAINT)
        line -= height(text, FINE)
    return figure, bottom


def write(
    figure: Figure, left: float, top: float, text: str, size: float, color: str = INK, weight: str = "normal"
) -> None:
    """Write lines of text, their upper left corner at `left` and `top`."""
    inches = figure.dpi_scale_trans
    figure.text(left, top, text, size=size, color=color, weight=weight, va="top", transform=inches)


def axes_at(figure: Figure, left: float, low: float, wide: float, tall: float) -> Axes:
    """Axes with their lower left corner there, of that width and height."""
    return figure.add_axes(tuple(np.array([left, low, wide, tall]) / np.tile(figure.get_size_inches(), 2)))


def unframed(axes: Axes, lines: Literal["both", "x", "y"] = "both") -> None:
    """A faint grid instead of a frame."""
    axes.spines[:].set_visible(False)
    axes.grid(axis=lines, **GRID)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=FAINT)
