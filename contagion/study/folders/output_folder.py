"""The output folder: names of its files, and checks before anything is written."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from omegaconf import DictConfig, OmegaConf

from contagion.errors import InputError
from contagion.export.files import FOLDER as EXPORT
from contagion.simulation.store import POLYGONS, RESULTS
from contagion.study.folders import run_record
from contagion.study.jobs.claims import CLAIMS
from contagion.study.jobs.manifest import PARTS
from contagion.study.terminal.log import LOG, Told

COMPARISON = "comparison.csv"
RANKING = "ranking.csv"
YEARS = "differences_by_year.csv"
BREAK_EVEN = "break_even.csv"
STATES = "states.csv"
PLACES = "places_most_changed.csv"
DISPLACEMENT = "displacement.csv"
COST_EFFECT = "cost_effect.csv"
UNCERTAINTY = "uncertainty.csv"
ROBUSTNESS = "robustness.csv"
SENSITIVITY = "sensitivity.csv"
VALUE = "value_of_information.csv"
SCENARIOS = "scenarios.csv"
SCORES = "scores.csv"
SKILL = "skill.csv"
STATEMENTS = "statements.csv"
FORECAST = "forecast.csv"
FIGURES = ("fan.png", "probability.png", "skill.png", "reliability.png")
FORECASTED = (FORECAST, SCORES, SKILL, STATEMENTS, *FIGURES)
PLAN, PLAN_FIGURE, PLAN_MAP = "plan.yaml", "plan.png", "plan_map.png"
PLAN_PARTS, PLANS, TRIED, FRONT = "plan_parts.csv", "plans.csv", "evaluations.csv", "front.csv"
SEARCHED = (PLAN, PLAN_FIGURE, PLAN_PARTS, PLANS, TRIED)  # of task=optimise; FRONT for several aims, PLAN_MAP of places
MAPS = "maps"
REPORT = "report.html"
BRIEF = "brief.pdf"
CURVES = "comparison.png"
TABLES = (
    COMPARISON,
    RANKING,
    YEARS,
    BREAK_EVEN,
    STATES,
    PLACES,
    DISPLACEMENT,
    COST_EFFECT,
    UNCERTAINTY,
    ROBUSTNESS,
    SENSITIVITY,
    VALUE,
    SCENARIOS,
)
WRITTEN = (RESULTS, POLYGONS, *TABLES, MAPS, REPORT, BRIEF, EXPORT, CURVES, LOG)
LOCK = ".lock"
_held: dict[Path, FileLock] = {}  # until the process ends


def check_fresh(folder: Path, config: Mapping[str, Any]) -> None:
    """Raises InputError where `folder` already holds results of another run or cannot be written to.

    A run that was interrupted may go on: what it left belongs to it.
    """
    try:
        existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    except OSError as error:  # a name that is too long, a current folder that is gone
        raise InputError(
            f"{str(folder)[:80]}: no folder can be there ({error.strerror}); choose hydra.run.dir=PATH"
        ) from None
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InputError(f"{existing}: cannot write there ({error.strerror}); choose hydra.run.dir=PATH") from None
    if run_record.is_finished(folder) and _left_over(folder) and not in_use(folder):  # killed while it tidied up
        run_record.forget(folder, PARTS, CLAIMS)
    if run_record.unfinished(folder, config):
        return
    for name in (*WRITTEN, *FORECASTED, *SEARCHED, FRONT, PARTS):
        if (folder / name).exists():
            raise InputError(
                f"{folder / name} already exists and is never overwritten; "
                "choose another folder with hydra.run.dir=PATH"
            )


def _left_over(folder: Path) -> bool:
    """Whether a folder holds what only an unfinished run needs."""
    return any(folder.glob(".*.partial")) or any((folder / name).exists() for name in (PARTS, CLAIMS))


def plain(config: DictConfig) -> dict[str, Any]:
    """What results depend on in a configuration, by section."""
    ours = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    given: Any = OmegaConf.to_container(ours, resolve=True)
    return run_record.what_matters(given)


def begin(
    folder: Path,
    config: Mapping[str, Any],
    depends_on: Mapping[str, Any],
    arguments: list[str],
    jobs: Sequence[Mapping[str, Any]] | None,
    console: Told,
) -> None:
    """Record that a run begins, or goes on with what an earlier one left, and begin its log.

    Parameters
    ----------
    folder
        Held by this process.
    config, depends_on
        What results depend on.
    arguments
        Overrides of the command.
    jobs
        Of the run; None where they are not yet known.
    console
        Which says so, and keeps from now on what it says.

    Raises
    ------
    InputError
        If the folder holds a finished run, or one that something else was given to.
    """
    if run_record.claim(folder, config, depends_on, arguments, jobs):
        console.print(f"going on with what an interrupted run left in {folder}", markup=False)
    console.keep(folder, arguments)


def hold(folder: Path) -> None:
    """Keep other processes from writing to `folder` until this one ends.

    Raises
    ------
    InputError
        Where another process holds it, or the folder cannot be made.
    """
    folder = folder.absolute()
    if folder in _held:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=0)
        lock.acquire()
    except Timeout:
        raise InputError(
            f"{folder}: another run is writing there; wait until it has ended, or choose another folder with "
            "hydra.run.dir=PATH"
        ) from None
    except (OSError, NotImplementedError) as error:
        raise InputError(f"{folder}: cannot write there ({error}); choose hydra.run.dir=PATH") from None
    _held[folder] = lock


def in_use(folder: Path) -> bool:
    """Whether a process writes to `folder`."""
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        with lock:
            return False
    except Timeout:
        return True
