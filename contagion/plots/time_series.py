"""Time series of the results of a run: one line per strategy, with a band over replicates."""

from collections.abc import Sequence
from itertools import cycle, product

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter
from scipy.optimize import isotonic_regression
from xarray import DataArray, Dataset

from contagion._util.text import sentence
from contagion.analysis.select import choose, is_flow
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.plots.style import COLOURS, FAINT, GRID, INK, MARGIN, SMALL, STYLE, axes_at, broken, height, sheet

WIDTH, HEIGHT = 10.0, 4.6  # width of the sheet and height of its body, inches
LEFT, RIGHT, BELOW = 0.55, 2.3, 0.3  # margins around the axes for labels, inches


@rc_context(STYLE)
def series(
    dataset: Dataset,
    variable: str = "homicides_total",
    strategies: Sequence[str] | None = None,
    place: str | None = None,
) -> Figure:
    """Plot the median and 90 % band over replicates of a variable over time, of the whole region or of one place.

    Flows are shown per year, value / weeks * 52.1775, so that months of four and five weeks are comparable.

    Parameters
    ----------
    dataset
        Results of a run.
    variable
        Variable with dimensions (strategy, replicate, time); of a place with (strategy, statistic, time, place).
    strategies
        Strategies to show; all by default.
    place
        Code of a place; the whole region by default. Bands of a place are those of single periods.

    Returns
    -------
    Figure
        One set of axes in the unit of the variable.

    Raises
    ------
    InputError
        If a variable, strategy or place is unknown; the message gives the nearest valid choice.
    """
    stored = _stored(dataset, variable, place)
    names = [choose("strategy", name, stored.strategy.values) for name in strategies or stored.strategy.values]
    values = stored / stored.weeks * WEEKS_OF_YEAR if is_flow(stored) else stored
    units = f"{stored.units} per year" if is_flow(stored) else stored.units
    if place is None:
        low, middle, high = values.quantile([0.05, 0.5, 0.95], "replicate", skipna=False)
    else:
        low, middle, high = (values.sel(statistic=name) for name in ("q05", "q50", "q95"))

    labels = [broken(name, SMALL, RIGHT - 0.3) for name in names]
    sizes = np.array([height(label, SMALL) + 0.04 for label in labels])
    body = max(HEIGHT, sizes.sum() + BELOW)
    replicates = dataset.replicate.size
    spread = f"median and 90 % band of {replicates:,} replicates" if replicates > 1 else "one replicate"
    subtitle = f"{dataset.region} · {units} · {spread}"
    title = sentence(stored.long_name) if place is None else f"{sentence(stored.long_name)}: {stored['name'].item()}"
    figure, bottom = sheet(title, subtitle, dataset.attrs, WIDTH, body)
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
    for label, style, end, level in zip(labels, lines.values(), ends, heights, strict=True):
        _label_end(axes, label, style, (times[-1], end), (1 + 0.3 / size[0], level))
    return figure


def _stored(dataset: Dataset, variable: str, place: str | None) -> DataArray:
    """A variable of the whole region, or of one place."""
    dims = {"strategy", "replicate", "time"} if place is None else {"strategy", "statistic", "time", "place"}
    known = [str(name) for name, values in dataset.data_vars.items() if set(values.dims) == dims]
    stored = dataset[choose("variable", variable, known)]
    return stored if place is None else stored.sel(place=choose("place", place, dataset.place.values)).compute()


def _label_end(axes: Axes, label: str, style: tuple[str, str], end: tuple, place: tuple[float, float]) -> None:
    """Label the `end` of a line at `place`, in fractions of the axes."""
    dashes, colour = style
    axes.annotate(
        label,
        xy=end,
        xytext=place,
        textcoords="axes fraction",
        arrowprops={"arrowstyle": "-", "color": colour, "linestyle": dashes, "relpos": (0, 0.5), "shrinkB": 0},
        va="center",
        size=SMALL,
        color=INK,
    )


def _dress(axes: Axes) -> None:
    """Style axes from zero with a faint grid instead of a frame."""
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
    """Move the centres of labels of given `sizes` as little as needed to avoid overlap within 0..1."""
    order = np.argsort(heights, kind="stable")
    below = np.cumsum(sizes[order]) - sizes[order] / 2  # centres if all labels were stacked from the bottom
    raised = isotonic_regression(heights[order] - below).x
    placed = np.empty_like(heights)
    placed[order] = np.clip(raised, 0, 1 - sizes.sum()) + below
    return placed
