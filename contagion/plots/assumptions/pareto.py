"""Pareto plot: changes in homicides against changes in cost, trust and displacement."""

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.typing import NDArray
from xarray import Dataset

from contagion._util.language import label, say
from contagion._util.text import percent
from contagion.analysis.assumptions.robustness import OBJECTIVES, dominates, front, values_of
from contagion.plots.legends import Key, point, styles
from contagion.plots.style import FAINT, INK, MARGIN, SMALL, STYLE, axes_at, sheet, unframed

HORIZONTAL = ("cost", "trust_at_end", "displaced_at_end")
WIDTH, WIDE, TALL = 11.5, 2.3, 3.0  # sheet and each of its panels, inches
LEFT, BETWEEN, BELOW, LEGEND = 1.1, 0.45, 0.6, 1.8  # margins around the panels for labels, inches


@rc_context(STYLE)
def pareto_plot(dataset: Dataset) -> Figure:
    """Plot changes in homicides from the first strategy against those in cost, trust and displacement.

    Points are means over replicates and lines are 90 % intervals of the paired differences, since draws differ more
    than strategies under the same draw. The grey step is the Pareto front of the means in each panel. A hollow marker
    is a strategy whose means are dominated by another one in all four objectives at once.

    Parameters
    ----------
    dataset
        Results of a run.

    Returns
    -------
    Figure
        Three panels; homicides and displaced in persons, cost in million dollars, trust in 0..1.
    """
    names = [str(name) for name in dataset["strategy"].values]
    changes = {name: _change(dataset, name) for name in OBJECTIVES}
    dominated, free = front(dataset)
    hollow = np.any(dominated, axis=0)
    shown = list(styles(names).values())
    replicates = dataset["replicate"].size
    spread = say("pareto.spread", count=f"{replicates:,}") if replicates > 1 else say("text.one_replicate")

    shares = ["" if np.isnan(share) else f" ({percent(share)})" for share in free]
    labels = [f"{label(name)}{share}" for name, share in zip(names, shares, strict=True)]
    key = Key(labels, say("pareto.note"), LEGEND)
    body = max(TALL + BELOW, key.height)
    subtitle = f"{dataset.region} · {say('pareto.over_run')} · {spread}"
    figure, bottom = sheet(say("pareto.title", first=label(names[0])), subtitle, dataset.attrs, WIDTH, body)

    for number, objective in enumerate(HORIZONTAL):
        left = MARGIN + LEFT + number * (WIDE + BETWEEN)
        axes = axes_at(figure, left, bottom + body - TALL, WIDE, TALL)
        across, up = changes[objective], changes["homicides"]
        _front(axes, across[0], up[0], OBJECTIVES[objective])
        for index, style in enumerate(shown):
            axes.plot(across[1:, index], up[[0, 0], index], color=style[1], linewidth=1)
            axes.plot(across[[0, 0], index], up[1:, index], color=style[1], linewidth=1)
            axes.add_line(point(style, bool(hollow[index]), xdata=across[:1, index], ydata=up[:1, index]))
        axes.set_xlabel(say(f"pareto.{objective}"), size=SMALL, color=INK)
        _dress(axes, first=not number)

    key.draw(figure, MARGIN + LEFT + 3 * (WIDE + BETWEEN) - BETWEEN / 2, bottom + body, shown, hollow)
    return figure


def _change(dataset: Dataset, outcome: str) -> NDArray[np.float64]:
    """Mean and 5 and 95 % quantiles of the paired difference from the first strategy, [statistic, strategy]."""
    values = values_of(dataset, outcome)
    change = values - values[0]
    return np.stack([change.mean(axis=1), *np.quantile(change, [0.05, 0.95], axis=1)])


def _front(axes: Axes, across: NDArray, up: NDArray, sign: int) -> None:
    """Draw the Pareto front of two objectives as a step line."""
    losses = np.stack([sign * across, up])
    best = np.flatnonzero(~np.any(dominates(losses), axis=0))
    best = best[np.lexsort((up[best], losses[0, best]))]
    axes.plot(across[best], up[best], color="#b5b5b5", linewidth=3, drawstyle="steps-post", zorder=1)


def _dress(axes: Axes, first: bool) -> None:
    """Style axes with a faint grid and lines at zero change instead of a frame."""
    unframed(axes)
    axes.margins(0.08)
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=0.5)
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0.5)
    axes.tick_params(labelleft=first)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    if first:
        axes.set_ylabel(say("pareto.homicides"), size=SMALL, color=INK)
