"""Cost against effect: what strategies spend more than the first one, and how many homicides they avert."""

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from xarray import Dataset

from contagion._util.language import label, say
from contagion.plots.legends import Key, point, styles
from contagion.plots.style import FAINT, INK, MARGIN, SMALL, STYLE, axes_at, sheet, unframed

WIDTH, TALL = 9.0, 4.2  # sheet and axes, inches
LEFT, BELOW, LEGEND = 0.85, 0.45, 2.3  # margins for labels, and width of the legend, inches


@rc_context(STYLE)
def cost_effect_plot(dataset: Dataset, table: pd.DataFrame) -> Figure:
    """Plot homicides averted against cost, both against the first strategy.

    Points are means, thin lines 90 % intervals over replicates, thick lines 90 % confidence intervals of the mean. A
    hollow marker is a strategy that another one dominates: that averts no fewer at no more cost, in means. The grey
    line joins those that none dominates.

    Parameters
    ----------
    dataset
        Results of a run.
    table
        Result of `contagion.analysis.cost_effect_table` for the dataset.

    Returns
    -------
    Figure
        One panel; cost in million dollars, homicides in persons over the run.
    """
    rows = table.to_dict("records")
    names = [str(row["strategy"]) for row in rows]
    shown, hollow = list(styles(names).values()), [bool(row["dominated_by"]) for row in rows]
    key = Key([label(name) for name in names], say("plot.cost_note"), LEGEND)
    body = max(TALL + BELOW, key.height)
    rate = rows[0]["discount_rate"]
    over = say("plot.discounted", rate=f"{100 * rate:.4g}") if rate else say("plot.over_run")
    replicates = dataset["replicate"].size
    spread = say("text.replicates", count=f"{replicates:,}") if replicates > 1 else say("text.one_replicate")
    figure, bottom = sheet(
        say("plot.cost_title", first=label(names[0])),
        f"{dataset.region} · {over} · {spread}",
        dataset.attrs,
        WIDTH,
        body,
    )
    wide = WIDTH - 2 * MARGIN - LEFT - LEGEND - 0.2
    axes = axes_at(figure, MARGIN + LEFT, bottom + body - TALL, wide, TALL)
    free = sorted((row["cost"], row["averted"]) for row in rows if not row["dominated_by"])
    axes.plot(*np.transpose(free), color="#b5b5b5", linewidth=3, zorder=1)
    for row, style, faded in zip(rows, shown, hollow, strict=True):
        x, y = row["cost"], row["averted"]
        for ends, width in ((("q05", "q95"), 0.9), (("low", "high"), 2.4)):
            low, high = ends
            axes.plot([row[f"cost_{low}"], row[f"cost_{high}"]], [y, y], color=style[1], linewidth=width)
            axes.plot([x, x], [row[f"averted_{low}"], row[f"averted_{high}"]], color=style[1], linewidth=width)
        axes.add_line(point(style, faded, xdata=[x], ydata=[y]))
    _dress(axes)
    key.draw(figure, WIDTH - MARGIN - LEGEND, bottom + body, shown, hollow)
    return figure


def _dress(axes: Axes) -> None:
    """Lines at zero and a faint grid instead of a frame."""
    unframed(axes)
    axes.margins(0.08)
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=0.5)
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0.5)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    axes.set_xlabel(say("plot.cost_axis"), size=SMALL, color=INK)
    axes.set_ylabel(say("plot.averted_axis"), size=SMALL, color=INK)
