"""The command: polygons to policy maps, wired together. Nothing imports this module."""

import os
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hydra import main as hydra_main
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.console import Console

from contagion._util.language import speaking
from contagion._util.resources import folder
from contagion.errors import InputError
from contagion.study.arguments import check_configurations, prepared, search_of
from contagion.study.own_options import Given, composable, naming, taken_out
from contagion.study.terminal.log import Told
from contagion.study.terminal.mistakes import COMMANDS, check_words, explained, without_names

console = Told(stderr=True, highlight=False)


def run(given: Given) -> None:
    """Compose the configuration and run what it says.

    Parameters
    ----------
    given
        Classes that the user names on the command line.
    """

    @hydra_main(version_base="1.3", config_path=str(folder("conf")), config_name="config")
    def job(config: DictConfig) -> None:
        """One job. A mistake leaves as SystemExit, which Hydra passes on without words of its own."""
        try:
            work(config, given)
        except (InputError, OmegaConfBaseException) as error:
            raise SystemExit(str(error).strip()) from None

    with composable(given.own):
        job()


def work(config: DictConfig, given: Given) -> None:
    """Check what is configured, run it, and write the results.

    Parameters
    ----------
    config
        Configuration as composed.
    given
        Classes that the user names on the command line.

    Raises
    ------
    InputError
        For settings that make no run.
    """
    # Heavy imports wait until the configuration is read: --help and mistakes in it answer at once.
    from contagion.study.folders.output_folder import begin, hold, plain
    from contagion.study.settings import Settings, validate

    target = Path(HydraConfig.get().runtime.output_dir)
    hold(target)
    values: Any = OmegaConf.to_container(config, resolve=True)
    settings: Settings = validate(Settings, values)

    from contagion.simulation.runtime import configure

    console.print(f"running on {configure(settings.runtime.device, settings.runtime.precision)}")

    if settings.task == "forecast":
        from contagion.study.forecast import work as forecasting

        with speaking(settings.language):
            forecasting.run(settings, plain(config), list(HydraConfig.get().overrides.task), target, console)
        return

    from contagion.study import outputs
    from contagion.study.folders import run_record
    from contagion.study.jobs.manifest import written
    from contagion.study.plan import plan
    from contagion.study.run import job_of, simulated
    from contagion.study.terminal.summary import summary

    arguments = list(HydraConfig.get().overrides.task)
    chosen, found = _chosen(arguments), None
    if settings.task == "optimise":
        from contagion.study.optimise import work as searching

        def begun(rivals: Any) -> None:
            begin(target, plain(config), rivals.depends_on, arguments, None, console)

        with speaking(settings.language):
            values, found = searching.run(settings, values, chosen, given.own, begun, target, console)
        settings = validate(Settings, values)
    planned = plan(settings, chosen, given.own, console)
    only = job_of(planned, settings, 0, values, ())
    if found is None:
        begin(target, plain(config), planned.depends_on, arguments, written([only]), console)
    else:
        run_record.claim(target, plain(config), planned.depends_on, arguments, written([only]))
    results = simulated(planned, only, target, settings, given, console)
    table = outputs.write(results, planned, target, console, found)
    with speaking(settings.language):
        console.answer(summary(table))


def sweep(arguments: Sequence[str], given: Given) -> int:
    """Run every combination of what arguments list; returns the exit status."""
    from contagion.study import sweep

    return sweep.run(search_of(arguments), given, _chosen, console)


def _is_sweep(arguments: Sequence[str]) -> bool:
    """Whether arguments ask for a sweep, and not for what Hydra shows of it."""
    shown = ("--help", "--hydra-help", "--cfg", "--info", "--shell-completion", "-h", "-c", "-i")
    return any(each in ("-m", "--multirun") for each in arguments) and not any(
        each.partition("=")[0] in shown for each in arguments
    )


def _chosen(overrides: Iterable[str]) -> list[str]:
    """The parameters that overrides such as `params.retaliation=0.2` name."""
    return [found[1] for found in map(re.compile(r"\+*params\.(\w+)=").match, overrides) if found]


def main() -> None:
    """Entry point. Exit status 0 when done, 2 for a mistake in what was given, 130 when interrupted."""
    if "--version" in sys.argv[1:]:
        print(f"contagion {version('contagion')}")
        return
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors arrive here, to be told in one sentence
    OmegaConf.clear_resolver("oc.env")  # what lies in the environment never reaches a stored configuration
    try:
        sys.exit(_done(sys.argv[1:]))
    except InputError as error:
        _fail(str(error))
    except (HydraException, OmegaConfBaseException) as error:
        _fail(explained(error, sys.argv[1:]))
    except SystemExit as stop:
        if isinstance(stop.code, str):
            _fail(stop.code)
        raise
    except BrokenPipeError:  # whoever read what is printed has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt as stop:
        console.print(str(stop) or "interrupted; nothing was kept", style="red", markup=False)
        sys.exit(130)
    except Exception as fault:
        wrong = without_names(sys.argv[1:]) if isinstance(fault, TypeError | ValueError) else None
        if wrong:
            _fail(f"{wrong}: takes the name of an option, or a list of names")
        console.kept.print(traceback.format_exc(), markup=False, soft_wrap=True)  # Python shows it in the terminal
        raise
    finally:
        console.end()


def _done(arguments: Sequence[str]) -> int:
    """Do what arguments say; returns the exit status."""
    if arguments and arguments[0] in COMMANDS:
        from contagion.study.folders.commands import command

        return command(arguments, Console(highlight=False))
    words = prepared(arguments)
    named, own = taken_out(words)
    check_words(named)
    check_configurations(named)
    sys.argv[1:] = named  # where Hydra reads them
    given = Given(own, naming(words))
    if _is_sweep(named):
        return sweep(named, given)
    run(given)
    return 0


def _fail(message: str) -> None:
    console.print(f"error: {message}", style="red", markup=False)
    sys.exit(2)
