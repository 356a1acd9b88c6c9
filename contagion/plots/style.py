"""Common layout and style of figures: title, subtitle, body, footer.

Lengths are in inches, y from the bottom. Text is wrapped before the size of the figure is fixed, so nothing overlaps.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib import RcParams, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contagion._util.atomic import committed
from contagion._util.language import noted, say
from contagion._util.text import Lines, significant
from contagion.errors import InputError

# Names are data, not formulas: with parse_math, a `$` would start math mode. Type 42 fonts are embedded in PDF files as
# text that can be searched and edited, as journals require.
STYLE = RcParams({"font.family": "DejaVu Sans", "text.parse_math": False, "hatch.linewidth": 0.5, "pdf.fonttype": 42})
INK, FAINT = "#222222", "#5c5c5c"
# Colour-blind safe palette of Okabe and Ito (2008), without yellow, which is too pale in print.
COLOURS = (INK, "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
TITLE, SUBTITLE, NAME, SMALL, FINE = 15, 10, 10, 9, 8  # font sizes, points
MARGIN, GAP = 0.3, 0.15
GRID: dict[str, Any] = {"color": "#e2e2e2", "linewidth": 0.8}
PRINTED = 300  # dots per inch of rasterized artists in svg and pdf


def broken(text: str, size: float, width: float, most: int | None = None) -> str:
    """Wrap `text` of font size `size` (points) to lines of at most `width` inches; `most` lines end in an ellipsis."""
    return Lines(int(width * 72 / (0.62 * size)), max_lines=most, placeholder=" \N{HORIZONTAL ELLIPSIS}").fill(text)


def height(text: str, size: float) -> float:
    """Height of lines of text of font size `size` (points), inches."""
    return (text.count("\n") + 1) * size * 1.3 / 72 if text else 0.0


def sheet(title: str, subtitle: str, attributes: Mapping[Any, Any], width: float, body: float) -> tuple[Figure, float]:
    """Create a figure with title, subtitle and footer, and an empty body of height `body`.

    The footer states whether the dataset is schematic, its note and its source, from `attributes`.

    Returns
    -------
    figure : Figure
        The figure.
    bottom : float
        Bottom of the body, inches.
    """
    inner = width - 2 * MARGIN
    title, subtitle = broken(title, TITLE, inner), broken(subtitle, SUBTITLE, inner)
    footer = [(say("facts.schematic"), "bold")] if attributes["schematic"] else []
    footer += [(text, "normal") for text in (noted(attributes["note"]), attributes["source"]) if text]
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
    """Write lines of text with their upper left corner at `left` and `top`, inches."""
    inches = figure.dpi_scale_trans
    figure.text(left, top, text, size=size, color=color, weight=weight, va="top", transform=inches)


def axes_at(figure: Figure, left: float, low: float, wide: float, tall: float) -> Axes:
    """Add axes with lower left corner `left`, `low` and size `wide` by `tall`, inches."""
    return figure.add_axes(tuple(np.array([left, low, wide, tall]) / np.tile(figure.get_size_inches(), 2)))


def unframed(axes: Axes, lines: Literal["both", "x", "y"] = "both") -> None:
    """Style axes with a faint grid instead of a frame."""
    axes.spines[:].set_visible(False)
    axes.grid(axis=lines, **GRID)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=FAINT)


def signed(value: float, _: float) -> str:
    """The label of a tick on an axis of differences."""
    return significant(value, 4, "+" if value else "")


def fresh(folder: Path, name: str, formats: Sequence[str]) -> list[Path]:
    """Paths of a figure in `folder`, one per format; InputError if one exists."""
    targets = [folder / f"{name}.{kind}" for kind in formats]
    for target in targets:
        if target.exists():
            raise InputError(f"{target} already exists: move it, or draw to another folder")
    return targets


def save(figure: Figure, targets: Sequence[Path]) -> None:
    """Write a figure to several files atomically; extensions give the formats."""
    for target in targets:
        with committed(target) as partial, rc_context(STYLE):
            figure.savefig(partial, dpi=figure.dpi if target.suffix == ".png" else PRINTED)
