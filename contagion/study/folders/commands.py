"""Commands on finished folders: what one says of its run, whether it holds, and several side by side."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from contagion._util.text import printable
from contagion.errors import InputError
from contagion.study.folders import output_folder, run_record
from contagion.study.jobs import claims, manifest

SWEEP = "-m"  # first of the arguments of a sweep
USAGE = {"status": "contagion status FOLDER", "reproduce": "contagion reproduce FOLDER [overrides]"}
ENGINE = re.compile(r"\+*engine[./=]")  # which never changes results
REFUSED = ("-", "hydra", "+hydra", "++hydra", "~hydra")  # beginnings of what no folder may ask for


def command(arguments: Sequence[str], console: Console) -> int:
    """Do what one of the commands beside runs says; returns the exit status.

    Raises
    ------
    InputError
        For a folder without a record, and one whose run cannot be repeated.
    """
    name, *rest = arguments
    if name == "help":
        from contagion.study.terminal.help import help_on  # with JAX, which takes long to import

        console.print(help_on(rest[0] if rest else None))
        return 0
    if name == "compare":
        from contagion.study.folders.compare import compare  # with all that draws

        compare(rest, console)
        return 0
    if not rest or rest[0].startswith("-") or (name == "status" and len(rest) > 1):
        raise InputError(f"{name}: takes a folder: {USAGE[name]}")
    folder = Path(rest[0])
    record = run_record.read(folder)
    if record is None:
        raise InputError(f"{folder}: no {run_record.RECORD} there; give the output folder of a run")
    if name == "status":
        console.print(printable(_status(folder, record)), markup=False)
        return 0
    return _reproduce(folder, record, rest[1:], console)


def _status(folder: Path, record: dict[str, Any]) -> str:
    """What is done, running, failed or interrupted, in words."""
    jobs = manifest.jobs_of(folder)
    holders = claims.holders(folder)
    if record["finished"]:
        state = f"finished {record['finished']}"
    elif output_folder.in_use(folder) or holders:
        state = f"running since {record['began']}"
    else:
        kind = "sweep" if SWEEP in record["arguments"] else "run"
        state = f"interrupted; the same command goes on with it: hydra.{kind}.dir={folder}"
    lines = [f"{folder}: {state}", f"began {record['began']} with {' '.join(record['arguments']) or 'no overrides'}"]
    failed = {int(number): reason for number, reason in record.get("failed", {}).items()}
    if not record["finished"]:
        failed = {job.number: reason for job in jobs if (reason := manifest.failure(folder, job))}
        units = list(manifest.units(jobs, folder))
        left = [unit.job.number for unit in units if not unit.is_done(folder)]
        most = "at most " if any(job.tolerance for job in jobs) else ""
        if len(jobs) > 1:
            lines.append(f"jobs done: {len(jobs) - len(set(left)) - len(failed)} of {len(jobs)}")
        if jobs:
            lines.append(f"chunks done: {len(units) - len(left)} of {most}{len(units)}")
        elif record["config"].get("task") == "optimise":
            kept = folder / manifest.PARTS / manifest.EVALUATIONS
            lines.append(f"plans evaluated: {len(kept.read_bytes().splitlines()) if kept.exists() else 0}")
        else:  # a forecast
            lines.append(f"origins done: {len(list((folder / manifest.PARTS).glob('origin-*')))}")
        lines += [f"  {unit}: {worker}" for unit, worker in holders.items()]
    lines += [f"{jobs[number].described} failed: {reason}" for number, reason in failed.items()]
    written = [
        name
        for name in (*output_folder.WRITTEN, *output_folder.FORECASTED, *output_folder.SEARCHED)
        if (folder / name).exists()
    ]
    lines.append(f"written: {', '.join(written) or 'nothing yet'}")
    return "\n".join(lines)


def _reproduce(folder: Path, record: dict[str, Any], more: Sequence[str], console: Console) -> int:
    """Run a result anew from its record, and compare every number; 0 where all are equal to the bit."""
    if not record["finished"]:
        raise InputError(f"{folder}: the run is not finished; `contagion status {folder}` says what is done")
    code = record["depends_on"].get("code", {})
    if code and not more:
        names = ", ".join(code)
        raise InputError(
            f"{folder}: the run used code of its user ({names}), which no folder may name; give it again, such as "
            f"contagion reproduce {folder} intervention=[./mine.py:{next(iter(code))}]"
        )
    given = {each.partition("=")[0].lstrip("+") for each in more}
    asked = [each for each in record["arguments"] if each != SWEEP and not ENGINE.match(each)]
    kept = [each for each in asked if each.partition("=")[0].lstrip("+") not in given]
    for each in kept:
        if not isinstance(each, str) or each.startswith(REFUSED):
            raise InputError(f"{folder}: its record asks for {each!r}, which no record may")
    with tempfile.TemporaryDirectory(prefix="contagion-") as there:
        where = [f"hydra.run.dir={there}/again", "export=[]"]
        if SWEEP in record["arguments"]:
            where = [SWEEP, f"hydra.sweep.dir={there}/again"]
        words = [sys.executable, "-m", "contagion", *kept, *more, *where]
        run = subprocess.run(words, check=False)
        if run.returncode:
            raise InputError(f"{folder}: the run could not be repeated, as said above")
        again = run_record.read(Path(there) / "again")
        assert again is not None
        for name in sorted(set(record["depends_on"]) | set(again["depends_on"])):
            was, now = record["depends_on"].get(name), again["depends_on"].get(name)
            if was != now:
                console.print(f"{name} differs: {json.dumps(was)} then, {json.dumps(now)} now", markup=False)
        equal = compared(folder, Path(there) / "again")
    unequal = [name for name, is_equal in equal.items() if not is_equal]
    if unequal:
        console.print(f"not equal: {', '.join(unequal)} of {len(equal)} variables", style="red", markup=False)
        return 1
    console.print(f"equal to the bit: {len(equal)} variables of {folder}", markup=False)
    return 0


def compared(folder: Path, other: Path) -> dict[str, bool]:
    """Whether each variable of two folders is equal to the bit, or of forecasts each table."""
    from contagion.simulation.store import RESULTS, open_results

    if not (folder / RESULTS).exists():
        tables = [name for name in output_folder.FORECASTED if name.endswith(".csv")]
        return {name: (folder / name).read_bytes() == (other / name).read_bytes() for name in tables}
    first, second = open_results(folder, verify=True), open_results(other, verify=True)
    names = sorted(map(str, {*first.variables, *second.variables}))
    return {name: _same(first, second, name) for name in names}


def _same(one: Any, other: Any, name: str) -> bool:
    """Whether a variable is in both and has the same values, missing ones included."""
    if name not in one.variables or name not in other.variables:
        return False
    return bool(one.variables[name].equals(other.variables[name]))
