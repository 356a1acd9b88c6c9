"""The output folder: names of its files, and checks before anything is written."""

import tempfile
from pathlib import Path

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from contagion.errors import InputError
from contagion.export.files import FOLDER as EXPORT
from contagion.simulation.store import POLYGONS, RESULTS

COMPARISON = "comparison.csv"
RANKING = "ranking.csv"
ROBUSTNESS = "robustness.csv"
SENSITIVITY = "sensitivity.csv"
SCENARIOS = "scenarios.csv"
SCORES = "scores.csv"
SKILL = "skill.csv"
STATEMENTS = "statements.csv"
FORECAST = "forecast.csv"
FIGURES = ("fan.png", "probability.png", "skill.png", "reliability.png")
MAPS = "maps"
REPORT = "report.html"
BATCHES = "batches"


def check_fresh(folder: Path) -> None:
    """Raises InputError where `folder` already holds results or cannot be written to.

    A run in batches that was interrupted may go on: what it left belongs to it.
    """
    unfinished = (folder / BATCHES).is_dir()
    simulated = (RESULTS, POLYGONS, COMPARISON, RANKING, ROBUSTNESS, SENSITIVITY, SCENARIOS, MAPS, REPORT, EXPORT)
    for name in (*simulated, SCORES, SKILL, STATEMENTS, FORECAST, *FIGURES):
        if (folder / name).exists() and not unfinished:
            raise InputError(
                f"{folder / name} already exists and is never overwritten; "
                "choose another folder with hydra.run.dir=PATH"
            )
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InputError(f"{existing}: cannot write there ({error.strerror}); choose hydra.run.dir=PATH") from None


class FreshFolder(Callback):
    """Refuses a used output folder before Hydra writes its own files there.

    Hydra turns exceptions of callbacks into warnings; SystemExit is none and carries the sentence out.
    """

    def on_run_start(self, config: DictConfig, **_: object) -> None:
        """Before a single run."""
        self._check(Path(config.hydra.run.dir))

    def on_multirun_start(self, config: DictConfig, **_: object) -> None:
        """Before a sweep."""
        folder = Path(config.hydra.sweep.dir)
        self._check(folder)
        if folder.exists() and any(folder.iterdir()):
            raise SystemExit(f"{folder} is not empty and nothing in it is overwritten; choose hydra.sweep.dir=PATH")

    @staticmethod
    def _check(folder: Path) -> None:
        try:
            check_fresh(folder)
        except InputError as error:
            raise SystemExit(str(error)) from None
