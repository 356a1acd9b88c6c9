"""Effects of strategies on homicides in each job of a sweep."""

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from xarray import Dataset

from contagion._util.language import label, say
from contagion.errors import InputError
from contagion.plots.legends import Style, styles
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
from contagion.simulation import sweeps

WIDTH, TALL, ROW, AXIS = 10.4, 3.4, 0.22, 0.55  # sheet, curves, a row of a job and tick labels, inches
NAMES = 3.2  # width of the names of jobs, inches
MOST_ROWS = 64  # jobs that are shown where they are no curve


@rc_context(STYLE)
def effects_by_job(dataset: Dataset, table: pd.DataFrame) -> Figure:
    """Plot the change in homicides from the first strategy in every job of a sweep.

    Where one number differs between jobs, curves over it; otherwise a row for each job. Bars and bands are 90 %
    confidence intervals of the mean paired difference.

    Parameters
    ----------
    dataset
        Results of a sweep.
    table
        Result of `contagion.analysis.compare_jobs` for the dataset.

    Returns
    -------
    Figure
        In persons over the run.

    Raises
    ------
    InputError
        If there is nothing to compare.
    """
    first = str(dataset["strategy"].values[0])
    rows = table.query("outcome == 'homicides' and strategy != @first")
    if rows.empty:
        raise InputError("one strategy alone: there is nothing to compare")
    keys = sweeps.varied(dataset)
    curve = next(iter(keys)) if len(keys) == 1 and pd.api.types.is_numeric_dtype(rows[next(iter(keys))]) else None
    strategies = list(dict.fromkeys(rows.strategy))
    marked = {name: style for name, style in styles([first, *strategies]).items() if name != first}
    jobs = list(dict.fromkeys(rows.job))[:MOST_ROWS]
    keyed = rows.drop_duplicates("job").set_index("job")
    names = {job: broken(_named(keyed.loc[job], keys, job), SMALL, NAMES - GAP) for job in jobs}
    row = max(ROW, 0.1 * len(strategies), max(height(name, SMALL) + 0.06 for name in names.values()))
    body = TALL if curve else row * len(jobs)
    shown = say("jobs.subtitle")
    if not curve and len(jobs) < dataset.sizes["job"]:
        shown += say("jobs.some", shown=MOST_ROWS, count=dataset.sizes["job"])
    over = ", ".join(keys) or say("jobs.nothing")
    key = height(" ", SMALL) * (1 + (len(strategies) - 1) // 4) + GAP
    title, subtitle = say("jobs.title", first=label(first), keys=over), f"{dataset.attrs['region']} · {shown}"
    figure, bottom = sheet(title, subtitle, dataset.attrs, WIDTH, body + AXIS + key)
    left = MARGIN + (0.7 if curve else NAMES)
    axes = axes_at(figure, left, bottom + AXIS, WIDTH - MARGIN - left, body)
    if curve:
        _curves(axes, rows, curve, marked)
        write(figure, left, bottom + AXIS - 0.28, curve, NAME, color=INK)
    else:
        _rows(axes, rows.query("job in @jobs"), names, marked)
    figure.legend(
        *axes.get_legend_handles_labels(), loc="upper left", ncols=4, fontsize=SMALL, labelcolor=INK, frameon=False,
        borderpad=0, borderaxespad=0, bbox_to_anchor=(MARGIN, bottom + AXIS + body + key),
        bbox_transform=figure.dpi_scale_trans,
    )  # fmt: skip
    return figure


def _curves(axes: Axes, rows: pd.DataFrame, key: str, strategies: Mapping[str, Style]) -> None:
    """A line with a band for each strategy."""
    for strategy, (marker, colour) in strategies.items():
        line = rows.query("strategy == @strategy").sort_values([key])
        axes.fill_between(line[key], line.expected_low, line.expected_high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(line[key], line.difference, color=colour, marker=marker, markersize=3.5, label=label(strategy))
    axes.axhline(0, color=INK, linewidth=0.8)
    unframed(axes)
    axes.yaxis.set_major_formatter(signed)
    axes.xaxis.set_major_locator(MaxNLocator(8))


def _named(row: pd.Series, keys: Iterable[str], job: int) -> str:
    """What a job is called: the values that make it differ from others."""
    return " · ".join(str(row[key]) for key in keys) or say("jobs.job", number=job)


def _rows(axes: Axes, rows: pd.DataFrame, names: Mapping[int, str], strategies: Mapping[str, Style]) -> None:
    """A point with a bar for each strategy, side by side, in a row for each job."""
    places = {job: place for place, job in enumerate(names)}
    for number, (strategy, (marker, colour)) in enumerate(strategies.items()):
        of = rows.query("strategy == @strategy")
        at = of.job.map(places) + (number - (len(strategies) - 1) / 2) * 0.7 / len(strategies)
        axes.hlines(at, of.expected_low, of.expected_high, color=colour, linewidth=1.4)
        axes.plot(of.difference, at, marker, color=colour, markersize=3.5, label=label(strategy))
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(names)), list(names.values()))
    axes.set_ylim(len(names) - 0.4, -0.6)
    unframed(axes, "x")
    axes.tick_params(axis="y", labelcolor=INK)
    axes.xaxis.set_major_formatter(signed)
