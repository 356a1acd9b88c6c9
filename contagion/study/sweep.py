"""A sweep: one run of several jobs, with one store of results, one table and one figure."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.console import Console
from xarray import Dataset

from contagion.errors import InputError
from contagion.simulation.runtime import configure
from contagion.study import outputs
from contagion.study.arguments import Search
from contagion.study.folders.output_folder import begin, check_fresh, hold
from contagion.study.jobs import engines, manifest
from contagion.study.jobs.manifest import Job
from contagion.study.own_options import Given, composable
from contagion.study.plan import Plan, plan
from contagion.study.run import gathered, job_of
from contagion.study.settings import Settings, validate
from contagion.study.terminal.log import Told
from contagion.study.terminal.mistakes import explained

MOST_FAULTS = 8  # told at once
REFUSED = ("launcher", "sweeper")  # of Hydra's groups


@dataclass(frozen=True)
class Sweep:
    """Jobs that are checked, before the first begins."""

    jobs: list[Job]
    settings: Settings  # of the first job: all have one engine, device and precision
    first: Plan
    varied: Mapping[str, list[Any]]  # values by key, one per job
    depends_on: Mapping[str, Any]


Chosen = Callable[[Sequence[str]], list[str]]


def run(search: Search, given: Given, chosen: Chosen, console: Told) -> int:
    """Run every combination of what overrides vary; returns the exit status, 1 where a job failed.

    Parameters
    ----------
    search
        Where configurations are, and the overrides.
    given
        Classes of the user's own.
    chosen
        Function that returns the parameters which overrides name.
    console
        Where to say how far it is.

    Raises
    ------
    InputError
        Before the first job, for every job that makes no run; and where the folder is taken.
    """
    for group in REFUSED:
        if any(each.lstrip("+").startswith(f"hydra/{group}=") for each in search.overrides):
            raise InputError(
                f"hydra/{group}: a sweep runs every combination, by the workers of engine=local, dask, slurm or ray"
            )
    with composable(given.own):
        base = search.composed([each for each in search.overrides if each.lstrip("+~").startswith("hydra.")])
        target = Path(str(base.hydra.sweep.dir))
        in_files = [f"{key}={value}" for key, value in (base.hydra.sweeper.get("params") or {}).items()]
        overrides = [each for each in search.overrides if not each.lstrip("+~").startswith("hydra.")]
        jobs = combinations([*in_files, *overrides])
        console.print(f"running on {_configured(search, jobs[0])}")
        shown = {"jobs": [" ".join(job) for job in jobs]}
        check_fresh(target, shown)
        hold(target)
        sweep = checked(jobs, search, given, chosen, console)
    arguments = ["-m", *in_files, *overrides]
    begin(target, shown, sweep.depends_on, arguments, manifest.written(sweep.jobs), console)
    console.print(f"{len(jobs)} jobs over {', '.join(sweep.varied) or 'nothing'}", markup=False)
    try:
        engines.start(sweep.settings.engine, target, sweep.jobs, given.words, given.own, console)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; completed chunks are in {target}: the same command with hydra.sweep.dir={target} resumes"
        ) from None
    return _finish(sweep, target, console)


def _configured(search: Search, overrides: Sequence[str]) -> str:
    """Select the device and the precision of the first job, which are those of all; says what runs where."""
    with initialize_config_dir(search.path, version_base="1.3"):
        runtime = compose(search.name, [*overrides, *search.searched]).runtime
    engines.spare_gpus()
    return configure(runtime.device, runtime.precision)


def combinations(overrides: Sequence[str]) -> list[list[str]]:
    """Every combination of the values that overrides list.

    Raises
    ------
    InputError
        For an interval, of which there are not all values.
    """
    choices = []
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        if not override.is_sweep_override():
            choices.append([override.input_line])
        elif override.is_discrete_sweep():
            choices.append([f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()])
        else:
            raise InputError(
                f"{override.input_line}: a sweep runs listed values, such as {override.key_or_group}=1,2,3"
            )
    return [list(each) for each in itertools.product(*choices)]


def checked(jobs: Sequence[Sequence[str]], search: Search, given: Given, chosen: Chosen, console: Console) -> Sweep:
    """Compose and load every job.

    Raises
    ------
    InputError
        With a sentence for each job that makes no run.
    """
    varying = [index for index, each in enumerate(zip(*jobs, strict=True)) if len(set(each)) > 1]
    found: list[Job] = []
    faults: list[str] = []
    inputs: dict[str, set[str]] = {}
    first: tuple[Plan, Settings] | None = None
    varied: dict[str, list[Any]] = {}
    quiet = Console(quiet=True)
    with initialize_config_dir(search.path, version_base="1.3"), console.status("checking all jobs"):
        for number, overrides in enumerate(jobs):
            words = [overrides[index] for index in varying]
            try:
                config: Any = OmegaConf.to_container(compose(search.name, [*overrides, *search.searched]), resolve=True)
                settings: Settings = validate(Settings, config)
                if settings.task != "simulate":
                    raise InputError(f"task={settings.task}: is not swept; run one for each region or budget")
                planned = plan(settings, chosen(overrides), given.own, quiet if number else console)
                first = first or (planned, settings)
                _check_shared(planned, settings, *first)
                found.append(job_of(planned, settings, number, config, words))
            except (InputError, HydraException, OmegaConfBaseException) as error:
                reason = str(error) if isinstance(error, InputError) else explained(error, overrides)
                faults.append(f"job {number} ({' '.join(words)}): {reason}")
                continue
            for name, digest in planned.depends_on["input"].items():
                inputs.setdefault(name, set()).add(digest)
            for key, value in _values(words).items():
                varied.setdefault(key, []).append(value)
    if faults or first is None:
        more = f"\nand {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise InputError("\n".join(faults[:MOST_FAULTS]) + more)
    depends_on = {**first[0].depends_on, "input": {name: ", ".join(sorted(each)) for name, each in inputs.items()}}
    return Sweep(found, first[1], first[0], varied, depends_on)


def _check_shared(planned: Plan, settings: Settings, first: Plan, settings_of_first: Settings) -> None:
    """Raise InputError where a job has other places than the first, or runs in another way."""
    if not planned.atlas.polygons.geometry.to_wkb().equals(first.atlas.polygons.geometry.to_wkb()):
        raise InputError("has other places than the first job; a sweep shares its places: run one for each region")
    for name in ("runtime", "engine"):
        if getattr(settings, name) != getattr(settings_of_first, name):
            raise InputError(f"{name} differs from that of the first job; a sweep has one")


def _values(words: Sequence[str]) -> dict[str, Any]:
    """What overrides set, numbers as numbers."""
    found = {}
    for each in OverridesParser.create().parse_overrides(list(words)):
        value = each.value()
        number = isinstance(value, int | float)
        found[each.get_key_element().lstrip("+")] = value if number else each.get_value_element_as_str()
    return found


def _finish(sweep: Sweep, target: Path, console: Console) -> int:
    """Write what the jobs that did not fail gave, and say which failed."""
    failed = {job.number: reason for job in sweep.jobs if (reason := manifest.failure(target, job))}
    done = [job for job in sweep.jobs if job.number not in failed]
    for number, reason in failed.items():
        console.print(f"{sweep.jobs[number].described} failed: {reason}", style="red", markup=False)
    if not done:
        raise InputError(f"{target}: every job failed, as said above; nothing is written")
    results: dict[int, Dataset] = {job.number: gathered(job, target) for job in done}
    varied = {key: [values[number] for number in results] for key, values in sweep.varied.items()}
    outputs.write_sweep(results, varied, failed, sweep.first, target, console)
    return 1 if failed else 0
