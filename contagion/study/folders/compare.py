"""`contagion compare RUN RUN ...`: finished runs and sweeps side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from rich.console import Console
from rich.text import Text
from xarray import Dataset

from contagion._util.atomic import committed
from contagion._util.nested import by_dotted_key
from contagion._util.text import enumerated, first_few, number, printable
from contagion.analysis import comparison
from contagion.analysis.metrics import OUTCOMES
from contagion.analysis.paired import known_mean, paired_difference
from contagion.analysis.unpaired import unpaired_difference
from contagion.errors import InputError
from contagion.plots.effects_by_job import effects_by_job
from contagion.plots.style import save
from contagion.simulation import labels, sweeps
from contagion.simulation.store import open_results
from contagion.study.folders import run_record
from contagion.study.folders.output_folder import COMPARISON, CURVES, FORECAST
from contagion.study.strategy_files import check_yaml
from contagion.study.terminal.summary import Named

USAGE = "contagion compare RUN RUN ... [--output FOLDER]"
OUTPUT = "--output"
SHOWN = ("figures", "export", "output", "ensemble.batch", "ensemble.chunk_size", "region.mirror")  # change no results
OPTIONS = ("strategies", "intervention")  # of which a run may have others: those are rows, and no keys
COLUMNS = ("from_first", "from_first_low", "from_first_high", "from_first_percent", "from_first_verdict", "pairs")


@dataclass(frozen=True)
class Run:
    """One of the runs.

    Attributes
    ----------
    name
        Folder as it was given, and job of a sweep.
    results
        In memory, without maps of every period.
    config
        Values by key, written with dots.
    random
        What decides the random numbers of a replicate.
    facts
        What all runs share, by what it is.
    """

    name: str
    results: Dataset
    config: Mapping[str, Any]
    random: tuple[Any, ...]
    facts: Mapping[str, Any]


def compare(words: Sequence[str], console: Console) -> None:
    """Compare runs: a table in the terminal and, with `--output`, a table and a figure in a new folder.

    Parameters
    ----------
    words
        Folders, and `--output FOLDER`.
    console
        Where to show the table.

    Raises
    ------
    InputError
        For folders without finished results, runs that cannot be compared, and a folder that exists.
    """
    folders, output = _read(words)
    runs = [run for folder in folders for run in _runs_of(folder)]
    if len(runs) < 2:
        raise InputError(f"compare: {folders[0]} holds one run; give two or more: {USAGE}")
    _check_alike(runs)
    differing = _differing([run.config for run in runs])
    named = differing if _tell_apart(differing) else {"run": [run.name for run in runs], **differing}
    together = sweeps.together({at: run.results for at, run in enumerate(runs)}, named)
    table = comparison.compare_jobs(together).merge(_from_first(runs), "left", ["job", "strategy", "outcome"])
    table = table.fillna({"from_first_verdict": "", "pairs": ""})
    if "run" not in table:
        table.insert(1, "run", [runs[job].name for job in table["job"]])
    for shown in _shown(runs, differing, table):
        console.print(shown)
    if output is None:
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output.parent}: no folder can be there ({error.strerror}); choose another") from None
    made = [COMPARISON]
    with committed(output) as partial:
        partial.mkdir()
        comparison.write(table, partial / COMPARISON)
        if together.sizes["strategy"] > 1:
            save(effects_by_job(together, table), [partial / CURVES])
            made.append(CURVES)
    console.print(Text(f"{enumerated(made)} in {output}"))


def _read(words: Sequence[str]) -> tuple[list[Path], Path | None]:
    """Folders of runs, and that of the output."""
    rest = [part for word in words for part in (word.split("=", 1) if word.startswith(f"{OUTPUT}=") else [word])]
    output = None
    if OUTPUT in rest:
        at = rest.index(OUTPUT)
        if at + 1 == len(rest):
            raise InputError(f"compare: {OUTPUT} takes a folder that does not exist yet: {USAGE}")
        output = Path(rest.pop(at + 1))
        rest.pop(at)
    if unknown := [word for word in rest if word.startswith("-")]:
        raise InputError(f"compare: {unknown[0]}: no such option: {USAGE}")
    if not rest:
        raise InputError(f"compare: takes folders of runs: {USAGE}")
    where = [Path(word).resolve() for word in rest]
    if twice := [word for word, path in zip(rest, where, strict=True) if where.count(path) > 1]:
        raise InputError(f"compare: {twice[0]} is given twice")
    if output is not None and output.exists():
        raise InputError(f"{output} already exists and is never overwritten; choose another folder with {OUTPUT}")
    return [Path(word) for word in rest], output


def _runs_of(folder: Path) -> list[Run]:
    """The run of a folder, or the jobs of a sweep."""
    if (folder / FORECAST).exists():
        raise InputError(f"{folder}: holds a forecast, which has no strategies to compare")
    record = run_record.read(folder)
    if record is not None and not record["finished"]:
        raise InputError(f"{folder}: the run is not finished; `contagion status {folder}` says what is done")
    stored = open_results(folder)
    try:
        # Outcomes are numbers of replicates: maps of every period are left where they are.
        results = stored.drop_vars([name for name, each in stored.items() if {"place", "time"} <= {*each.dims}]).load()
        jobs = sweeps.jobs_of(results) if "job" in results.dims else {None: results}
        return [_run(str(folder) if at is None else f"{folder} job {at}", job) for at, job in jobs.items()]
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{folder}: its results are not as contagion writes them ({type(error).__name__})") from None


def _run(name: str, results: Dataset) -> Run:
    """A run with its configuration, of which there is none where it was saved from Python."""
    attributes = {key: printable(value) if isinstance(value, str) else value for key, value in results.attrs.items()}
    names = [printable(str(strategy)) for strategy in results["strategy"].values]
    results = results.assign_coords(strategy=labels.text(names)).assign_attrs(attributes)
    text = str(attributes.get("config", "{}"))  # in which a key may still be written with an escape
    check_yaml(text, name)
    config = by_dotted_key(run_record.what_matters(yaml.safe_load(text)))
    facts = {
        "another region": str(attributes["region"]),
        "other places": results["code"].to_numpy(),
        "another start": str(attributes["start"]),
        "another number of weeks": int(attributes["simulated_weeks"]),
        "other periods (record)": results["time"].to_numpy(),
        "another first strategy, which changes are from,": names[0],
    }
    generator = config.get("ensemble.generator"), config.get("ensemble.deterministic")
    return Run(name, results, config, (int(attributes["seed"]), *generator), facts)


def _check_alike(runs: Sequence[Run]) -> None:
    """Raise InputError where runs have other places, another time or another first strategy than the first one."""
    first = runs[0]
    for run in runs[1:]:
        for what, value in first.facts.items():
            if not np.array_equal(value, run.facts[what]):
                values = "" if np.ndim(value) else f" ({run.facts[what]} and {value})"
                raise InputError(f"{run.name}: has {what} than {first.name}{values}; runs must share it")


def _differing(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Values that differ between runs by key, one per run."""
    known = list(dict.fromkeys(key for config in configs for key in config))
    shared = {key for key in known if all(key in config for config in configs)}
    drawn = any(config.get("ensemble.priors") for config in configs)
    chosen = any(key.startswith("intervention.") for key in known)  # in place of the strategies
    found = {}
    for key in known:
        section = key.partition(".")[0]
        ours = key in shared or section not in OPTIONS
        idle = key in SHOWN or (section == "priors" and not drawn) or (section == "strategies" and chosen)
        values = [config.get(key) for config in configs]
        if ours and not idle and any(value != values[0] for value in values):
            found[printable(key)] = [value if _is_number(value) else printable(str(value)) for value in values]
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tell_apart(differing: Mapping[str, Sequence[Any]]) -> bool:
    """Whether what differs is different for each run."""
    rows = list(zip(*differing.values(), strict=True))
    return bool(rows) and len(set(rows)) == len(rows)


def _from_first(runs: Sequence[Run]) -> pd.DataFrame:
    """Strategies of each other run against those of the same name in the first one."""
    before = {name: outcome.of(runs[0].results) for name, outcome in OUTCOMES.items() if not outcome.censored}
    rows = []
    for at, run in enumerate(runs[1:], 1):
        paired = run.random == runs[0].random
        for name, others in before.items():  # times that may not be seen have no mean
            values = OUTCOMES[name].of(run.results)
            for strategy in np.intersect1d(values["strategy"], others["strategy"]):
                ours, theirs = (each.sel(strategy=strategy) for each in (values, others))
                found = _difference(ours, theirs, OUTCOMES[name].worse, paired)
                rows.append(dict(job=at, strategy=strategy, outcome=name) | found)
    return pd.DataFrame(rows, columns=["job", "strategy", "outcome", *COLUMNS])


def _difference(values: Any, other: Any, worse: int, paired: bool) -> dict[str, Any]:
    """The difference of an outcome from that in the first run."""
    if paired:  # in the replicates that both have
        shared = np.intersect1d(values["replicate"], other["replicate"])
        values, other = values.sel(replicate=shared), other.sel(replicate=shared)
    ours, theirs = (each.to_numpy().astype(np.float64) for each in (values, other))
    found = (paired_difference if paired else unpaired_difference)(ours, theirs, worse)
    usual = known_mean(theirs)
    percent = 100 * found.mean / usual if usual else np.nan
    pairs = "paired" if paired else "unpaired"
    return dict(zip(COLUMNS, (found.mean, found.low, found.high, percent, found.verdict, pairs), strict=True))


def _shown(runs: Sequence[Run], differing: Mapping[str, Sequence[Any]], table: pd.DataFrame) -> Iterable[Any]:
    """The comparison in homicides for the terminal."""
    attributes = runs[0].results.attrs
    weeks, start = attributes["simulated_weeks"], attributes["start"]
    yield Text(printable(f"{len(runs)} runs of {attributes['region']}, {weeks} weeks from {start}"))
    for at, run in enumerate(runs):
        own = [f"{key}={values[at]}" for key, values in differing.items()]
        yield Text(printable(f"  {at}  {run.name}  {' '.join(own)}".rstrip()))
    others = [str(at) for at, run in enumerate(runs) if run.random != runs[0].random]
    if len(others) < len(runs) - 1:
        yield Text("Paired with run 0, replicate by replicate: same seed and random numbers.")
    if others:
        which = f"run {others[0]}" if len(others) == 1 else f"runs {first_few(others)}"
        yield Text(f"Not paired with run 0, so that differences are less sure: {which}, of another seed or generator.")
    first = runs[0].results["strategy"].values[0]
    yield Text(f"Homicides over the run; change from {first} of the same run, and from run 0, in %\n")
    homicides = table[table["outcome"] == "homicides"]
    order = {name: at for at, name in enumerate(dict.fromkeys(homicides["strategy"]))}
    rows: list[Any] = list(homicides.itertuples())
    rows.sort(key=lambda row: (order[row.strategy], row.job))
    yield Named(
        "strategy",
        [row.strategy for row in rows],
        ["run", "homicides", "change", "verdict", "from 0", "verdict"],
        [_cells(row) for row in rows],
        [False, False, False, True, False, True],
    )
    yield Text(f"\nVerdicts rest on 90 % confidence intervals of mean differences.\n{labels.ASSUMED}")


def _cells(row: Any) -> list[str]:
    """Cells of a row of the table in the terminal; empty where there is nothing to compare with."""
    change = number(row.difference_percent, 2, "+") if row.verdict else ""
    other = number(row.from_first_percent, 2, "+") if row.pairs else ""
    return [str(row.job), number(row.mean, 0), change, row.verdict, other, row.from_first_verdict]
