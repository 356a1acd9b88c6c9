"""Figures of maps, from projected outlines and values by strategy and place."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from xarray import DataArray, Dataset

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
    panels = [Panel(name, classes.assign(values.sel(strategy=name).values)) for name in names]
    return _plate(outlines, panels, classes, sentence(values.long_name), values)


def years(outlines: Outlines, values: DataArray, strategies: Sequence[str] | None) -> Figure:
    """Draw levels of a variable by strategy and year."""
    names = chosen("strategy", strategies, values.strategy.values)
    classes = classes_of(values)
    rows = {name: classes.assign(values.sel(strategy=name).values) for name in names}
    legend = Listed(classes, values.units, any((found < 0).any() for found in rows.values()))
    title = f"{sentence(values.long_name)}, year by year"
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
        remark = f"up in {up:,} of {known:,} places, down in {down:,}"
        panels.append(Panel(name, classes.assign(moved), remark))
    return _plate(outlines, panels, classes, f"Change in {values.long_name} from {baseline}", values)


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
        remark = (
            f"more often than not in {int(mostly.sum()):,} of {mostly.size:,} places, home to "
            f"{100 * float(residents.where(mostly).sum()):.0f} % of residents"
        )
        panels.append(Panel(name, classes.assign(share.values), remark))
    return _plate(outlines, panels, classes, f"Probability of more homicides over the run than under {first}", shares)


def certainties(
    outlines: Outlines, dataset: Dataset, strategies: Sequence[str] | None, areas: str = "places"
) -> Figure:
    """Draw changes from the first strategy and their certainty, by place or what else the `areas` are called."""
    changes, certainties = change(dataset), certainty(dataset)
    first = str(changes.strategy.values[0])
    classes = certainty_classes(changes.values)
    panels = []
    for name in _others(changes, strategies, first):
        moved, shares = changes.sel(strategy=name).values, certainties.sel(strategy=name).values
        firm = shares >= SURE
        up, down, known = (firm & (moved > 0)).sum(), (firm & (moved < 0)).sum(), np.isfinite(moved).sum()
        remark = f"in {percent(SURE)} of replicates or more: up in {up:,} of {known:,} {areas}, down in {down:,}"
        panels.append(Panel(name, classes.assign(moved, shares), remark))
    missing = any((panel.assigned < 0).any() for panel in panels)
    legend = Squared(classes, f"change, {changes.units}", "share of replicates that change that way", missing)
    title = f"Change in {changes.long_name} over the run from {first}, and in how many replicates"
    return plate(outlines, panels, classes.colours, legend, title, changes.attrs)


def _others(values: DataArray, strategies: Sequence[str] | None, baseline: str) -> list[str]:
    """Selected strategies, without `baseline`."""
    others = [name for name in values.strategy.values if name != baseline]
    if not (names := chosen("strategy", strategies, others)):
        raise InputError(f"the run has no strategy to compare with {baseline!r}")
    return names


def _plate(outlines: Outlines, panels: Sequence[Panel], classes: Classes, title: str, values: DataArray) -> Figure:
    """Draw panels with a legend of their classes."""
    legend = Listed(classes, values.units, any((panel.assigned < 0).any() for panel in panels))
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
