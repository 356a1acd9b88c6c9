"""Rank reversal plot: which strategy is best, by quantile bins of a parameter."""

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from xarray import Dataset

from contagion._util.language import label, say
from contagion._util.text import significant
from contagion.analysis.assumptions.rank_reversal import by_parameter, stretches
from contagion.plots.legends import Key, Style, styles
from contagion.plots.style import FAINT, FINE, GAP, MARGIN, NAME, STYLE, axes_at, broken, height, sheet, unframed, write

PARTS = {3: "reversal.thirds", 5: "reversal.fifths"}
WIDTH, COLUMNS = 11.5, 3  # sheet, inches; panels side by side
LEFT, LEGEND, BELOW, TALL = 0.5, 1.9, 0.4, 1.9  # margins around the panels, and height of a panel, inches


@rc_context(STYLE)
def rank_reversal_plot(dataset: Dataset, table: pd.DataFrame) -> Figure:
    """Plot how often each strategy is best, by quantile bins of the parameters that reverse the ranking.

    Parameters
    ----------
    dataset
        Results of a run.
    table
        Result of `contagion.analysis.reversal_table` for the dataset.

    Returns
    -------
    Figure
        A panel per parameter; shares of replicates with 90 % intervals.
    """
    groups = by_parameter(table.to_dict("records"))
    strategies = [str(name) for name in dataset["strategy"].values]
    shown = styles(strategies)
    key = Key([label(name) for name in strategies], say("reversal.note"), LEGEND)
    wide = (WIDTH - 2 * MARGIN - LEFT - LEGEND) / COLUMNS - GAP
    remarks = {name: broken(_remark(group), FINE, wide) for name, group in groups.items()}
    strip = height(" ", NAME) + max(height(remark, FINE) for remark in remarks.values()) + 0.05
    one, count = strip + TALL + BELOW, -(-len(groups) // COLUMNS)
    body = max(count * one, key.height)
    parts = PARTS[max(row["part"] for group in groups.values() for row in group)]
    subtitle = f"{dataset.region} · {say(parts)}"
    figure, bottom = sheet(say("reversal.title"), subtitle, dataset.attrs, WIDTH, body)

    for number, (name, group) in enumerate(groups.items()):
        row, column = divmod(number, COLUMNS)
        left, top = MARGIN + LEFT + column * (wide + GAP), bottom + body - row * one
        write(figure, left, top, name, NAME, weight="bold")
        write(figure, left, top - height(" ", NAME), remarks[name], FINE, color=FAINT)
        axes = axes_at(figure, left, top - strip - TALL, wide, TALL)
        _lines(axes, group, shown)
        axes.tick_params(labelleft=not column)

    key.draw(figure, WIDTH - MARGIN - LEGEND + GAP / 2, bottom + body, list(shown.values()))
    return figure


def _remark(rows: list[dict]) -> str:
    """Best strategies from low to high draws, and whether they are distinguishable from chance."""
    best = [label(stretch[0]["strategy"]) for stretch in stretches(rows)]
    words = " \N{RIGHTWARDS ARROW} ".join(best) if len(best) > 1 else say("reversal.throughout", strategy=best[0])
    return words if rows[0]["verdict"] == "determined" else say("reversal.not_told", strategies=words)


def _lines(axes: Axes, rows: list[dict], shown: dict[str, Style]) -> None:
    """Draw a line per strategy over equally wide bins, with the bin limits as tick labels."""
    count = rows[-1]["part"]
    won = [name for name in shown if any(row["probability_best"] for row in rows if row["strategy"] == name)]
    for name, (marker, colour) in shown.items():
        own = [row for row in rows if row["strategy"] == name]
        aside = 0.06 * (won.index(name) - (len(won) - 1) / 2) if name in won else 0
        across = np.arange(count) + 0.5 + aside
        axes.plot(across, [row["probability_best"] for row in own], color=colour, linewidth=1)
        for x, row in zip(across, own, strict=True):
            axes.plot(x, row["probability_best"], marker, color=colour, markersize=7 if row["best"] else 2.5)
            if row["probability_best"]:
                axes.vlines(x, row["probability_low"], row["probability_high"], colour, linewidth=0.8)
    starts = {row["part"]: row["low"] for row in rows}
    axes.set_xticks(range(1, count), [significant(starts[part], 2) for part in range(2, count + 1)])
    axes.set(xlim=(0, count), ylim=(-0.03, 1.03))
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    unframed(axes)
    axes.tick_params(labelsize=FINE)
