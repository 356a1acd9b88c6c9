"""Time series of a stored run: one line per strategy, with the spread of its replicates."""

from collections.abc import Sequence
from itertools import cycle, product

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter
from scipy.optimize import isotonic_regression
from xarray import Dataset

from contagion._util.text import sentence
from contagion.analysis.select import choose, is_flow
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.plots.style import FAINT, GRID, INK, MARGIN, SMALL, STYLE, axes_at, broken, height, sheet

# Okabe and Ito (2008), told apart by the colour-blind, without their yellow, too pale on paper.
COLOURS = (INK, "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
WIDTH, HEIGHT = 10.0, 4.6  # sheet and its body, inches
LEFT, RIGHT, BELOW = 0.55, 2.3, 0.3  # room for the words around the lines, inches


@rc_context(STYLE)
def series(dataset: Dataset, variable: str = "homicides_total", strategies: Sequence[str] | None = None) -> Figure:
    """Plot the median and the 90 % band over replicates of a variable of the whole region over time.

    Flows are per year, value / weeks * 52.1775, so that months of four and five weeks compare.

    **Arguments:** `variable` one with dimensions (strategy, replicate, time); `strategies` all if None.

    **Raises:** InputError naming an unknown variable or strategy and the nearest valid choice.
    """
    dims = {"strategy", "replicate", "time"}
    totals = [str(name) for name, values in dataset.data_vars.items() if set(values.dims) == dims]
    stored = dataset[choose("variable", variable, totals)]
    names = [choose("strategy", name, stored.strategy.values) for name in strategies or stored.strategy.values]
    values = stored / stored.weeks * WEEKS_OF_YEAR if is_flow(stored) else stored
    units = f"{stored.units} per year" if is_flow(stored) else stored.units
    low, middle, high = values.quantile([0.05, 0.5, 0.95], "replicate", skipna=False)

    labels = [broken(name, SMALL, RIGHT - 0.3) for name in names]
    sizes = np.array([height(label, SMALL) + 0.04 for label in labels])
    body = max(HEIGHT, sizes.sum() + BELOW)
    replicates = stored.replicate.size
    spread = f"median and 90 % band of {replicates:,} replicates" if replicates > 1 else "one replicate"
    subtitle = f"{dataset.region} · {units} · {spread}"
    figure, bottom = sheet(sentence(stored.long_name), subtitle, dataset.attrs, WIDTH, body)
    size = np.array([WIDTH - 2 * MARGIN - LEFT - RIGHT, body - BELOW])
    axes = axes_at(figure, MARGIN + LEFT, bottom + BELOW, *size)
    styles = cycle(product(("-", "--"), COLOURS))
    lines = dict(zip(names, styles, strict=False))
    times = stored.time.values
    for name, (dashes, colour) in lines.items():
        band = low.sel(strategy=name), high.sel(strategy=name)
        axes.fill_between(times, *band, color=colour, alpha=min(0.15, 0.6 / len(names)), linewidth=0)
        axes.plot(times, middle.sel(strategy=name), dashes, color=colour, linewidth=1.6)
    _dress(axes)

    lowest, highest = axes.get_ylim()
    ends = [float(middle.sel(strategy=name)[-1]) for name in names]
    heights = _apart((np.array(ends) - lowest) / (highest - lowest), sizes / size[1])
    for label, (dashes, colour), end, place in zip(labels, lines.values(), ends, heights, strict=True):
        axes.annotate(
            label,
            xy=(times[-1], end),
            xytext=(1 + 0.3 / size[0], place),
            textcoords="axes fraction",
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linestyle": dashes,
                "relpos": (0, 0.5),
                "shrinkB": 0,
            },
            va="center",
            size=SMALL,
            color=INK,
        )
    return figure


def _dress(axes: Axes) -> None:
    """From zero, so that heights compare; a faint grid instead of a frame."""
    axes.margins(x=0)
    axes.set_ylim(bottom=0)
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.grid(axis="y", **GRID)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelsize=SMALL, labelcolor=FAINT, color=FAINT)
    dates = AutoDateLocator()
    axes.xaxis.set(major_locator=dates, major_formatter=ConciseDateFormatter(dates))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def _apart(heights: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Move the middles of labels of such `sizes` as little as keeps them apart and between 0 and 1."""
    order = np.argsort(heights, kind="stable")
    below = np.cumsum(sizes[order]) - sizes[order] / 2  # middles in a pile on the floor
    raised = isotonic_regression(heights[order] - below).x
    placed = np.empty_like(heights)
    placed[order] = np.clip(raised, 0, 1 - sizes.sum()) + below
    return placed
