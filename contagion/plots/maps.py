"""Maps of a stored run: where the violence is, and where a strategy moves it.

Classes are made from all strategies of the run, so that any two maps of one variable and period compare.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from xarray import DataArray, Dataset

from contagion._util.atomic import committed
from contagion._util.text import sentence
from contagion.analysis.by_place import SURE, certainty, change, probability_of_harm
from contagion.analysis.select import RATE, by_strategy, by_year, choose, chosen
from contagion.errors import InputError
from contagion.plots.color_classes import Classes, certainty_classes, change_classes, level_classes, probability_classes
from contagion.plots.legends import Listed, Squared
from contagion.plots.panels import Outlines, Panel, plate, project
from contagion.plots.small_multiples import small_multiples
from contagion.plots.style import STYLE
from contagion.plots.time_series import series

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

TOTALS = ("homicides_total", "conflict_homicides_total", "members_total")  # over time, the first in any run
Format = Literal["png", "svg", "pdf"]
FORMATS = get_args(Format)
PRINTED = 300  # dots per inch of what is of pixels in svg and pdf


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


def multiples(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str = RATE,
    strategies: Sequence[str] | None = None,
    statistic: str = "mean",
) -> Figure:
    """Map `variable` under each of `strategies`, all if None, in a row of years; else as `choropleth`.

    Years run from the start of the run; a rest shorter than half a year is left out, and of a long run six are shown.
    """
    values = by_year(dataset, variable, statistic)
    return _years(project(polygons, values.place), values, strategies)


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


def harm(dataset: Dataset, polygons: "GeoDataFrame", strategy: str) -> Figure:
    """Map the share of replicates in which a place has more homicides over the run than under the first strategy.

    Ties count half. **Raises:** InputError naming an unknown strategy and the nearest valid choice, for a run that does
    not hold homicides by replicate and place, or polygons that do not match.
    """
    return harm_panel(dataset, polygons, [strategy])


def harm_panel(dataset: Dataset, polygons: "GeoDataFrame", strategies: Sequence[str] | None = None) -> Figure:
    """The same under each of `strategies`, all others than the first if None."""
    return _harm(project(polygons, dataset.place), dataset, strategies)


def effect_and_certainty(dataset: Dataset, polygons: "GeoDataFrame", strategies: Sequence[str] | None = None) -> Figure:
    """Map how far each strategy moves the homicide rate over the run from that under the first one, and how surely.

    Certainty is the share of replicates that go the way of the mean, ties counted half; else as `harm_panel`.
    """
    return _certainties(project(polygons, dataset.place), dataset, strategies)


def draw(dataset: Dataset, polygons: "GeoDataFrame", folder: Path, formats: Sequence[Format] = ("png",)) -> list[Path]:
    """Write the figures of a run to `folder`, each in all `formats` (png, svg, pdf), and return their paths.

    They are the homicide rate of the last twelve months under all strategies side by side, under each of
    them alone, and year by year; against the first strategy the differences, the probability of more homicides over the
    run, and effect and certainty; and the homicides of the whole region over time. A map of one
    place shows nothing: there, conflict homicides and members over time stand for the maps.

    **Raises:** InputError naming an unknown format, or a file that is there already (nothing is written then), or as
    `choropleth`.
    """
    kinds = [choose("format", name, FORMATS) for name in dict.fromkeys(formats)]
    over_time = TOTALS if dataset.place.size == 1 else TOTALS[:1]
    figures: dict[str, Callable[[], Figure]] = {name: partial(series, dataset, name) for name in over_time}
    if dataset.place.size > 1:
        figures |= _maps(dataset, polygons)
    folder.mkdir(parents=True, exist_ok=True)
    targets = {name: fresh(folder, name, kinds) for name in figures}
    for name, make in figures.items():
        save(make(), targets[name])
    return list(chain.from_iterable(targets.values()))


def fresh(folder: Path, name: str, formats: Sequence[str]) -> list[Path]:
    """The files of a figure in `folder`, one in each format. **Raises:** InputError where one is there already."""
    targets = [folder / f"{name}.{kind}" for kind in formats]
    for target in targets:
        if target.exists():
            raise InputError(f"{target} is there already: move it, or draw to another folder")
    return targets


def save(figure: Figure, targets: Sequence[Path]) -> None:
    """Write a figure to files whose endings are its formats; one that exists is complete."""
    for target in targets:
        with committed(target) as partial, rc_context(STYLE):
            figure.savefig(partial, dpi=figure.dpi if target.suffix == ".png" else PRINTED)


def _maps(dataset: Dataset, polygons: "GeoDataFrame") -> dict[str, Callable[[], Figure]]:
    """The maps of a run by the names of their files."""
    values = by_strategy(dataset, RATE)
    outlines = project(polygons, values.place)
    first, *others = values.strategy.values
    figures = {f"{RATE}_panel": partial(_levels, outlines, values, None)}
    years = by_year(dataset, RATE)
    if years.year.size > 1:
        figures[f"{RATE}_by_year"] = partial(_years, outlines, years, None)
    if others:
        figures[f"{RATE}_differences"] = partial(_changes, outlines, values, others, first)
        figures["probability_of_harm"] = partial(_harm, outlines, dataset, None)
        figures["effect_and_certainty"] = partial(_certainties, outlines, dataset, None)
    for number, strategy in enumerate([first, *others]):
        name = re.sub(r"[^\w+-]+", "_", strategy)[:80]  # the number tells apart what is alike after this
        figures[f"{RATE}_{number:02d}_{name}"] = partial(_levels, outlines, values, [strategy])
    return figures


def _levels(outlines: Outlines, values: DataArray, strategies: Sequence[str] | None) -> Figure:
    names = chosen("strategy", strategies, values.strategy.values)
    classes = level_classes(values.values)
    panels = [Panel(name, classes.assign(values.sel(strategy=name).values)) for name in names]
    return _plate(outlines, panels, classes, sentence(values.long_name), values)


def _years(outlines: Outlines, values: DataArray, strategies: Sequence[str] | None) -> Figure:
    names = chosen("strategy", strategies, values.strategy.values)
    classes = level_classes(values.values)
    rows = {name: classes.assign(values.sel(strategy=name).values) for name in names}
    legend = Listed(classes, values.units, any((found < 0).any() for found in rows.values()))
    title = f"{sentence(values.long_name)}, year by year"
    return small_multiples(outlines, rows, values.year.values, classes.colours, legend, title, values.attrs)


def _changes(outlines: Outlines, values: DataArray, strategies: Sequence[str] | None, baseline: str) -> Figure:
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


def _harm(outlines: Outlines, dataset: Dataset, strategies: Sequence[str] | None) -> Figure:
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


def _certainties(outlines: Outlines, dataset: Dataset, strategies: Sequence[str] | None) -> Figure:
    changes, certainties = change(dataset), certainty(dataset)
    first = str(changes.strategy.values[0])
    classes = certainty_classes(changes.values)
    panels = []
    for name in _others(changes, strategies, first):
        moved, sure = changes.sel(strategy=name).values, certainties.sel(strategy=name).values
        firm = sure >= SURE
        up, down, known = (firm & (moved > 0)).sum(), (firm & (moved < 0)).sum(), np.isfinite(moved).sum()
        remark = f"surely up in {up:,} of {known:,} places, down in {down:,}"
        panels.append(Panel(name, classes.assign(moved, sure), remark))
    missing = any((panel.assigned < 0).any() for panel in panels)
    legend = Squared(
        classes, f"change, {changes.units}", f"probability of a change that way; sure from {SURE}", missing
    )
    title = f"Change in {changes.long_name} over the run from {first}, and how sure it is"
    return plate(outlines, panels, classes.colours, legend, title, changes.attrs)


def _others(values: DataArray, strategies: Sequence[str] | None, baseline: str) -> list[str]:
    """Those that are compared with `baseline`."""
    others = [name for name in values.strategy.values if name != baseline]
    if not (names := chosen("strategy", strategies, others)):
        raise InputError(f"the run has no strategy to compare with {baseline!r}")
    return names


def _plate(outlines: Outlines, panels: Sequence[Panel], classes: Classes, title: str, values: DataArray) -> Figure:
    legend = Listed(classes, values.units, any((panel.assigned < 0).any() for panel in panels))
    return plate(outlines, panels, classes.colours, legend, title, values.attrs)
