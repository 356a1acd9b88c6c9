"""What the page's explorer shows, by variable, strategy, place and time, packed to fit a page."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from matplotlib.colors import to_hex
from numpy.typing import NDArray
from xarray import DataArray, Dataset

from contagion._util.language import dated, group, label, say, worded
from contagion._util.text import sentence
from contagion.analysis.by_place import probability_of_harm, residents_harmed
from contagion.analysis.by_state import best_by_province, provinces
from contagion.analysis.paired import told
from contagion.analysis.select import RATE, STATISTICS, UNIT_OF_RATE, is_flow, of_years, period_names
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.plots.color_classes import Classes, change_classes, level_classes, probability_classes, rate_classes
from contagion.plots.time_series import COLOURS
from contagion.regions.polygons import in_kilometres
from contagion.report import encoding
from contagion.report.aliases import aliases

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

HARM = "harm"  # what is compared with the first strategy over the whole run, not recorded over time


class Scale(NamedTuple):
    """How values of places are shown."""

    per: float | None  # residents to which counts refer; None for what is no count
    unit: str
    knee: float  # up to here numbers are exact to a four-hundredth of it; above, to a quarter per cent


SCALES = {
    RATE: Scale(1e5, UNIT_OF_RATE, 4.0),
    HARM: Scale(None, "over the whole run, ties half", 1.0),
    "conflict_homicides": Scale(1e5, UNIT_OF_RATE, 4.0),
    "members": Scale(1e3, "per 1,000 residents", 0.4),
    "trust": Scale(None, "share", 0.04),
    "displaced": Scale(1e3, "per 1,000 residents", 0.4),
    "controlled": Scale(1.0, "share of residents", 0.04),
}
VARIABLES = tuple(SCALES)
ROLLING = (RATE, "conflict_homicides")  # shown over twelve months to each, unless single months are chosen
YEAR = 12  # months
SHOWN = ("mean", "q05", "q50", "q95")
ELEMENT = 64  # most characters around a block in the page


@dataclass(frozen=True)
class Explorer:
    """What the scripts in `assets/` read."""

    data: str  # JSON: names, labels, classes, totals, best strategies
    blocks: dict[tuple[int, int], str]  # by variable and strategy, levels [statistic, place, time], then of change
    outlines: str  # of places, then of states; empty for a region of one place
    recorded: str  # levels of recorded homicides before the start [place, time], or nothing
    omitted: str  # a sentence on what was left out for size, or nothing


@dataclass(frozen=True)
class Shown:
    """A variable: how it is called and drawn, and its blocks by strategy."""

    description: dict[str, Any]
    blocks: list[str]


def explore(dataset: Dataset, polygons: "GeoDataFrame", limit: int) -> Explorer:
    """The explorer of a run in at most `limit` characters: with less room means alone, then fewer variables.

    One variable is always kept. Flows are per year, counts of places per so many residents as SCALES says.
    """
    names = [name for name in VARIABLES if _known(dataset, name)]
    width, height, outlines = _drawn(dataset, polygons)
    before, recorded = _recorded(dataset)
    frame = _frame(dataset) | dict(width=width, height=height, recorded=before)
    limit -= len(recorded)
    shown = [_shown(dataset, name, SHOWN) for name in names]
    kept, omitted = shown, ""
    if _size(frame, shown) + len(outlines) > limit:
        shown = kept = [_shown(dataset, name, SHOWN[:1]) for name in names]
        while _size(frame, kept) + len(outlines) > limit and len(kept) > 1:
            kept = kept[:-1]
        dropped = (variable.description["label"].lower() for variable in shown[len(kept) :])
        omitted = say("explored.left_out", names=", ".join((say("explored.spread"), *dropped)))
    blocks = {
        (number, strategy): block
        for number, variable in enumerate(kept)
        for strategy, block in enumerate(variable.blocks)
    }
    return Explorer(_data(frame, kept), blocks, outlines, recorded, omitted)


def _known(dataset: Dataset, name: str) -> bool:
    """Whether a run has a variable; harm has two strategies and several places."""
    if name == HARM:
        return dataset.strategy.size > 1 and dataset.place.size > 1
    return ("homicides" if name == RATE else name) in dataset


def _frame(dataset: Dataset) -> dict[str, Any]:
    """What is said of a run apart from its variables."""
    state_names, numbers = provinces(dataset)
    found = best_by_province(dataset)
    strategies = dataset.strategy.values.tolist()
    return dict(
        words=group("explorer"),
        strategies=strategies,
        labels=[label(name) for name in strategies],
        heads=[STATISTICS[name] for name in SHOWN],
        colours=COLOURS,
        times=period_names(dataset),
        weeks=dataset.weeks.values.tolist(),
        levels=encoding.LEVELS,
        names=dataset["name"].values.tolist(),
        codes=dataset.place.values.tolist(),
        residents=np.rint(dataset.population.values).tolist(),
        state_of=numbers.tolist(),
        states=state_names,
        aliases=aliases(dataset.place.values.tolist(), dataset["name"].values.tolist(), state_names),
        best_by_province=dict(
            where=found.where,
            sentences=[sentence(words) for words in found.sentences],
            evidence=[sentence(words) for words in found.evidence],
            best=found.best,
            verdicts=[[told(verdict) for verdict in of_one] for of_one in found.verdicts],
            numbers={name: _short(values, 9) for name, values in found.numbers.items()},
        ),
    )


def _weekly(dataset: Dataset) -> bool:
    return bool((dataset.weeks == 1).all())


def _recorded(dataset: Dataset) -> tuple[dict[str, Any] | None, str]:
    """What was recorded before the start, per 100,000 residents and year: times and totals, and the block of places."""
    if "recorded_homicides" not in dataset:
        return None, ""
    counted = dataset.recorded_homicides
    yearly = of_years(counted)
    periods = 1 if yearly else 12
    residents = dataset.population
    rates = periods * counted / residents.where(residents > 0) * 1e5
    total = periods * counted.sum("place") / residents.sum() * 1e5
    knee = SCALES[RATE].knee
    starts = counted.indexes["recorded_time"]
    times = [str(start.year) if yearly else dated(start, "short_month") for start in starts]
    block = encoding.text(encoding.steps(encoding.levels(rates.transpose("place", "recorded_time").values, knee)))
    described = dict(times=times, totals=_short(total.values), knee=knee, monthly=not yearly)
    return described, block if dataset.place.size > 1 else ""


def _data(frame: dict[str, Any], shown: list[Shown]) -> str:
    """JSON that is safe inside an element of the page."""
    described = frame | dict(variables=[variable.description for variable in shown])
    return json.dumps(described, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _size(frame: dict[str, Any], shown: list[Shown]) -> int:
    blocks = [block for variable in shown for block in variable.blocks]
    return len(_data(frame, shown)) + sum(map(len, blocks)) + ELEMENT * len(blocks)


def per_year(stored: DataArray) -> DataArray:
    """Flows per year; anything else as it is stored."""
    return stored / stored.weeks * WEEKS_OF_YEAR if is_flow(stored) else stored


def per_resident(values: DataArray, name: str, residents: DataArray) -> DataArray:
    """Counts per so many residents as the scale of the variable says, unknown where nobody lives."""
    per = SCALES[name].per
    return values if per is None else values / residents.where(residents > 0) * per


def rolling(values: NDArray[np.floating], weeks: NDArray[np.integer]) -> NDArray[np.floating]:
    """Means over the twelve months to each, or as many as there are, weighted by `weeks`; time is the last axis."""

    def summed(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
        sums = np.cumsum(numbers, axis=-1, dtype=float)
        return np.concatenate([sums[..., :YEAR], sums[..., YEAR:] - sums[..., :-YEAR]], axis=-1)

    return summed(values * weeks) / summed(weeks.astype(float))


def _shown(dataset: Dataset, name: str, statistics: tuple[str, ...]) -> Shown:
    """A variable of a run, of a region of one place without blocks."""
    if name == HARM:
        return _harm(dataset)
    stored = dataset["homicides" if name == RATE else name].sel(statistic=list(statistics))
    scale = SCALES[name]
    described: dict[str, Any] = dict(
        name=name,
        label=worded("variable", "Homicide rate" if name == RATE else stored.long_name),
        unit=worded("unit", scale.unit),
        statistics=[sentence(say(f"statistic.{name}")) for name in statistics],
        periods=dataset.time.size,
    )
    weeks = dataset.weeks.values
    rolls = name in ROLLING and dataset.time.size >= YEAR and not _weekly(dataset)
    views = {"single": lambda values: values} | ({"year": lambda values: rolling(values, weeks)} if rolls else {})
    unit, totals = _totals(dataset, name)
    described |= dict(total_unit=unit) | {view: _series(of(totals)) for view, of in views.items()}
    if dataset.place.size == 1:
        return Shown(described, [])
    values = per_resident(per_year(stored), name, dataset.population)
    values = values.transpose("strategy", "statistic", "place", "time").values
    found = encoding.levels(values, scale.knee)
    change = values[1:, :1] - values[:1, :1]
    moved = encoding.levels(change, scale.knee)
    fixed = rate_classes() if name in ROLLING else level_classes(encoding.worth(found[:, 0], scale.knee))
    described |= dict(knee=scale.knee, classes=_legend(fixed))
    for view, of in views.items():
        described[view] |= dict(change_classes=_legend(change_classes(of(encoding.worth(moved, scale.knee)))))
    others = zip(found[1:] - found[0], moved, strict=True)
    rows = [found[0], *(np.concatenate(both) for both in others)]
    return Shown(described, [encoding.text(encoding.steps(levels)) for levels in rows])


def _harm(dataset: Dataset) -> Shown:
    """The probability of more homicides over the run than under the first strategy, and who lives there."""
    found = encoding.levels(probability_of_harm(dataset).values[..., None], SCALES[HARM].knee)  # even steps
    described = dict(
        name=HARM,
        label=say("explored.harm", first=label(str(dataset.strategy.values[0]))),
        unit=worded("unit", SCALES[HARM].unit),
        statistics=[say("explored.probability")],
        periods=1,
        knee=SCALES[HARM].knee,
        classes=_legend(probability_classes()),
        residents={name: _short(values) for name, values in residents_harmed(dataset).items()},
    )
    rows = [found[0], *(found[1:] - found[0])]
    return Shown(described, [encoding.text(encoding.steps(levels)) for levels in rows])


def _legend(classes: Classes) -> dict[str, Any]:
    colours = [to_hex(colour) for colour in classes.colours]
    return dict(breaks=classes.breaks.tolist(), colours=colours, labels=classes.labels)


def _totals(dataset: Dataset, name: str) -> tuple[str, NDArray[np.floating]]:
    """Unit and values of the whole region [strategy, replicate, time]: rates of homicides, counts of anything else."""
    stored = dataset[f"{'homicides' if name == RATE else name}_total"]
    values, unit = per_year(stored), worded("unit", "share" if stored.units == "1" else stored.units)
    if name == RATE:
        values, unit = per_resident(values, name, dataset.population.sum()), worded("unit", UNIT_OF_RATE)
    elif is_flow(stored):
        unit = say("unit.per_year", unit=unit)
    return unit, values.transpose("strategy", "replicate", "time").values


def _series(values: NDArray[np.floating]) -> dict[str, Any]:
    """Totals, and their paired differences from the first strategy: mean, 5 and 95 % quantile over replicates."""

    def spread(of: NDArray[np.floating]) -> Any:
        return _short(np.stack([of.mean(axis=1), *np.quantile(of, (0.05, 0.95), axis=1)], axis=1))

    return dict(totals=spread(values), changes=spread(values - values[:1]))


def _short(values: NDArray[np.floating], digits: int = 5) -> Any:
    """Nested lists of numbers of so many digits, None where one is not known."""
    if values.ndim:
        return [_short(part, digits) for part in values]
    return float(f"{values:.{digits}g}") if np.isfinite(values) else None


def _drawn(dataset: Dataset, polygons: "GeoDataFrame") -> tuple[int, int, str]:
    """Width and height of the map and the outlines on it, of places and then of states, simplified alike."""
    if dataset.place.size == 1:
        return 0, 0, ""
    exact = in_kilometres(polygons.loc[dataset.place.to_index()]).to_numpy()
    step, west, north, height = encoding.grid(exact)
    simple = shapely.coverage_simplify(exact, encoding.SIMPLIFIED * step)
    names, numbers = provinces(dataset)
    # Published borders overlap here and there: snapped to the grid, they still unite.
    whole = shapely.make_valid(simple, method="structure", keep_collapsed=False)
    unions = [shapely.union_all(whole[numbers == number], grid_size=step) for number in range(len(names))]
    east = shapely.total_bounds(exact)[2]
    rings = encoding.outlines([*simple, *unions], step, west, north)
    return int((east - west) / step) + 1, int(height) + 1, encoding.text(rings)
