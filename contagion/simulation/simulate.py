"""Run an ensemble per strategy and return a labelled Dataset."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import xarray as xr
from rich import get_console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contagion.interventions.registry import Strategy
from contagion.kernel.params import Params
from contagion.regions.atlas import Atlas
from contagion.simulation import plausible
from contagion.simulation.anchoring import Kind
from contagion.simulation.calendar import Period
from contagion.simulation.parts import rounded
from contagion.simulation.prepared import prepare
from contagion.simulation.statistics import collect

if TYPE_CHECKING:
    from contagion.inference.forecast import Forecast


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
        `homicides_run_total(strategy, replicate, place)`; `homicides_by_state(strategy, replicate, time, province)`;
        `drawn(parameter, replicate)` where numbers are drawn; and `recorded_homicides(recorded_time, place)`, of the
        five years before the start, where the run is anchored.
        A week belongs to the month of its middle day; `weeks(time)` says how many each period has.

    Raises
    ------
    InputError
        If the settings make no run.
    """
    run = prepare(
        atlas,
        {"baseline": ()} if strategies is None else strategies,
        drivers=drivers,
        params=params,
        priors=priors,
        anchor=anchor,
        mechanism_weight=mechanism_weight,
        weeks=weeks,
        start=start,
        replicates=replicates,
        seed=seed,
        deterministic=deterministic,
        generator=generator,
        record=record,
        chunk_size=chunk_size,
        first=first,
    )
    with progress_bar(run.steps, progress) as report:
        kept = run.series(lambda name, periods: collect(periods, atlas, full, partial(report, name)))
        found = {name: next(series) for name, series in kept}
    return plausible.check(rounded(run.labelled({name: found[name] for name in run.strategies})))


@contextmanager
def progress_bar(total: int, shown: bool) -> Iterator[Any]:
    """A progress bar; yields the function that advances it by one under a name."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, transient=True, disable=not (shown and get_console().is_terminal)) as bar:
        task = bar.add_task("simulating", total=total)
        yield lambda name: bar.update(task, advance=1, description=f"simulating {name}")
