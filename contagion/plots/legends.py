"""Legends: a list of classes, a square of bivariate classes of effect and certainty, or markers of strategies."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, product
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from contagion._util.language import say
from contagion.plots.color_classes import Classes, Pairs
from contagion.plots.style import COLOURS, FAINT, FINE, GAP, INK, SMALL, broken, height, write

SHAPES = "osD^v"
INDENT, BETWEEN = 0.2, 0.09  # indent of labels next to markers, and gap between labels, inches
# Inches.
WIDTH = 2.2  # width of a legend
ENTRY = 0.23  # height of a class in a list
CELL = 0.5  # side of a class in a square
BESIDE = 0.06  # gap between a square and its text
MISSING: dict[str, Any] = {"facecolor": "white", "edgecolor": "#8a8a8a", "hatch": "//////", "linewidth": 0}
EDGE: dict[str, Any] = {"edgecolor": FAINT, "linewidth": 0.3}


@dataclass(frozen=True)
class Listed:
    """Legend of the classes of one variable, the highest first."""

    classes: Classes
    units: str
    missing: bool  # whether any place has no class

    @property
    def tall(self) -> float:
        """Height, inches."""
        return height(broken(self.units, SMALL, WIDTH), SMALL) + ENTRY * (len(self.classes.labels) + self.missing)

    def draw(self, figure: Figure, left: float, top: float) -> None:
        """Draw the legend with its upper left corner at `left` and `top`, inches."""
        patches = [
            Patch(facecolor=colour, label=label, **EDGE)
            for colour, label in zip(self.classes.colours, self.classes.labels, strict=True)
        ][::-1]
        if self.missing:
            patches.append(Patch(label=say("text.no_data"), **MISSING))
        figure.legend(
            handles=patches,
            title=broken(self.units, SMALL, WIDTH),
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
            bbox_to_anchor=(left, top),
            bbox_transform=figure.dpi_scale_trans,
        ).get_title().set_color(INK)


@dataclass(frozen=True)
class Squared:
    """Legend of bivariate classes: effect from left to right, certainty from bottom to top."""

    pairs: Pairs
    effect: str  # description of the effect, with its unit
    certainty: str
    missing: bool

    @property
    def tall(self) -> float:
        """Height, inches."""
        words = height(broken(self.certainty, SMALL, WIDTH), SMALL) + height(broken(self.effect, SMALL, WIDTH), SMALL)
        side = CELL * len(self.pairs.certainty.labels)
        return words + side + self._below() + 3 * BESIDE + (ENTRY + BESIDE) * self.missing

    def _below(self) -> float:
        """Height of the labels below the square, inches."""
        return max(height(broken(label, FINE, CELL), FINE) for label in self.pairs.effect.labels)

    def draw(self, figure: Figure, left: float, top: float) -> None:
        """Draw the legend with its upper left corner at `left` and `top`, inches."""
        columns, rows = self.pairs.effect.labels, self.pairs.certainty.labels
        words = broken(self.certainty, SMALL, WIDTH)
        write(figure, left, top, words, SMALL)
        low = top - height(words, SMALL) - BESIDE - CELL * len(rows)
        for number, colour in enumerate(self.pairs.colours):
            row, column = divmod(number, len(columns))
            _box(figure, left + CELL * column, low + CELL * row, CELL, CELL, facecolor=colour, **EDGE)
        beside = left + CELL * len(columns) + BESIDE
        for row, label in enumerate(rows):
            label = broken(label, FINE, left + WIDTH - beside)
            write(figure, beside, low + CELL * (row + 0.5) + height(label, FINE) / 2, label, FINE)
        for column, label in enumerate(columns):
            write(figure, left + CELL * column, low - BESIDE, broken(label, FINE, CELL), FINE)
        line = low - 2 * BESIDE - self._below()
        words = broken(self.effect, SMALL, WIDTH)
        write(figure, left, line, words, SMALL)
        if self.missing:
            line -= height(words, SMALL) + 2 * BESIDE
            _box(figure, left, line - ENTRY + BESIDE, CELL, ENTRY - BESIDE, **MISSING)
            write(figure, beside, line, say("text.no_data"), FINE)


def _box(figure: Figure, left: float, low: float, wide: float, tall: float, **style: Any) -> None:
    figure.add_artist(Rectangle((left, low), wide, tall, transform=figure.dpi_scale_trans, **style))


Style = tuple[str, str]  # marker and colour


def styles(names: Sequence[str]) -> dict[str, Style]:
    """Marker and colour by name; colours are those of `series`."""
    return dict(zip(names, cycle(product(SHAPES, COLOURS)), strict=False))


def point(style: Style, hollow: bool = False, **where: Any) -> Line2D:
    """A hollow or filled marker at `xdata`, `ydata`."""
    marker, colour = style
    face = "white" if hollow else colour
    return Line2D(linestyle="", marker=marker, color=colour, mfc=face, mew=1.4, markersize=6.5, zorder=3, **where)


class Key:
    """Legend of markers with labels, and a note below them."""

    def __init__(self, labels: Sequence[str], note: str, width: float):
        self.labels = [broken(label, SMALL, width - INDENT) for label in labels]
        self.note = broken(note, FINE, width)

    @property
    def height(self) -> float:
        """Height, inches."""
        return sum(height(label, SMALL) + BETWEEN for label in self.labels) + GAP + height(self.note, FINE)

    def draw(
        self, figure: Figure, left: float, top: float, shown: Sequence[Style], hollow: Sequence[bool] = ()
    ) -> None:
        """Draw the legend with its upper left corner at `left` and `top`, inches from the lower left of the sheet."""
        for number, (label, style) in enumerate(zip(self.labels, shown, strict=True)):
            middle = top - height(" ", SMALL) / 2
            sample = point(style, bool(len(hollow) and hollow[number]), xdata=[left + INDENT / 3], ydata=[middle])
            sample.set_transform(figure.dpi_scale_trans)
            figure.add_artist(sample)
            write(figure, left + INDENT, top, label, SMALL)
            top -= height(label, SMALL) + BETWEEN
        write(figure, left, top - GAP, self.note, FINE, color=FAINT)
