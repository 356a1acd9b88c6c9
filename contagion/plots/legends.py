"""Legends of maps: classes in a list, or those of effect and certainty in a square."""

from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from contagion.plots.color_classes import Classes, Pairs
from contagion.plots.style import FAINT, FINE, INK, SMALL, broken, height, write

# Inches.
WIDTH = 2.2  # of a legend
ENTRY = 0.23  # height of a class in a list
CELL = 0.5  # side of a class in a square
BESIDE = 0.06  # between a square and its words
MISSING: dict[str, Any] = {"facecolor": "white", "edgecolor": "#8a8a8a", "hatch": "//////", "linewidth": 0}
EDGE: dict[str, Any] = {"edgecolor": FAINT, "linewidth": 0.3}


@dataclass(frozen=True)
class Listed:
    """The classes of one variable, the highest first."""

    classes: Classes
    units: str
    missing: bool  # whether a place on the maps has no class

    @property
    def tall(self) -> float:
        """Height, inches."""
        return height(broken(self.units, SMALL, WIDTH), SMALL) + ENTRY * (len(self.classes.labels) + self.missing)

    def draw(self, figure: Figure, left: float, top: float) -> None:
        """Draw it with its upper left corner at `left` and `top`."""
        patches = [
            Patch(facecolor=colour, label=label, **EDGE)
            for colour, label in zip(self.classes.colours, self.classes.labels, strict=True)
        ][::-1]
        if self.missing:
            patches.append(Patch(label="no data", **MISSING))
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
    """Classes of effect from left to right, of certainty from below."""

    pairs: Pairs
    effect: str  # what the effect is, with its unit
    certainty: str
    missing: bool

    @property
    def tall(self) -> float:
        """Height, inches."""
        words = height(broken(self.certainty, SMALL, WIDTH), SMALL) + height(broken(self.effect, SMALL, WIDTH), SMALL)
        side = CELL * len(self.pairs.certainty.labels)
        return words + side + self._below() + 3 * BESIDE + (ENTRY + BESIDE) * self.missing

    def _below(self) -> float:
        """Height of the words under the square."""
        return max(height(broken(label, FINE, CELL), FINE) for label in self.pairs.effect.labels)

    def draw(self, figure: Figure, left: float, top: float) -> None:
        """Draw it with its upper left corner at `left` and `top`."""
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
            write(figure, beside, line, "no data", FINE)


def _box(figure: Figure, left: float, low: float, wide: float, tall: float, **style: Any) -> None:
    figure.add_artist(Rectangle((left, low), wide, tall, transform=figure.dpi_scale_trans, **style))
