"""Maps of a stored run: where the violence is, and where a strategy moves it.

Classes are made from all strategies of the run, so that any two maps of one variable and period compare.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from xarray import DataArray, Dataset

from contagion.classes import change_classes, level_classes
from contagion.errors import InputError
from contagion.plates import Outlines, Panel, plate, project
from contagion.selection import RATE, by_strategy, choose
from contagion.series import series
from contagion.sheet import sentence

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

TOTALS = ("homicides_total", "conflict_homicides_total", "members_total")  # over time, the first in any run

__all__ = ["choropleth", "difference", "difference_panel", "draw", "panel", "series"]


def choropleth(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str = RATE,
    strategy: str = "baseline",
    statistic: str = "mean",
    time: str | slice | None = None,
) -> Figure:
    """Map `variable` under one strategy: its homicide rate, or any stored variable of places.

    **Arguments:** `polygons` one row per place, indexed by code, with columns state and geometry; `time` a
    label or slice of periods as xarray selects, the last twelve months if None. Flows are summed over
    the periods, stocks averaged.

    **Raises:** InputError naming what is unknown and the nearest valid choice, or polygons that do not match.
    """
    return panel(dataset, polygons, variable, [strategy], statistic, time)


def panel(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str = RATE,
    strategies: Sequence[str] | None = None,
    statistic: str = "mean",
    time: str | slice | None = None,
) -> Figure:
    """Map `variable` under each of `strategies`, all if None, with one legend; else as `choropleth`."""
    values = by_strategy(dataset, variable, statistic, time)
    return _levels(project(polygons, values.place), values, strategies)


def difference(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str,
    strategy: str,
    baseline: str = "baseline",
    statistic: str = "mean",
    time: str | slice | None = None,
) -> Figure:
    """Map `variable` under one strategy minus `baseline`, centred at zero; else as `choropleth`."""
    return difference_panel(dataset, polygons, variable, [strategy], baseline, statistic, time)


def difference_panel(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str = RATE,
    strategies: Sequence[str] | None = None,
    baseline: str = "baseline",
    statistic: str = "mean",
    time: str | slice | None = None,
) -> Figure:
    """Map `variable` under each of `strategies`, all others if None, minus `baseline`; else as `panel`."""
    values = by_strategy(dataset, variable, statistic, time)
    return _changes(project(polygons, values.place), values, strategies, baseline)


def draw(dataset: Dataset, polygons: "GeoDataFrame", folder: Path) -> list[Path]:
    """Write the figures of a run to `folder` as PNG and return their paths.

    They are the homicide rate of the last twelve months under all strategies side by side, under each of
    them alone, the differences from the first strategy, and the homicides of the whole region over time. A map of one
    place shows nothing: there, conflict homicides and members over time stand for the maps.

    **Raises:** InputError naming a file that is there already (nothing is written then), or as `choropleth`.
    """
    over_time = TOTALS if dataset.place.size == 1 else TOTALS[:1]
    figures: dict[str, Callable[[], Figure]] = {name: partial(series, dataset, name) for name in over_time}
    if dataset.place.size > 1:
        figures |= _maps(dataset, polygons)
    folder.mkdir(parents=True, exist_ok=True)
    targets = [fresh(folder, name) for name in figures]
    for target, figure in zip(targets, figures.values(), strict=True):
        save(figure(), target)
    return targets


def fresh(folder: Path, name: str) -> Path:
    """The PNG file of that name in `folder`. **Raises:** InputError where it is there already."""
    target = folder / f"{name}.png"
    if target.exists():
        raise InputError(f"{target} is there already: move it, or draw to another folder")
    return target


def save(figure: Figure, target: Path) -> None:
    """Write a figure as PNG; a file that exists is complete."""
    unfinished = target.with_suffix(".part")
    figure.savefig(unfinished, format="png")
    unfinished.replace(target)


def _maps(dataset: Dataset, polygons: "GeoDataFrame") -> dict[str, Callable[[], Figure]]:
    """The maps of a run by the names of their files."""
    values = by_strategy(dataset, RATE)
    outlines = project(polygons, values.place)
    first, *others = values.strategy.values
    figures = {f"{RATE}_panel": partial(_levels, outlines, values, None)}
    if others:
        figures[f"{RATE}_differences"] = partial(_changes, outlines, values, others, first)
    for number, strategy in enumerate([first, *others]):
        name = re.sub(r"[^\w+-]+", "_", strategy)[:80]  # the number tells apart what is alike after this
        figures[f"{RATE}_{number:02d}_{name}"] = partial(_levels, outlines, values, [strategy])
    return figures


def _levels(outlines: Outlines, values: DataArray, strategies: Sequence[str] | None) -> Figure:
    names = [choose("strategy", name, values.strategy.values) for name in strategies or values.strategy.values]
    panels = [Panel(name, values.sel(strategy=name).values) for name in names]
    return plate(outlines, panels, level_classes(values.values), sentence(values.long_name), values.attrs)


def _changes(outlines: Outlines, values: DataArray, strategies: Sequence[str] | None, baseline: str) -> Figure:
    choose("baseline", baseline, values.strategy.values)
    changes = values - values.sel(strategy=baseline, drop=True)
    others = [name for name in values.strategy.values if name != baseline]
    names = [choose("strategy", name, others) for name in strategies or others]
    if not names:
        raise InputError(f"the run has no strategy to compare with {baseline!r}")
    panels = []
    for name in names:
        change = changes.sel(strategy=name).values
        up, down, known = (change > 0).sum(), (change < 0).sum(), np.isfinite(change).sum()
        remark = f"up in {up:,} of {known:,} places, down in {down:,}"
        panels.append(Panel(name, change, remark))
    title = f"Change in {values.long_name} from {baseline}"
    return plate(outlines, panels, change_classes(changes.values), title, values.attrs)
