"""Arguments of the command, before Hydra reads them.

Paths as they are, the region that they imply, and folders of configurations that somebody else may have written.
"""

import re
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra import compose, initialize, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from contagion._util.resources import folder
from contagion.errors import InputError
from contagion.study.strategy_files import checked, overrides_of

PATH = re.compile(
    r"(?P<key>\+{0,2}(?:region\.(?:path|counts|record|presence|roads|areas|rivalry|mirror)|params\.posterior"
    r"|hydra\.(?:run|sweep)\.dir))=(?P<path>[^'\"].*)",
    re.DOTALL,
)


# What Hydra runs, reads from the environment, or writes where it says: the command line may set it, a file may not.
HYDRA_OWN = ("callbacks", "job_logging", "hydra_logging", "launcher", "sweeper", "output_subdir", "job.env_set")
HYDRA_OWN += ("job.env_copy", "job.chdir", "job.config", "searchpath")
ELSEWHERE = ("scheduler", "cluster", "parameters")  # of an engine: other machines, and what is run there


def prepared(arguments: Sequence[str]) -> list[str]:
    """Arguments with paths in quotes where Hydra's grammar needs them, strategies of files, and `region=file`.

    A polygon file (`region.path`) is read by one kind of region alone, which it implies.
    """
    given = [_quoted(each) for argument in arguments for each in overrides_of(argument)]
    chosen = any(re.match(r"\+{0,2}(region|experiment)(@[\w.:]+)?=", argument) for argument in given)
    if not chosen and any(re.match(r"\+{0,2}region\.path=", argument) for argument in given):
        given.insert(0, "region=file")
    return given


def _quoted(argument: str) -> str:
    """A path that may hold brackets, blanks or ~, which mean something else to Hydra."""
    found = PATH.fullmatch(argument)
    if not found:
        return argument
    try:
        OverridesParser.create().parse_override(argument)
    except HydraException:
        # A backslash counts as one unless it stands before a quote.
        path = re.sub(r"(\\*)'", r"\1\1\\'", found["path"])
        path += "\\" * (len(path) - len(path.rstrip("\\")))
        return f"{found['key']}='{path}'"
    return argument


def choices(arguments: Sequence[str]) -> list[str]:
    """Arguments that choose an option of a group, such as region=mexico."""
    one, several = r"(region|params|priors|strategies|experiment|engine)=\w+", r"(intervention|driver)=(\w+|\[[\w,]*\])"
    return [each for each in arguments if re.fullmatch(f"{one}|{several}", each)]


@dataclass(frozen=True)
class Search:
    """Where configurations are looked for, and what is chosen and changed in them."""

    folders: tuple[str, ...]  # that the command line names
    path: str
    name: str
    searched: tuple[str, ...]
    overrides: tuple[str, ...]

    def composed(self, overrides: Sequence[str]) -> DictConfig:
        """A configuration with that of Hydra in it."""
        return _composed(self.path, self.name, [*overrides, *self.searched])


def search_of(arguments: Sequence[str]) -> Search:
    """What arguments say of where configurations are."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config-dir", "-cd")
    parser.add_argument("--config-path", "-cp")
    parser.add_argument("--config-name", "-cn", default="config")
    given, rest = parser.parse_known_args(arguments)
    there = tuple(str(Path(path).absolute()) for path in (given.config_dir, given.config_path) if path)
    return Search(
        folders=there,
        path=there[-1] if given.config_path else str(folder("conf")),
        name=given.config_name,
        searched=(f"hydra.searchpath=[file://{there[0]}]",) if given.config_dir else (),
        overrides=tuple(each for each in rest if not each.startswith("-")),
    )


def check_configurations(arguments: Sequence[str]) -> None:
    """Check folders that --config-dir or --config-path name, before Hydra acts on what their files say of itself.

    Raises
    ------
    InputError
        Where a file is too large or uses aliases, by which a few lines become gigabytes, or where files set what runs
        code, writes elsewhere, reads the environment (`HYDRA_OWN`), or reaches other machines (`engine`).
    """
    search = search_of(arguments)
    if not search.folders:
        return
    there = ", ".join(search.folders)
    for file in (file for path in search.folders for file in Path(path).rglob("*.yaml")):
        checked(file, "configuration")
    # A sweep is composed once more for each of its jobs, whose choices are those of all.
    overrides = [each for each in search.overrides if not _sweeps(each)]
    of_hydra = [each for each in overrides if re.match(r"[+~]*(hydra|engine)[@./=]", each)]
    try:
        theirs = search.composed(overrides)
        ours = _composed(str(folder("conf")), "config", of_hydra)
        with initialize(version_base="1.3", config_path=None):
            plain = compose(overrides=[each for each in of_hydra if "engine" not in each], return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, OSError, ValueError):
        return  # which Hydra says itself, and better
    except KeyError as variable:  # of the environment, where it is not set
        message = f"a file sets hydra.job.env_copy ({variable}), which only the command line may do"
        raise InputError(f"{there}: {message}") from None
    for key in HYDRA_OWN:
        *usual, now = (OmegaConf.select(config.hydra, key) for config in (ours, plain, theirs))
        if now not in usual and not (key == "searchpath" and search.searched):
            raise InputError(f"{there}: a file sets hydra.{key}, which only the command line may do")
    for key in ("kind", *ELSEWHERE):
        if OmegaConf.select(theirs, f"engine.{key}") != OmegaConf.select(ours, f"engine.{key}"):
            raise InputError(f"{there}: a file sets engine.{key}, which only the command line may do")


def _sweeps(argument: str) -> bool:
    try:
        return OverridesParser.create().parse_override(argument).is_sweep_override()
    except HydraException:
        return False


def _composed(path: str, name: str, overrides: list[str]) -> DictConfig:
    with initialize_config_dir(path, version_base="1.3"):
        return compose(name, overrides, return_hydra_config=True)
