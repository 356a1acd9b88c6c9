"""What the page's explorer shows, by variable, strategy, place and time, packed to fit a page."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.colors import to_hex
from numpy.typing import NDArray
from xarray import DataArray, Dataset

from contagion import packing
from contagion.classes import Classes, change_classes, level_classes
from contagion.comparison import wins
from contagion.polygons import in_kilometres
from contagion.processes.memory import WEEKS_OF_YEAR
from contagion.selection import RATE, STATISTICS, is_flow
from contagion.series import COLOURS
from contagion.sheet import sentence

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

VARIABLES = (RATE, "conflict_homicides", "members", "trust", "displaced", "controlled")
SHOWN = ("mean", "q05", "q50", "q95")


@dataclass(frozen=True)
class Explorer:
    """What `page/page.js` reads."""

    description: dict[str, Any]  # names, labels, classes, totals, states
    blocks: dict[tuple[int, int], str]  # by variable and strategy, levels [statistic, place, time], then of change
    outlines: str  # of places, then of states; empty for a region of one place
    omitted: str  # a sentence on what was left out for size, or nothing


def explore(dataset: Dataset, polygons: "GeoDataFrame", limit: int) -> Explorer:
    """The explorer of a run in at most `limit` characters of blocks: else means alone, then fewer variables.

    One variable is always kept. Flows are per year, homicides per 100,000 residents and year.
    """
    names = [name for name in VARIABLES if ("homicides" if name == RATE else name) in dataset]
    kept, statistics, omitted = names, SHOWN, ""
    scales: list[dict[str, Any]] = []
    blocks: dict[tuple[int, int], str] = {}
    if dataset.place.size > 1:
        scales, blocks = _blocks(dataset, names, SHOWN)
        if _size(blocks) > limit:
            statistics = SHOWN[:1]
            scales, blocks = _blocks(dataset, names, statistics)
            while _size(blocks) > limit and len(kept) > 1:
                kept = kept[:-1]
                blocks = {key: block for key, block in blocks.items() if key[0] < len(kept)}
            dropped = (_words(dataset, name)[0].lower() for name in names[len(kept) :])
            gone = ", ".join(("the spread of replicates by place", *dropped))
            omitted = f"Left out of this page for its size, and kept in results.zarr: {gone}."
    variables = [
        dict(zip(("label", "unit"), _words(dataset, name), strict=True), totals=_totals(dataset, name)) for name in kept
    ]
    for variable, scale in zip(variables, scales, strict=False):
        variable |= scale
    width, height, drawn = _drawn(dataset, polygons)
    weekly = bool((dataset.weeks == 1).all())
    state_names, states = _states(dataset)
    description = dict(
        strategies=dataset.strategy.values.tolist(),
        colours=COLOURS,
        statistics=[sentence(STATISTICS[name]) for name in statistics],
        times=dataset.time.dt.strftime("%d %b %Y" if weekly else "%b %Y").values.tolist(),
        variables=variables,
        names=dataset["name"].values.tolist(),
        codes=dataset.place.values.tolist(),
        residents=np.rint(dataset.population.values).tolist(),
        state_of=states.tolist(),
        states=state_names,
        by_state=_by_state(dataset, states, len(state_names)),
        width=width,
        height=height,
    )
    return Explorer(description, blocks, drawn, omitted)


def _size(blocks: dict[tuple[int, int], str]) -> int:
    return sum(map(len, blocks.values()))


def _words(dataset: Dataset, name: str) -> tuple[str, str]:
    """The label of a variable and its unit."""
    if name == RATE:
        return "Homicide rate", "per 100,000 residents a year"
    stored = dataset[name]
    units = "share" if stored.units == "1" else stored.units
    return stored.long_name, f"{units} per year" if is_flow(stored) else units


def yearly(stored: DataArray, name: str, residents: DataArray) -> DataArray:
    """A stored variable as shown: flows per year, homicides also per 100,000 of `residents`."""
    values = stored / stored.weeks * WEEKS_OF_YEAR if is_flow(stored) else stored
    return values / residents.where(residents > 0) * 1e5 if name == RATE else values


def _blocks(
    dataset: Dataset, names: list[str], statistics: tuple[str, ...]
) -> tuple[list[dict[str, Any]], dict[tuple[int, int], str]]:
    """The scale and the classes of each variable, and its blocks."""
    scales, blocks = [], {}
    for number, name in enumerate(names):
        stored = dataset["homicides" if name == RATE else name].sel(statistic=list(statistics))
        values = yearly(stored, name, dataset.population).transpose("strategy", "statistic", "place", "time").values
        changes = values[1:, :1] - values[:1, :1]
        highest, furthest = packing.top(values), packing.top(changes)
        levels, moved = packing.levels(values, highest), packing.change_levels(changes, furthest)
        scales.append(
            dict(
                top=highest,
                change_top=furthest,
                classes=_legend(level_classes(packing.worth(levels[:, 0], highest))),
                change_classes=_legend(change_classes(packing.change_worth(moved, furthest))),
            )
        )
        for strategy, rows in enumerate(levels):
            several = np.concatenate([rows, moved[strategy - 1]]) if strategy else rows
            blocks[number, strategy] = packing.text(packing.over_time(several))
    return scales, blocks


def _legend(classes: Classes) -> dict[str, Any]:
    colours = [to_hex(colour) for colour in classes.colours]
    return dict(breaks=classes.breaks.tolist(), colours=colours, labels=classes.labels)


def _totals(dataset: Dataset, name: str) -> list[list[list[float | None]]]:
    """Mean, 5 and 95 % quantile over replicates of the whole region [strategy, statistic, time]."""
    stored = dataset[f"{'homicides' if name == RATE else name}_total"]
    values = yearly(stored, name, dataset.population.sum()).transpose("strategy", "replicate", "time").values
    return _short(np.stack([values.mean(axis=1), *np.quantile(values, (0.05, 0.95), axis=1)], axis=1))


def _states(dataset: Dataset) -> tuple[list[str], NDArray[np.integer]]:
    """Names of the states in order, and the number of the state of each place."""
    numbers, names = pd.factorize(dataset.state.values.astype(object), sort=True)
    return list(map(str, names)), numbers


def _by_state(dataset: Dataset, states: NDArray[np.integer], count: int) -> dict[str, Any]:
    """Homicides over the run [strategy, state]: means; and from full output also their spread over replicates,
    the paired change from the first strategy, and the share of replicates in which a strategy has fewest."""
    member = np.eye(count)[states]
    if "homicides_full" not in dataset:
        means = dataset.homicides.sel(statistic="mean").sum("time").transpose("strategy", "place").values @ member
        return dict(mean=_short(means))
    every = dataset.homicides_full.sum("time", dtype=float).transpose("strategy", "replicate", "place").values @ member
    changes = every - every[:1]
    best = np.stack([wins(every[:, :, state]) for state in range(count)], axis=-1)
    named = {
        "mean": every.mean(axis=1),
        "low": np.quantile(every, 0.05, axis=1),
        "high": np.quantile(every, 0.95, axis=1),
        "change": changes.mean(axis=1),
        "change_low": np.quantile(changes, 0.05, axis=1),
        "change_high": np.quantile(changes, 0.95, axis=1),
        "best": best.mean(axis=1),
    }
    return {name: _short(values) for name, values in named.items()}


def _short(values: NDArray[np.floating]) -> Any:
    """Nested lists of numbers of five digits, None where one is not known."""
    if values.ndim:
        return [_short(part) for part in values]
    return float(f"{values:.5g}") if np.isfinite(values) else None


def _drawn(dataset: Dataset, polygons: "GeoDataFrame") -> tuple[int, int, str]:
    """Width and height of the map and the outlines on it, of places and then of states, simplified alike."""
    if dataset.place.size == 1:
        return 0, 0, ""
    exact = in_kilometres(polygons.loc[dataset.place.to_index()]).to_numpy()
    step, west, north, height = packing.grid(exact)
    simple = shapely.coverage_simplify(exact, packing.SIMPLIFIED * step)
    names, states = _states(dataset)
    # Published borders overlap here and there: snapped to the grid, they still unite.
    whole = shapely.make_valid(simple, method="structure", keep_collapsed=False)
    unions = [shapely.union_all(whole[states == number], grid_size=step) for number in range(len(names))]
    east = shapely.total_bounds(exact)[2]
    numbers = packing.outlines([*simple, *unions], step, west, north)
    return int((east - west) / step) + 1, int(height) + 1, packing.text(numbers)
