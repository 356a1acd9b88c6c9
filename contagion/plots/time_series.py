"""Time series of the results of a run: one line per strategy, with a band over replicates."""

import re
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

from contagion._util.language import ENGLISH, catalogue, label, say, worded
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
    units = worded("unit", stored.units)
    units = say("unit.per_year", unit=units) if is_flow(stored) else units
    if place is None:
        low, middle, high = values.quantile([0.05, 0.5, 0.95], "replicate", skipna=False)
    else:
        low, middle, high = (values.sel(statistic=name) for name in ("q05", "q50", "q95"))

    labels = [broken(label(name), SMALL, RIGHT - 0.3) for name in names]
    sizes = np.array([height(words, SMALL) + 0.04 for words in labels])
    body = max(HEIGHT, sizes.sum() + BELOW)
    replicates = dataset.replicate.size
    spread = say("plot.band", count=f"{replicates:,}") if replicates > 1 else say("text.one_replicate")
    subtitle = f"{dataset.region} · {units} · {spread}"
    shown = sentence(worded("variable", stored.long_name))
    title = shown if place is None else f"{shown}: {stored['name'].item()}"
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
    for words, style, end, level in zip(labels, lines.values(), ends, heights, strict=True):
        _label_end(axes, words, style, (times[-1], end), (1 + 0.3 / size[0], level))
    return figure


def _stored(dataset: Dataset, variable: str, place: str | None) -> DataArray:
    """A variable of the whole region, or of one place."""
    dims = {"strategy", "replicate", "time"} if place is None else {"strategy", "statistic", "time", "place"}
    known = [str(name) for name, values in dataset.data_vars.items() if set(values.dims) == dims]
    stored = dataset[choose("variable", variable, known)]
    return stored if place is None else stored.sel(place=choose("place", place, dataset.place.values)).compute()


def _label_end(axes: Axes, words: str, style: tuple[str, str], end: tuple, place: tuple[float, float]) -> None:
    """Label the `end` of a line at `place`, in fractions of the axes."""
    dashes, colour = style
    axes.annotate(
        words,
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
    axes.xaxis.set(major_locator=dates, major_formatter=_Months(dates))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


class _Months(ConciseDateFormatter):
    """Concise dates with the names of months in the language in which a figure is made."""

    def __init__(self, locator: AutoDateLocator) -> None:
        super().__init__(locator)
        names = (catalogue(ENGLISH)["date.short_months"], say("date.short_months"))
        self._months = dict(zip(*map(str.split, names), strict=True))

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Labels of all ticks."""
        return [self._spoken(words) for words in super().format_ticks(list(values))]

    def get_offset(self) -> str:
        """What all ticks share."""
        return self._spoken(super().get_offset())

    def _spoken(self, words: str) -> str:
        return re.sub(r"[A-Z][a-z]{2}", lambda found: self._months[found[0]], words)


def _apart(heights: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Move the centres of labels of given `sizes` as little as needed to avoid overlap within 0..1."""
    order = np.argsort(heights, kind="stable")
    below = np.cumsum(sizes[order]) - sizes[order] / 2  # centres if all labels were stacked from the bottom
    raised = isotonic_regression(heights[order] - below).x
    placed = np.empty_like(heights)
    placed[order] = np.clip(raised, 0, 1 - sizes.sum()) + below
    return placed
