"""Figures of maps, from projected outlines and values by strategy and place."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from xarray import DataArray, Dataset

from contagion._util.language import label, say, worded
from contagion._util.text import percent, sentence
from contagion.analysis.by_place import SURE, certainty, change, probability_of_harm
from contagion.analysis.select import choose, chosen
from contagion.errors import InputError
from contagion.plots.color_classes import Classes, certainty_classes, change_classes, classes_of, probability_classes
from contagion.plots.legends import WIDTH, Listed, Squared
from contagion.plots.panels import SMALLEST, Outlines, Panel, draw, plate
from contagion.plots.style import FAINT, GAP, MARGIN, NAME, SMALL, STYLE, broken, height, sheet, write

# Inches, of maps by strategy (rows) and year (columns) with a common legend.
ROOM = (12.0, 1.7)  # maximum width of a row of maps, and maximum height of a map
NARROWEST = 1.0  # minimum width of a map, so that column headings are legible


def levels(outlines: Outlines, values: DataArray, strategies: Sequence[str] | None) -> Figure:
    """Draw levels of a variable under each strategy."""
    names = chosen("strategy", strategies, values.strategy.values)
    classes = classes_of(values)
    panels = [Panel(label(name), classes.assign(values.sel(strategy=name).values)) for name in names]
    return _plate(outlines, panels, classes, sentence(variable_name(values)), values)


def years(outlines: Outlines, values: DataArray, strategies: Sequence[str] | None) -> Figure:
    """Draw levels of a variable by strategy and year."""
    names = chosen("strategy", strategies, values.strategy.values)
    classes = classes_of(values)
    rows = {label(name): classes.assign(values.sel(strategy=name).values) for name in names}
    legend = Listed(classes, worded("unit", values.units), any((found < 0).any() for found in rows.values()))
    title = say("plot.year_by_year", variable=sentence(variable_name(values)))
    return small_multiples(outlines, rows, values.year.values, classes.colours, legend, title, values.attrs)


def changes(outlines: Outlines, values: DataArray, strategies: Sequence[str] | None, baseline: str) -> Figure:
    """Draw differences from `baseline` under each strategy."""
    choose("baseline", baseline, values.strategy.values)
    changes = values - values.sel(strategy=baseline, drop=True)
    classes = change_classes(changes.values)
    panels = []
    for name in _others(values, strategies, baseline):
        moved = changes.sel(strategy=name).values
        up, down, known = (moved > 0).sum(), (moved < 0).sum(), np.isfinite(moved).sum()
        remark = say("plot.moved", up=f"{up:,}", count=f"{known:,}", down=f"{down:,}")
        panels.append(Panel(label(name), classes.assign(moved), remark))
    title = say("plot.change_from", variable=variable_name(values), first=label(baseline))
    return _plate(outlines, panels, classes, title, values)


def variable_name(values: DataArray) -> str:
    """What a variable is called in a title."""
    return worded("variable", values.long_name)


def harm(outlines: Outlines, dataset: Dataset, strategies: Sequence[str] | None) -> Figure:
    """Draw the probability of harm under each strategy."""
    shares = probability_of_harm(dataset)
    first = str(shares.strategy.values[0])
    classes = probability_classes()
    residents = shares.population / shares.population.sum()
    panels = []
    for name in _others(shares, strategies, first):
        share = shares.sel(strategy=name)
        mostly = share > 0.5
        home = f"{100 * float(residents.where(mostly).sum()):.0f} %"
        remark = say("plot.harmed", count=f"{int(mostly.sum()):,}", places=f"{mostly.size:,}", share=home)
        panels.append(Panel(label(name), classes.assign(share.values), remark))
    return _plate(outlines, panels, classes, say("plot.harm", first=label(first)), shares)


def certainties(
    outlines: Outlines,
    dataset: Dataset,
    strategies: Sequence[str] | None,
    areas: Literal["places", "states"] = "places",
) -> Figure:
    """Draw changes from the first strategy and their certainty, by place or by state."""
    changes, certainties = change(dataset), certainty(dataset)
    first = str(changes.strategy.values[0])
    classes = certainty_classes(changes.values)
    panels = []
    for name in _others(changes, strategies, first):
        moved, shares = changes.sel(strategy=name).values, certainties.sel(strategy=name).values
        firm = shares >= SURE
        up, down, known = (firm & (moved > 0)).sum(), (firm & (moved < 0)).sum(), np.isfinite(moved).sum()
        counts = dict(up=f"{up:,}", count=f"{known:,}", down=f"{down:,}")
        remark = say(f"plot.moved_{areas}", share=percent(SURE), **counts)
        panels.append(Panel(label(name), classes.assign(moved, shares), remark))
    missing = any((panel.assigned < 0).any() for panel in panels)
    legend = Squared(classes, say("plot.change", unit=worded("unit", changes.units)), say("plot.certainty"), missing)
    title = say("plot.change_and_certainty", variable=variable_name(changes), first=label(first))
    return plate(outlines, panels, classes.colours, legend, title, changes.attrs)


def _others(values: DataArray, strategies: Sequence[str] | None, baseline: str) -> list[str]:
    """Selected strategies, without `baseline`."""
    others = [name for name in values.strategy.values if name != baseline]
    if not (names := chosen("strategy", strategies, others)):
        raise InputError(f"the run has no strategy to compare with {baseline!r}")
    return names


def _plate(outlines: Outlines, panels: Sequence[Panel], classes: Classes, title: str, values: DataArray) -> Figure:
    """Draw panels with a legend of their classes."""
    legend = Listed(classes, worded("unit", values.units), any((panel.assigned < 0).any() for panel in panels))
    return plate(outlines, panels, classes.colours, legend, title, values.attrs)


@rc_context(STYLE)
def small_multiples(
    outlines: Outlines,
    rows: Mapping[str, np.ndarray],
    headings: Sequence[str],
    colours: np.ndarray,
    legend: Listed,
    title: str,
    attributes: Mapping[Any, Any],
) -> Figure:
    """Draw maps of equal size in rows and columns.

    Parameters
    ----------
    outlines
        Projected outlines of the places.
    rows
        Classes of places (column, place), -1 for no data, by row name.
    headings
        Column headings.
    colours, legend, title, attributes
        As for `panels.plate`.
    """
    widest, tall = ROOM
    tall = min(tall, (widest / len(headings) - GAP) / outlines.aspect)
    wide = max(tall * outlines.aspect, NARROWEST)
    maps = max(len(headings) * (wide + GAP), SMALLEST - WIDTH - GAP - 2 * MARGIN)
    columns = [broken(heading, SMALL, wide) for heading in headings]
    above = max(height(heading, SMALL) for heading in columns) + GAP / 2
    names = {name: broken(name, NAME, maps) for name in rows}
    body = max(above + sum(height(name, NAME) + tall + GAP for name in names.values()), legend.tall + GAP)

    subtitle = " · ".join(attributes[name] for name in ("region", "period", "statistic"))
    figure, bottom = sheet(title, subtitle, attributes, MARGIN + maps + GAP + WIDTH + MARGIN, body)
    lefts = [MARGIN + number * (wide + GAP) for number in range(len(headings))]
    for left, heading in zip(lefts, columns, strict=True):
        write(figure, left, bottom + body, heading, SMALL, color=FAINT)
    low = bottom + body - above
    for name, assigned in rows.items():
        write(figure, MARGIN, low, names[name], NAME, weight="bold")
        low -= height(names[name], NAME) + tall
        for left, found in zip(lefts, assigned, strict=True):
            draw(figure, left, low, tall, outlines, found, colours)
        low -= GAP
    legend.draw(figure, MARGIN + maps + GAP, bottom + body)
    return figure
