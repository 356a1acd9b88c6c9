"""A marker and a colour for each strategy, and the key that says which is whose."""

from collections.abc import Sequence
from itertools import cycle, product
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from contagion.plots.style import FAINT, FINE, GAP, SMALL, broken, height, write
from contagion.plots.time_series import COLOURS

SHAPES = "osD^v"
INDENT, BETWEEN = 0.2, 0.09  # of the names beside their markers, and between them, inches

Style = tuple[str, str]  # marker and colour


def styles(names: Sequence[str]) -> dict[str, Style]:
    """The marker and the colour of each name; colours are those of `series`."""
    return dict(zip(names, cycle(product(SHAPES, COLOURS)), strict=False))


def point(style: Style, hollow: bool = False, **where: Any) -> Line2D:
    """A marker at `where`, as `xdata` and `ydata`; hollow or filled."""
    marker, colour = style
    face = "white" if hollow else colour
    return Line2D(linestyle="", marker=marker, color=colour, mfc=face, mew=1.4, markersize=6.5, zorder=3, **where)


class Key:
    """The markers with their labels from above, and a note below them."""

    def __init__(self, labels: Sequence[str], note: str, width: float):
        self.labels = [broken(label, SMALL, width - INDENT) for label in labels]
        self.note = broken(note, FINE, width)

    @property
    def height(self) -> float:
        """Inches."""
        return sum(height(label, SMALL) + BETWEEN for label in self.labels) + GAP + height(self.note, FINE)

    def draw(
        self, figure: Figure, left: float, top: float, shown: Sequence[Style], hollow: Sequence[bool] = ()
    ) -> None:
        """Draw it with its upper left corner there, in inches from the lower left corner of the sheet."""
        for number, (label, style) in enumerate(zip(self.labels, shown, strict=True)):
            middle = top - height(" ", SMALL) / 2
            sample = point(style, bool(len(hollow) and hollow[number]), xdata=[left + INDENT / 3], ydata=[middle])
            sample.set_transform(figure.dpi_scale_trans)
            figure.add_artist(sample)
            write(figure, left + INDENT, top, label, SMALL)
            top -= height(label, SMALL) + BETWEEN
        write(figure, left, top - GAP, self.note, FINE, color=FAINT)
