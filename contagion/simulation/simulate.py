"""Run an ensemble per strategy and return a labelled Dataset."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from itertools import chain
from typing import Any, get_args

import jax
import numpy as np
import xarray as xr
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contagion.errors import InputError
from contagion.interventions.registry import Strategy
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model
from contagion.kernel.numerics.random import GENERATORS
from contagion.kernel.params import Params
from contagion.parameters.constraints import check_start
from contagion.parameters.presets import load_params
from contagion.parameters.provenance import describe
from contagion.parameters.scaling import at_scale, concentration
from contagion.regions.areas import with_areas
from contagion.regions.atlas import Atlas
from contagion.simulation.calendar import Period, calendar, first_day
from contagion.simulation.labels import coordinates, described, text
from contagion.simulation.statistics import collect


def simulate(
    atlas: Atlas,
    strategies: Mapping[str, Strategy] | None = None,
    *,
    drivers: Strategy = (),
    params: Params | None = None,
    priors: Mapping[str, Any] | None = None,
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
        `homicides_run_total(strategy, replicate, place)`; and `drawn(parameter, replicate)` where numbers are drawn.
        A week belongs to the month of its middle day; `weeks(time)` says how many each period has.

    Raises
    ------
    InputError
        If the settings make no run.
    """
    strategies = {"baseline": ()} if strategies is None else strategies
    _check(strategies, weeks, replicates, first, record, generator)
    params = load_params() if params is None else params
    _check_shapes(params, replicates)
    drawn = params
    if priors is not None:
        from contagion.parameters.priors import draw  # with SciPy's distributions, which take long to import

        drawn = draw(priors, params, replicates, seed, first)
    numbers = " ".join(describe(params, drawn))
    params = at_scale(drawn, atlas.law_scale, concentration(atlas.region.members))
    check_start(params, atlas.region)
    start = first_day(start, atlas)
    times, bounds = calendar(start, weeks, record)
    region = jax.device_put(with_areas(atlas, (*drivers, *chain(*strategies.values()))))
    # NumPy reads what lies in memory as it is, and compiles nothing.
    concatenate = (np if jax.default_backend() == "cpu" else jax.numpy).concatenate

    runs = []
    with _bar(len(strategies) * len(bounds), progress) as report:
        for name, interventions in strategies.items():
            model = Model(region, params, (*atlas.history, *drivers, *interventions))
            periods = ensemble(
                model, bounds, replicates, seed, chunk_size, deterministic, generator, first, concatenate
            )
            runs.append(collect(periods, atlas, full, partial(report, name)))
    dataset = xr.concat(runs, dim=xr.Variable("strategy", text(strategies), dict(long_name="Strategy")), join="exact")
    dataset = dataset.assign_coords(coordinates(atlas, times, bounds, np.arange(first, first + replicates), record))
    dataset = _with_drawn(dataset, drawn)
    return described(dataset, atlas, seed, start, weeks, numbers)


def _check(
    strategies: Mapping[str, Strategy], weeks: int, replicates: int, first: int, record: str, generator: str
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


def _with_drawn(dataset: xr.Dataset, params: Params) -> xr.Dataset:
    """The dataset with the numbers that differ between replicates."""
    varied = {name: np.asarray(value) for name, value in vars(params).items() if value.ndim}
    if not varied:
        return dataset
    words = dict(long_name="Parameters drawn per replicate, in their own units", units="1", cell_methods="time: point")
    dataset["drawn"] = (("parameter", "replicate"), np.stack(list(varied.values())), words)
    return dataset.assign_coords(parameter=("parameter", text(varied), dict(long_name="Parameter")))


def _check_shapes(params: Params, replicates: int) -> None:
    """Every number is one for all replicates, or one for each."""
    for name, value in vars(params).items():
        if value.shape not in ((), (replicates,)):
            raise InputError(
                f"params.{name}: has values for {value.shape[0]} replicates, but replicates={replicates}; load the "
                "parameters for as many"
            )


@contextmanager
def _bar(total: int, shown: bool) -> Iterator[Any]:
    """A progress bar; yields the function that advances it by one under a name."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, transient=True, disable=not shown) as bar:
        task = bar.add_task("simulating", total=total)
        yield lambda name: bar.update(task, advance=1, description=f"simulating {name}")
