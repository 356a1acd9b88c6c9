"""Maps of the results of a run: levels of violence, and changes under a strategy.

Class breaks are computed from all strategies of the run, so maps of the same variable and period are comparable.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack, get_args

from matplotlib.figure import Figure
from xarray import Dataset

from contagion.analysis.select import RATE, by_strategy, by_year, choose
from contagion.plots import map_figures
from contagion.plots.panels import project
from contagion.plots.style import fresh, save
from contagion.plots.time_series import series
from contagion.plots.windows import Window, windowed

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

TOTALS = ("homicides_total", "conflict_homicides_total", "members_total")  # plotted over time; the first in any run
Format = Literal["png", "svg", "pdf"]
FORMATS = get_args(Format)


def choropleth(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str = RATE,
    strategy: str = "baseline",
    statistic: str = "mean",
    time: str | slice | None = None,
    **window: Unpack[Window],
) -> Figure:
    """Map a variable under one strategy.

    Flows are summed over the selected periods, stocks are averaged.

    Parameters
    ----------
    dataset
        Results of a run.
    polygons
        One row per place, indexed by code, with columns state and geometry.
    variable
        ``homicide_rate`` (per 100,000 residents and year) or a stored variable of places.
    strategy
        Name of the strategy.
    statistic
        Statistic over replicates: mean or a stored quantile.
    time
        Label or slice of periods, as for `xarray.Dataset.sel`; the last twelve months by default.
    **window
        ``places``, codes of places and names of states to show, all by default; ``extent``, west, south, east and north
        in degrees; ``labels``, True, or codes of places and names of states whose places are labelled. Classes at
        quantiles are those of the places shown.

    Returns
    -------
    Figure
        A figure with one map.

    Raises
    ------
    InputError
        If a name is unknown (the message gives the nearest valid choice), or polygons and places do not match.

    Examples
    --------
    >>> choropleth(results, atlas.polygons, strategy="kingpin").savefig("kingpin.png")
    >>> choropleth(results, atlas.polygons, places="Guerrero", labels=["12001", "12029"]).savefig("g.png", dpi=300)
    """
    return panel(dataset, polygons, variable, [strategy], statistic, time, **window)


def panel(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str = RATE,
    strategies: Sequence[str] | None = None,
    statistic: str = "mean",
    time: str | slice | None = None,
    **window: Unpack[Window],
) -> Figure:
    """Map a variable under several strategies with a common legend.

    Parameters
    ----------
    dataset, polygons, variable, statistic, time, **window
        As for `choropleth`.
    strategies
        Strategies to show; all by default.

    Returns
    -------
    Figure
        A figure with one map per strategy.
    """
    shown, outlines = windowed(dataset, polygons, **window)
    return map_figures.levels(outlines, by_strategy(shown, variable, statistic, time), strategies)


def multiples(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str = RATE,
    strategies: Sequence[str] | None = None,
    statistic: str = "mean",
    **window: Unpack[Window],
) -> Figure:
    """Map a variable by strategy (rows) and year (columns).

    Years are counted from the start of the run. A remainder of less than half a year is dropped, and at most six years
    are shown.

    Parameters
    ----------
    dataset, polygons, variable, statistic, **window
        As for `choropleth`.
    strategies
        Strategies to show; all by default.

    Returns
    -------
    Figure
        A figure with one map per strategy and year.
    """
    shown, outlines = windowed(dataset, polygons, **window)
    return map_figures.years(outlines, by_year(shown, variable, statistic), strategies)


def difference(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str,
    strategy: str,
    baseline: str = "baseline",
    statistic: str = "mean",
    time: str | slice | None = None,
    **window: Unpack[Window],
) -> Figure:
    """Map the difference of a variable between a strategy and `baseline`, with classes centred at zero.

    Parameters
    ----------
    dataset, polygons, variable, strategy, statistic, time, **window
        As for `choropleth`.
    baseline
        Strategy that is subtracted.

    Returns
    -------
    Figure
        A figure with one map.
    """
    return difference_panel(dataset, polygons, variable, [strategy], baseline, statistic, time, **window)


def difference_panel(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    variable: str = RATE,
    strategies: Sequence[str] | None = None,
    baseline: str = "baseline",
    statistic: str = "mean",
    time: str | slice | None = None,
    **window: Unpack[Window],
) -> Figure:
    """Map the differences of a variable between several strategies and `baseline`, with a common legend.

    Parameters
    ----------
    dataset, polygons, variable, statistic, time, **window
        As for `choropleth`.
    strategies
        Strategies to show; all except `baseline` by default.
    baseline
        Strategy that is subtracted.

    Returns
    -------
    Figure
        A figure with one map per strategy.
    """
    shown, outlines = windowed(dataset, polygons, **window)
    return map_figures.changes(outlines, by_strategy(shown, variable, statistic, time), strategies, baseline)


def harm(dataset: Dataset, polygons: "GeoDataFrame", strategy: str, **window: Unpack[Window]) -> Figure:
    """Map the share of replicates with more homicides over the run than under the first strategy.

    Ties count one half.

    Parameters
    ----------
    dataset, polygons, strategy, **window
        As for `choropleth`.

    Returns
    -------
    Figure
        A figure with one map of the probability of harm, 0 to 1.

    Raises
    ------
    InputError
        If the strategy is unknown, the run has no homicides by replicate and place, or polygons and places do not
        match.
    """
    return harm_panel(dataset, polygons, [strategy], **window)


def harm_panel(
    dataset: Dataset, polygons: "GeoDataFrame", strategies: Sequence[str] | None = None, **window: Unpack[Window]
) -> Figure:
    """Map the probability of harm, as `harm` does, under several strategies.

    Parameters
    ----------
    dataset, polygons, **window
        As for `choropleth`.
    strategies
        Strategies to show; all except the first by default.

    Returns
    -------
    Figure
        A figure with one map per strategy.
    """
    shown, outlines = windowed(dataset, polygons, **window)
    return map_figures.harm(outlines, shown, strategies)


def effect_and_certainty(
    dataset: Dataset, polygons: "GeoDataFrame", strategies: Sequence[str] | None = None, **window: Unpack[Window]
) -> Figure:
    """Map the change in the homicide rate over the run from the first strategy, and its certainty.

    Certainty is the share of replicates whose change has the sign of the mean change; ties count one half.

    Parameters
    ----------
    dataset, polygons, **window
        As for `choropleth`.
    strategies
        Strategies to show; all except the first by default.

    Returns
    -------
    Figure
        A figure with one map of bivariate classes per strategy; changes are per 100,000 residents and year.
    """
    shown, outlines = windowed(dataset, polygons, **window)
    return map_figures.certainties(outlines, shown, strategies)


def draw(dataset: Dataset, polygons: "GeoDataFrame", folder: Path, formats: Sequence[Format] = ("png",)) -> list[Path]:
    """Write the standard figures of a run.

    These are maps of the homicide rate in the last twelve months under all strategies together and each alone, and by
    year; relative to the first strategy, maps of differences, of the probability of harm, and of effect and certainty;
    and regional homicides over time. For a region of a single place, maps are replaced by time series of conflict
    homicides and members.

    Parameters
    ----------
    dataset, polygons
        As for `choropleth`.
    folder
        Folder to write to; created if it does not exist.
    formats
        Formats of each figure: ``png``, ``svg``, ``pdf``.

    Returns
    -------
    list of Path
        Paths of the files written.

    Raises
    ------
    InputError
        If a format is unknown, a file exists (nothing is written then), or as for `choropleth`.
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


def _maps(dataset: Dataset, polygons: "GeoDataFrame") -> dict[str, Callable[[], Figure]]:
    """Functions that draw the maps of a run, by file name."""
    values = by_strategy(dataset, RATE)
    outlines = project(polygons, values.place)
    first, *others = values.strategy.values
    figures = {f"{RATE}_panel": partial(map_figures.levels, outlines, values, None)}
    years = by_year(dataset, RATE)
    if years.year.size > 1:
        figures[f"{RATE}_by_year"] = partial(map_figures.years, outlines, years, None)
    if others:
        figures[f"{RATE}_differences"] = partial(map_figures.changes, outlines, values, others, first)
        figures["probability_of_harm"] = partial(map_figures.harm, outlines, dataset, None)
        figures["effect_and_certainty"] = partial(map_figures.certainties, outlines, dataset, None)
    for number, strategy in enumerate([first, *others]):
        name = re.sub(r"[^\w+-]+", "_", strategy)[:80]  # the number keeps names unique
        figures[f"{RATE}_{number:02d}_{name}"] = partial(map_figures.levels, outlines, values, [strategy])
    return figures
