"""Run an ensemble per strategy and return a labelled Dataset."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, get_args

import jax
import numpy as np
import xarray as xr
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contagion.errors import InputError
from contagion.interventions.historical import history_of
from contagion.interventions.priors import draw_strategies, numbers_drawn
from contagion.interventions.registry import Strategy
from contagion.kernel.ensembles import ensemble
from contagion.kernel.flows import Flows, Stocks
from contagion.kernel.initial import Model
from contagion.kernel.numerics.random import GENERATORS
from contagion.kernel.params import Params
from contagion.parameters.constraints import branching_ratio, check_start
from contagion.parameters.presets import load_params
from contagion.parameters.provenance import describe
from contagion.parameters.scaling import at_scale, concentration
from contagion.regions.areas import with_areas
from contagion.regions.atlas import Atlas
from contagion.regions.record import first_days
from contagion.simulation import plausible
from contagion.simulation.anchoring import Kind, Levels, default_kind, levels_of
from contagion.simulation.calendar import Period, calendar, first_day
from contagion.simulation.labels import coordinates, described, text
from contagion.simulation.statistics import collect

if TYPE_CHECKING:
    from contagion.inference.forecast import Forecast

YEARS_SHOWN = 5  # of the record, with the results of anchored runs


def simulate(
    atlas: Atlas,
    strategies: Mapping[str, Strategy] | None = None,
    *,
    drivers: Strategy = (),
    params: Params | None = None,
    priors: Mapping[str, Any] | None = None,
    anchor: "Kind | Forecast | None" = None,
    mechanism_weight: float = 0.0,
    weeks: int = 260,
    start: date | str | None = None,
    replicates: int = 64,
    seed: int = 0,
    deterministic: bool = False,
    generator: str = "hash",
    record: Period = "month",
    full: bool = False,
    chunk_size: int | None = None,
    first: int = 0,
    progress: bool = False,
) -> xr.Dataset:
    """Run every strategy under common random numbers and return what was recorded, by month or week.

    Parameters
    ----------
    atlas
        A region, from `load_region`.
    strategies
        Tuples of interventions by the name of the strategy; by default the baseline alone.
    drivers
        What happens under every strategy.
    params
        From `load_params`; by default the preset `default`.
    priors
        Distributions of numbers that are drawn per replicate, as `contagion.parameters.preset("priors", "broad")`.
    anchor
        What homicides are counted around: ``forecast``, joint paths from what was recorded before the start;
        ``record``, what was recorded in the run; ``none``, what the mechanism expects. Or a forecast from
        `contagion.inference.forecast.fit`. By default a forecast, where the region has a record of 36 months or 8
        years before the start, and otherwise none.
    mechanism_weight
        Weight from 0 to 1 with which what the mechanism expects by itself moves anchored homicides. Differences between
        strategies keep their size in any case.
    weeks
        Length of the run.
    start
        First day of week 0; by default that of the region, or 2020-01-01.
    replicates, seed
        Number of replicates, and the seed of their random numbers.
    deterministic
        Take expectations for counts, and no shocks.
    generator
        Of random numbers: hash or threefry.
    record
        Periods of what is returned: month, week or run.
    full
        Keep homicides and presence of every replicate and place.
    chunk_size
        Replicates that are computed at once; by default as many as fit the cache of a CPU, or all on an accelerator.
    first
        Number of the first replicate. Runs of the replicates 0 to 63 and 64 to 127 return what one run of 128
        replicates returns of them.
    progress
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        `homicides(strategy, statistic, time, place)`, in persons, with mean, sd, q05, q50 and q95 over replicates;
        `homicides_total(strategy, replicate, time)`; the same of the other variables; series by group;
        `homicides_run_total(strategy, replicate, place)`; `drawn(parameter, replicate)` where numbers are drawn; and
        `recorded_homicides(recorded_time, place)`, of the five years before the start, where the run is anchored.
        A week belongs to the month of its middle day; `weeks(time)` says how many each period has.

    Raises
    ------
    InputError
        If the settings make no run.
    """
    strategies = {"baseline": ()} if strategies is None else strategies
    _check(strategies, weeks, replicates, first, record, generator, mechanism_weight)
    params = load_params() if params is None else params
    drawn = _drawn(params, priors, replicates, seed, first)
    strategies, drivers = draw_strategies(priors, strategies, drivers, replicates, seed, first)
    numbers = " ".join(describe(params, drawn))
    params = at_scale(drawn, atlas.law_scale, concentration(atlas.region.members))
    check_start(params, atlas.region)
    start = first_day(start, atlas)
    times, bounds = calendar(start, weeks, record)
    kind = default_kind(atlas) if anchor is None else anchor
    levels = levels_of(kind, atlas, start, weeks, range(first, first + replicates), seed, deterministic)
    region = with_areas(atlas, (*drivers, *chain(*strategies.values())))
    if levels is not None and levels.start is not None:
        region = replace(region, homicides=levels.start)
    region = jax.device_put(region)
    # NumPy reads what lies in memory as it is, and compiles nothing.
    concatenate = (np if jax.default_backend() == "cpu" else jax.numpy).concatenate

    def run(interventions: Strategy, paths: list[Any] | None) -> Iterator[tuple[Flows, Stocks]]:
        anchors = levels and list(levels.anchors(bounds, paths, mechanism_weight))
        model = Model(region, params, interventions)
        return ensemble(
            model, bounds, replicates, seed, chunk_size, deterministic, generator, first, concatenate, anchors
        )

    # What was recorded had its history; a forecast knows of nothing that happens after its start.
    reference = None if levels is None else atlas.history if kind == "record" else ()
    chosen = {name: (*history_of(each, atlas.history), *drivers, *each) for name, each in strategies.items()}
    with _bar((len(chosen) + (levels is not None)) * len(bounds), progress) as report:
        kept = partial(collect, atlas=atlas, full=full)
        runs = _runs(chosen, reference, run, lambda name, periods: kept(periods, report=partial(report, name)))
    names = xr.Variable("strategy", text(strategies), dict(long_name="Strategy"))
    dataset = xr.concat([runs[name] for name in strategies], dim=names, join="exact")
    dataset = dataset.assign_coords(coordinates(atlas, times, bounds, np.arange(first, first + replicates), record))
    dataset = _with_drawn(dataset, drawn, (drivers, *strategies.values()))
    dataset = plausible.check(described(dataset, atlas, seed, start, weeks, numbers))
    dataset.attrs |= dict(branching_ratio=float(np.mean(branching_ratio(params))))
    return dataset if levels is None else _anchored(dataset, levels, mechanism_weight, atlas, start)


def _runs(
    strategies: Mapping[str, Strategy],
    reference: Strategy | None,
    run: Callable[[Strategy, list[Any] | None], Iterator[tuple[Flows, Stocks]]],
    kept: Callable[[str, Iterator[tuple[Flows, Stocks]]], xr.Dataset],
) -> dict[str, xr.Dataset]:
    """What is kept of every strategy; the reference of anchored runs comes first, and is one of them or is left out."""
    found, paths = {}, None
    if reference is not None:
        paths = []
        same = next((name for name, strategy in strategies.items() if strategy == reference), "reference")
        found[same] = kept(same, map(partial(_expected_kept, paths), run(reference, None)))
    return found | {name: kept(name, run(each, paths)) for name, each in strategies.items() if name not in found}


def _expected_kept(paths: list[Any], period: tuple[Flows, Stocks]) -> tuple[Flows, Stocks]:
    """A period of the reference, after what the mechanism expects in it is kept."""
    paths.append(period[1].expected)
    return period


def _check(
    strategies: Mapping[str, Strategy],
    weeks: int,
    replicates: int,
    first: int,
    record: str,
    generator: str,
    mechanism_weight: float,
) -> None:
    """Raise InputError for settings that make no run."""
    if not strategies:
        raise InputError("strategies: none given")
    if weeks < 1 or replicates < 1:
        raise InputError(f"weeks={weeks}, replicates={replicates}: both must be at least 1")
    if first < 0:
        raise InputError(f"first={first}: replicates count from 0")
    if record not in get_args(Period):
        raise InputError(f"record={record!r}: must be one of {', '.join(get_args(Period))}")
    if generator not in GENERATORS:
        raise InputError(f"generator={generator!r}: must be one of {', '.join(GENERATORS)}")
    if not 0 <= mechanism_weight <= 1:
        raise InputError(f"mechanism_weight={mechanism_weight}: must lie between 0 and 1")


def _anchored(dataset: xr.Dataset, levels: Levels, weight: float, atlas: Atlas, start: date) -> xr.Dataset:
    """The dataset with what was recorded before the start, and attributes that say what its levels are."""
    note = f"{levels.sentence}. {dataset.attrs['note']}"
    assert atlas.record is not None
    known = atlas.record.before(start)
    shown = known.counts[-(YEARS_SHOWN * (1 if known.yearly else 12)) :]
    first = first_days(known.numbers[-len(shown) :], known.yearly).astype("datetime64[ns]")
    words = dict(long_name="Homicides recorded before the start", units="persons", cell_methods="time: sum")
    dataset["recorded_homicides"] = (("recorded_time", "place"), shown.values.astype(np.float32), words)
    times = ("recorded_time", first, dict(long_name=f"First day of the {'year' if known.yearly else 'month'}"))
    dataset = dataset.assign_coords(recorded_time=times)
    return dataset.assign_attrs(anchor=levels.sentence, mechanism_weight=weight, note=note)


def _with_drawn(dataset: xr.Dataset, params: Params, strategies: Iterable[Strategy]) -> xr.Dataset:
    """The dataset with the numbers that differ between replicates, of the model and of options."""
    varied = {name: np.asarray(value) for name, value in vars(params).items() if value.ndim} | numbers_drawn(strategies)
    if not varied:
        return dataset
    words = dict(long_name="Parameters drawn per replicate, in their own units", units="1", cell_methods="time: point")
    dataset["drawn"] = (("parameter", "replicate"), np.stack(list(varied.values())), words)
    return dataset.assign_coords(parameter=("parameter", text(varied), dict(long_name="Parameter")))


def _drawn(params: Params, priors: Mapping[str, Any] | None, replicates: int, seed: int, first: int) -> Params:
    """Parameters with those drawn that have a prior; every number is one for all replicates, or one for each."""
    for name, value in vars(params).items():
        if value.shape not in ((), (replicates,)):
            raise InputError(
                f"params.{name}: has values for {value.shape[0]} replicates, but replicates={replicates}; load the "
                "parameters for as many"
            )
    if priors is None:
        return params
    from contagion.parameters.priors import draw  # with SciPy's distributions, which take long to import

    return draw(priors, params, replicates, seed, first)


@contextmanager
def _bar(total: int, shown: bool) -> Iterator[Any]:
    """A progress bar; yields the function that advances it by one under a name."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, transient=True, disable=not shown) as bar:
        task = bar.add_task("simulating", total=total)
        yield lambda name: bar.update(task, advance=1, description=f"simulating {name}")
