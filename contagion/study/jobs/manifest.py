"""The manifest of a folder: its jobs, the chunks of their replicates, and which of them are done.

A chunk is one unit of work. It is done when the series of each of its strategies lies in `parts/`, under a name that it
gets when it is complete.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contagion._util.atomic import replaced
from contagion.errors import InputError
from contagion.study.folders import run_record

PARTS = "parts"
EVALUATIONS = "evaluations.jsonl"  # in it, of the search for a plan
DOSES = "doses"  # the unit that finds the doses of strategies under a budget


@dataclass(frozen=True)
class Job:
    """One configuration of a sweep, or the only one of a run.

    Attributes
    ----------
    number
        From 0.
    varied
        Overrides by which it differs from other jobs.
    config
        The whole configuration.
    chosen
        Parameters that the user asked for by name.
    strategies
        Names, in their order.
    chunks
        First replicate and number of replicates of each.
    budget
        Whether doses are to be found first.
    tolerance
        Of the ranking, at which chunks end; None to compute all.
    sentences
        On how the parameters were chosen.
    """

    number: int
    varied: tuple[str, ...]
    config: Mapping[str, Any]
    chosen: tuple[str, ...]
    strategies: tuple[str, ...]
    chunks: tuple[tuple[int, int], ...]
    budget: bool
    tolerance: float | None
    sentences: tuple[str, ...]

    @property
    def described(self) -> str:
        """Words for messages."""
        return f"job {self.number} ({' '.join(self.varied)})" if self.varied else f"job {self.number}"


@dataclass(frozen=True)
class Unit:
    """A chunk of a job, or its doses where `chunk` is None."""

    job: Job
    chunk: int | None

    @property
    def name(self) -> str:
        """Of its claim, and the beginning of the names of its parts."""
        return f"{self.job.number:04d}-{DOSES if self.chunk is None else f'{self.chunk:04d}'}"

    def part(self, folder: Path, strategy: int) -> Path:
        """The series of one strategy."""
        return folder / PARTS / f"{self.name}-{strategy:02d}"

    def is_done(self, folder: Path) -> bool:
        """Whether all of it lies in `folder`."""
        if self.chunk is None:
            return _state(folder, self.job, DOSES).exists()
        return all(self.part(folder, index).exists() for index in range(len(self.job.strategies)))


def written(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Jobs as the record of a run keeps them."""
    return [asdict(job) for job in jobs]


def jobs_of(folder: Path) -> list[Job]:
    """Jobs of the run of a folder.

    Raises
    ------
    InputError
        If there is no record of a run, or it cannot be read.
    """
    record = run_record.read(folder)
    if record is None:
        raise InputError(f"{folder}: no {run_record.RECORD} there; give the output folder of a run")
    try:
        return [
            Job(
                **{
                    **job,
                    "varied": tuple(job["varied"]),
                    "chosen": tuple(job["chosen"]),
                    "sentences": tuple(job["sentences"]),
                    "strategies": tuple(job["strategies"]),
                    "chunks": tuple((int(first), int(count)) for first, count in job["chunks"]),
                }
            )
            for job in record.get("jobs", [])
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder / run_record.RECORD}: its jobs cannot be read ({type(error).__name__})") from None


def units(jobs: Sequence[Job], folder: Path) -> Iterator[Unit]:
    """All units of work, those of failed jobs and behind a sure ranking left out."""
    for job in jobs:
        if failure(folder, job) is None:
            if job.budget:
                yield Unit(job, None)
            yield from (Unit(job, chunk) for chunk in range(needed(folder, job)))


def open_units(jobs: Sequence[Job], folder: Path, done: set[str] | None = None) -> list[Unit]:
    """Units that can be begun: not done, and whose doses are known.

    Names of units that are `done` are added to that set, and not looked for again.
    """
    done = set() if done is None else done
    waiting: set[int] = set()
    found = []
    for unit in units(jobs, folder):
        if unit.name in done or unit.job.number in waiting:
            continue
        if unit.is_done(folder):
            done.add(unit.name)
            continue
        if unit.chunk is None:
            waiting.add(unit.job.number)
        found.append(unit)
    return found


def keep_doses(folder: Path, job: Job, doses: Mapping[str, tuple[float, float]]) -> None:
    """Record the dose of each strategy under a budget, and what it costs."""
    _note(_state(folder, job, DOSES), doses)


def doses(folder: Path, job: Job) -> dict[str, tuple[float, float]]:
    """Dose and cost of each strategy."""
    path = _state(folder, job, DOSES)
    found = _noted(path, dict) or {}
    try:
        return {name: (float(dose), float(cost)) for name, (dose, cost) in found.items()}
    except (TypeError, ValueError):
        raise InputError(f"{path}: cannot be read; delete it, and it is computed anew") from None


def failure(folder: Path, job: Job) -> str | None:
    """Why a job failed, if it did."""
    return _noted(_state(folder, job, "failed"), str)


def fail(folder: Path, job: Job, reason: str) -> None:
    """Record that a job failed; what is left of it is not computed."""
    _note(_state(folder, job, "failed"), reason)


def try_again(folder: Path, jobs: Sequence[Job]) -> None:
    """Forget which jobs failed."""
    for job in jobs:
        _state(folder, job, "failed").unlink(missing_ok=True)


def needed(folder: Path, job: Job) -> int:
    """Chunks after which the ranking is sure enough, or all where that is not known."""
    return min(_noted(_state(folder, job, "sure"), int) or len(job.chunks), len(job.chunks))


def end_after(folder: Path, job: Job, chunks: int) -> None:
    """Record after how many chunks the ranking is sure enough."""
    _note(_state(folder, job, "sure"), chunks)


def _note(path: Path, value: Any) -> None:
    """Write a small value, complete or not at all."""
    with replaced(path) as partial:
        partial.write_text(json.dumps(value), encoding="utf-8")


def _noted(path: Path, kind: type) -> Any:
    """A small value, if it was written."""
    if not path.exists():
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise InputError(f"{path}: cannot be read; delete it, and it is computed anew")
    return value


def _state(folder: Path, job: Job, name: str) -> Path:
    return folder / PARTS / f"{job.number:04d}-{name}.json"
