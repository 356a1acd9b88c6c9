"""A worker: claims units of work of a folder until none is left, computes them, and stores what they give."""

import argparse
import errno
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
from rich.console import Console
from xarray import Dataset

from contagion._util.atomic import committed
from contagion.analysis import ranking
from contagion.analysis.metrics import OUTCOMES
from contagion.errors import InputError
from contagion.interventions.registry import Strategy
from contagion.kernel.intervention import drawn_of
from contagion.optimise import budget
from contagion.simulation import plausible
from contagion.simulation.parts import packed
from contagion.simulation.prepared import Periods, Prepared, Series, prepare
from contagion.simulation.runtime import configure
from contagion.simulation.simulate import progress_bar, simulate
from contagion.simulation.statistics import collect
from contagion.simulation.store import check_space, store
from contagion.study.jobs import claims, gather, manifest
from contagion.study.jobs.manifest import Job, Unit
from contagion.study.own_options import Own, taken_out
from contagion.study.plan import Plan, plan
from contagion.study.settings import Settings, validate

PILOT = 32  # replicates from which the cost of a strategy is known well enough
BLOCK = 8 << 20  # bytes of a variable that are stored at a time
POLL = 0.5  # seconds between looks at what others left


def work(
    folder: Path,
    own: Own,
    lease: float = claims.LEASE,
    strict: bool = False,
    progress: bool = False,
    say: Callable[[str], object] = print,
) -> None:
    """Do what is left to do in a folder, beside other workers.

    Parameters
    ----------
    folder
        Of a run whose manifest is written.
    own
        Classes of options that the user named on the command line.
    lease
        Seconds after which a claim that is not touched has expired.
    strict
        Raise what goes wrong. Otherwise a job that fails is recorded, and the others go on.
    progress
        Show a progress bar of each unit.
    say
        Where to say what is done.

    Raises
    ------
    InputError
        Where the folder has no manifest, the disk has no room for what is left, and with `strict` where a job makes no
        run.
    """
    jobs = manifest.jobs_of(folder)
    stored = False
    last: tuple[Plan, Standing] | None = None
    done: set[str] = set()
    while left := manifest.open_units(jobs, folder, done):
        for unit in left:
            if claim := claims.take(folder, unit.name, lease):
                break
        else:
            time.sleep(POLL)
            continue
        with claims.held(claim, lease):
            try:
                if last is None or last[1].job is not unit.job:
                    last = planned(unit.job, own), Standing(unit.job, folder)
                plan, standing = last
                _do(unit, plan, folder, progress)
                if unit.chunk is not None and len(unit.job.chunks) > 1:
                    standing.look(say)
            except Exception as error:
                if strict:
                    raise
                words = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
                manifest.fail(folder, unit.job, words)
                if not isinstance(error, InputError):
                    traceback.print_exc()
        if not stored and unit.chunk is not None and unit.is_done(folder):
            stored = True
            check_space(folder, _size(unit, folder) * (len(left) - 1))


def planned(job: Job, own: Own) -> Plan:
    """What a job runs, loaded anew from its configuration."""
    settings: Settings = validate(Settings, job.config)
    return plan(settings, job.chosen, own, Console(quiet=True))


def _do(unit: Unit, plan: Plan, folder: Path, progress: bool) -> None:
    """Compute a unit and store it."""
    if unit.chunk is None:
        _, scales = budget.equalised(plan.strategies, float(unit.job.config["budget"]), partial(costs, plan))
        manifest.keep_doses(folder, unit.job, {name: (scale.dose, scale.cost) for name, scale in scales.items()})
        return
    first, count = unit.job.chunks[unit.chunk]
    drawn = arguments_of(_at_doses(plan, unit.job, folder), first, count)
    run = prepare(plan.atlas, **drawn, priors=None, **plan.options)
    each = len(unit.job.chunks) > 1
    indices = {name: index for index, name in enumerate(unit.job.strategies)}
    done = [name for name, index in indices.items() if unit.part(folder, index).exists()]
    block = _periods_of_block(plan, count) if each else None
    with progress_bar(run.steps - len(done) * len(run.bounds), progress) as report:

        def kept(name: str, periods: Periods) -> Series:
            return collect(periods, plan.atlas, plan.full, partial(report, name), each, block)

        for name, series in run.series(kept, done):
            _store(run, name, series, unit.part(folder, indices[name]), block or 0)


def _store(run: Prepared, name: str, series: Series, path: Path, block: int) -> None:
    """Store the series of a strategy, block by block."""
    try:
        with committed(path) as partial:
            partial.mkdir()
            for number, dataset in enumerate(series):
                labelled = plausible.check(run.labelled({name: dataset}, number * block))
                store(packed(labelled), partial / f"{number:04d}.zarr")
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # another worker was faster, with the same
            raise


def _size(unit: Unit, folder: Path) -> int:
    """Bytes of the parts of a unit, as all others of a run will have about."""
    parts = (unit.part(folder, index) for index in range(len(unit.job.strategies)))
    return sum(file.stat().st_size for part in parts for file in part.rglob("*") if file.is_file())


def arguments_of(plan: Plan, first: int, replicates: int) -> dict[str, Any]:
    """What is drawn, for some replicates."""
    rows = slice(first, first + replicates)
    return dict(
        strategies={name: drawn_of(options, rows) for name, options in plan.strategies.items()},  # in their order
        drivers=drawn_of(plan.drivers, rows),
        params=jax.tree.map(lambda leaf: leaf[rows] if leaf.ndim else leaf, plan.params),
        replicates=replicates,
        first=first,
    )


def _at_doses(plan: Plan, job: Job, folder: Path) -> Plan:
    """The plan with its strategies at the doses that were found."""
    if not job.budget:
        return plan
    doses = {name: scale.dose for name, scale in _scales(job, folder).items()}
    return replace(plan, strategies=budget.dosed(plan.strategies, doses))


def spending(job: Job, folder: Path) -> str:
    """What the doses mean, in words."""
    return budget.sentence(float(job.config["budget"]), _scales(job, folder))


def _scales(job: Job, folder: Path) -> dict[str, budget.Scale]:
    return {name: budget.Scale(dose, cost) for name, (dose, cost) in manifest.doses(folder, job).items()}


def costs(plan: Plan, strategies: Mapping[str, Strategy]) -> dict[str, float]:
    """Million dollars over the run beyond the first strategy, by strategy, from the first replicates."""
    of = arguments_of(replace(plan, strategies=strategies), 0, min(PILOT, plan.replicates))
    cost = OUTCOMES["cost"].of(simulate(plan.atlas, **of, **{**plan.options, "record": "run"})).mean("replicate")
    return dict(zip(strategies, (cost - cost[0]).values.tolist(), strict=True))


def _periods_of_block(plan: Plan, replicates: int) -> int:
    """Periods of which a variable by place is stored at a time."""
    return max(1, BLOCK // (4 * replicates * len(plan.atlas.polygons)))


class Standing:
    """How sure the ranking of a job is, chunk by chunk; each is read once.

    Each number of chunks is looked at, in their order, so it ends at the same one however many workers there are; what
    others compute behind it is not used. Stopping looks at how wide the standard error of the ranking is and never at
    which strategy leads, so intervals keep their coverage (sequential intervals of fixed width: Chow and Robbins 1965).
    """

    def __init__(self, job: Job, folder: Path):
        self.job, self.folder = job, folder
        self.known: list[Dataset] = []

    def look(self, say: Callable[[str], object]) -> None:
        """Take in chunks that are done now; say how sure the ranking is, and record where it is sure enough."""
        error, looked = 0.0, len(self.known)
        while len(self.known) < len(self.job.chunks) and Unit(self.job, len(self.known)).is_done(self.folder):
            self.known.append(gather.totals(self.folder, Unit(self.job, len(self.known))))
            error = ranking.error(ranking.rank(gather.joined(self.known)))
            if self.job.tolerance is not None and error <= self.job.tolerance:
                manifest.end_after(self.folder, self.job, len(self.known))
                break
        if len(self.known) > looked:
            replicates = sum(count for _, count in self.job.chunks[: len(self.known)])
            aim = f"; {self.job.tolerance:g} is asked for" if self.job.tolerance else ""
            say(f"{replicates} replicates: the largest standard error of a mean rank is {error:.3f}{aim}")


def main(arguments: Sequence[str]) -> None:
    """`python -m contagion.study.jobs.worker FOLDER`, with the arguments that name a user's own classes."""
    parser = argparse.ArgumentParser(prog="contagion.study.jobs.worker", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("own", nargs="*", help="arguments such as intervention=[./mine.py:Checkpoint]")
    given = parser.parse_args(arguments)
    run(given.folder, given.own)


def run(folder: Path | str, own: Sequence[str] = (), where: Path | str | None = None) -> None:
    """Work in a process of its own, which an engine started: select the device as the run says, then `work`.

    Paths of the configuration and of `own` are relative to `where`, by default to the current folder.
    """
    folder = Path(folder).absolute()
    if where is not None:
        os.chdir(where)
    job = manifest.jobs_of(folder)[0]
    configure(job.config["runtime"]["device"], job.config["runtime"]["precision"])
    work(folder, taken_out(own)[1], float(job.config["engine"]["lease"]))


if __name__ == "__main__":
    main(sys.argv[1:])
