"""Simulate a plan, at once or in chunks of its replicates by the workers of an engine."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from rich.console import Console
from xarray import Dataset

from contagion._util.atomic import committed
from contagion.kernel.ensembles import VECTOR
from contagion.simulation import plausible
from contagion.simulation.calendar import calendar
from contagion.simulation.schema import PLACE_VARIABLES
from contagion.simulation.simulate import simulate
from contagion.simulation.store import RESULTS, open_results, store
from contagion.study.jobs import engines, gather, worker
from contagion.study.jobs.manifest import Job
from contagion.study.own_options import Given
from contagion.study.plan import Plan
from contagion.study.settings import Settings

AT_ONCE = 1 << 30  # bytes of full output that are computed and written at once
PART = 256 << 20  # bytes of a part that is larger


def job_of(plan: Plan, settings: Settings, number: int, config: Mapping[str, Any], words: Sequence[str]) -> Job:
    """A plan as an entry of the manifest; `words` are the overrides by which it differs from others."""
    batch = plan.batch or _in_memory(plan, settings)
    firsts = range(0, plan.replicates, batch)
    return Job(
        number=number,
        varied=tuple(words),
        config=config,
        chosen=plan.chosen,
        strategies=tuple(plan.strategies),
        chunks=tuple((first, min(batch, plan.replicates - first)) for first in firsts),
        budget=plan.budget is not None,
        tolerance=plan.tolerance,
        sentences=plan.sentences,
    )


def _in_memory(plan: Plan, settings: Settings) -> int:
    """Replicates at a time: all, or of full output as many as fit a part, a multiple of what is computed together."""
    if not plan.full:
        return plan.replicates
    periods = len(calendar(plan.options["start"], settings.weeks, settings.record)[0])
    per_place = 4 * len(PLACE_VARIABLES) + len(plan.atlas.groups)  # bytes
    one = periods * len(plan.atlas.polygons) * per_place
    if one * plan.replicates * len(plan.strategies) <= AT_ONCE:
        return plan.replicates
    return min(max(1, PART // one // VECTOR) * VECTOR, plan.replicates)


def simulated(plan: Plan, job: Job, target: Path, settings: Settings, given: Given, console: Console) -> Dataset:
    """Simulate every strategy of a plan.

    Parameters
    ----------
    plan
        The run.
    job
        The same, as the manifest of the folder has it.
    target
        Folder of the run, which keeps what is done.
    settings
        With the engine that starts workers.
    given
        Classes of the user's own.
    console
        Where to say how far it is.

    Returns
    -------
    xarray.Dataset
        Results, with the configuration and how the parameters were chosen in the attributes.

    Raises
    ------
    InputError
        For a plan that makes no run.
    """
    if (target / RESULTS).exists():  # of this run, which was interrupted after they were written
        return in_memory(open_results(target, verify=True))
    if len(job.chunks) == 1 and not job.budget and settings.engine.kind == "local":
        first = worker.arguments_of(plan, 0, plan.replicates)
        shown = settings.runtime.progress
        return _named(simulate(plan.atlas, **first, **plan.options, full=plan.full, progress=shown), job, target)
    try:
        engines.start(settings.engine, target, [job], given.words, given.own, console)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; completed chunks are in {target}: the same command with hydra.run.dir={target} resumes"
        ) from None
    if job.budget:
        console.print(worker.spending(job, target), markup=False, style="dim")
    with console.status("putting the chunks together"), committed(target / RESULTS) as partial:
        store(gathered(job, target), partial, plan.atlas.polygons)
        plausible.check(open_results(partial))
    return in_memory(open_results(target))


def gathered(job: Job, target: Path) -> Dataset:
    """Results of a job whose parts lie in a folder, read as they are used."""
    return _named(gather.results_of(target, job), job, target)


def _named(results: Dataset, job: Job, target: Path) -> Dataset:
    """Results with the configuration, and how the parameters were chosen."""
    sentences = [*job.sentences, *([worker.spending(job, target)] if job.budget else [])]
    config = OmegaConf.to_yaml(OmegaConf.create(dict(job.config)))
    return results.assign_attrs(parameters=" ".join(sentences), config=config)


def in_memory(results: Dataset) -> Dataset:
    """Results of which all is in memory but what is kept of every replicate and place."""
    return results.assign({name: values.load() for name, values in results.items() if not str(name).endswith("_full")})
