"""Tornado plot: sensitivity of the effect of a strategy to each assumed parameter."""

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from xarray import Dataset

from contagion._util.language import label, say
from contagion.errors import InputError
from contagion.plots.style import (
    GAP,
    INK,
    MARGIN,
    NAME,
    SMALL,
    STYLE,
    axes_at,
    broken,
    height,
    sheet,
    signed,
    unframed,
    write,
)

TOP = 12  # parameters per panel
WIDTH, COLUMNS = 10.4, 2  # sheet, inches; panels side by side
NAMES, ROW, AXIS = 1.85, 0.21, 0.4  # width of parameter names, height of a bar and of tick labels, inches
BARS = {  # by tercile of draws, and whether distinguishable from chance
    ("low", True): "#5b4a9c",
    ("low", False): "#c6c0de",
    ("high", True): "#c96a12",
    ("high", False): "#efcfae",
}


@rc_context(STYLE)
def tornado_plot(dataset: Dataset, table: pd.DataFrame) -> Figure:
    """Plot the change in homicides from the first strategy for low and high draws of each parameter.

    Each panel shows, for one strategy, the 12 parameters with the largest effect. Bars extend from the mean over all
    draws to the means over the lowest and highest tercile of draws. Pale bars are not distinguishable from chance.

    Parameters
    ----------
    dataset
        Results of a run with drawn parameters.
    table
        Result of `contagion.analysis.sensitivity_table` for the dataset.

    Returns
    -------
    Figure
        A panel per strategy, in persons over the run.

    Raises
    ------
    InputError
        If the table has no effect on homicides.
    """
    by_strategy: dict[str, list[dict]] = {}
    for row in table.to_dict("records"):
        if row["quantity"] == "difference" and row["outcome"] == "homicides" and row["parameter"]:
            by_strategy.setdefault(row["strategy"], []).append(row)
    if not by_strategy:
        raise InputError("the sensitivity table has no effect of a parameter on homicides")
    panels = [sorted(rows, key=lambda row: abs(row["effect"]))[-TOP:] for rows in by_strategy.values()]
    wide = (WIDTH - 2 * MARGIN + GAP) / COLUMNS - GAP
    titles = [broken(label(strategy), NAME, wide) for strategy in by_strategy]
    tall = max(map(len, panels)) * ROW
    strip = max(height(title, NAME) for title in titles) + 0.05
    one = strip + tall + AXIS + GAP
    key = height(" ", SMALL) + GAP
    count = -(-len(panels) // COLUMNS)
    first = str(dataset["strategy"].values[0])
    replicates = f"{dataset['replicate'].size:,}"
    subtitle = f"{dataset.region} · {say('tornado.subtitle', count=replicates)}"
    figure, bottom = sheet(say("tornado.title", first=label(first)), subtitle, dataset.attrs, WIDTH, count * one + key)

    top = bottom + count * one
    for number, (panel, words) in enumerate(zip(panels, titles, strict=True)):
        row, column = divmod(number, COLUMNS)
        left, high = MARGIN + column * (wide + GAP), top - row * one
        write(figure, left, high, words, NAME, weight="bold")
        _bars(axes_at(figure, left + NAMES, high - strip - tall, wide - NAMES, tall), panel)
    kinds = {("low", True): "tornado.low", ("high", True): "tornado.high", ("low", False): "tornado.pale"}
    handles = [Patch(facecolor=BARS[kind], label=say(key)) for kind, key in kinds.items()]
    figure.legend(
        handles=handles, loc="upper left", ncols=3, fontsize=SMALL, labelcolor=INK, frameon=False, borderpad=0,
        borderaxespad=0, bbox_to_anchor=(MARGIN, top + key), bbox_transform=figure.dpi_scale_trans,
    )  # fmt: skip
    return figure


def _bars(axes: Axes, rows: list[dict]) -> None:
    """Draw bars from bottom to top, smallest effect first."""
    middle = rows[0]["mean"]
    for place, row in enumerate(rows):
        distinct = bool(abs(row["effect"]) > row["effect_floor"])
        lengths = {third: row[f"{third}_third"] - middle for third in ("low", "high")}
        for third in sorted(lengths, key=lambda third: -abs(lengths[third])):  # longer first, so that both are visible
            axes.barh(place, lengths[third], left=middle, height=0.72, color=BARS[third, distinct])
    axes.axvline(middle, color=INK, linewidth=0.8)
    axes.margins(y=0.02)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_yticks(range(len(rows)), [row["parameter"] for row in rows])
    unframed(axes, "x")
    axes.tick_params(axis="y", labelcolor=INK)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(signed)
