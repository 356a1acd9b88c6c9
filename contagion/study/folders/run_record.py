"""What a folder says of its run: what it depends on, whether it is finished, and whether it may go on.

`run.json` is written before the first result and once more after the last. A folder whose record is unfinished belongs
to the command that began it, and to no other.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contagion._util.atomic import replaced
from contagion.errors import InputError

RECORD = "run.json"
FLAGS = ("XLA_FLAGS", "JAX_ENABLE_X64", "JAX_DEFAULT_MATMUL_PRECISION", "JAX_THREEFRY_PARTITIONABLE")
OTHER_FOLDER = "choose another folder with hydra.run.dir=PATH"


def surroundings(inputs: Mapping[str, str], code: Mapping[str, str], revision: str) -> dict[str, Any]:
    """What results depend on beside the configuration.

    Parameters
    ----------
    inputs
        SHA-256 of every input file.
    code
        SHA-256 of the source of the user's own options by name.
    revision
        Of the code of contagion.
    """
    import jax  # late: a folder is checked before anything else is imported

    return dict(
        input=dict(inputs),
        code=dict(code),
        version=f"{version('contagion')} {revision}",
        jax=jax.__version__,
        device=jax.local_devices()[0].device_kind,
        flags={name: os.environ[name] for name in FLAGS if name in os.environ},
    )


def read(folder: Path) -> dict[str, Any] | None:
    """The record of a folder, if it has one.

    Raises
    ------
    InputError
        If it cannot be read as one.
    """
    path = folder / RECORD
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(record["config"], dict)
        assert isinstance(record["depends_on"], dict)
        assert all(isinstance(each, str) for each in record["arguments"])
        assert "finished" in record
    except (OSError, ValueError, TypeError, KeyError, RecursionError, AssertionError) as error:
        raise InputError(f"{path}: is no record of a run ({type(error).__name__}); {OTHER_FOLDER}") from None
    return record


def unfinished(folder: Path, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """The record of an unfinished run of the same configuration in `folder`, if there is one.

    Raises
    ------
    InputError
        If the folder holds a finished run, or an unfinished one with another configuration.
    """
    record = read(folder)
    if record is None:
        return None
    if record["finished"]:
        raise InputError(f"{folder} holds a finished run, which is never overwritten; {OTHER_FOLDER}")
    _same(folder, record["config"], _plain(config))
    return record


def what_matters(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration without what never changes results: the engine, and progress bars."""
    kept = {section: values for section, values in config.items() if section != "engine"}
    if "runtime" in kept:
        kept["runtime"] = {name: value for name, value in kept["runtime"].items() if name != "progress"}
    return kept


def claim(
    folder: Path,
    config: Mapping[str, Any],
    depends_on: Mapping[str, Any],
    arguments: list[str],
    jobs: Sequence[Mapping[str, Any]] | None,
) -> bool:
    """Record that the run begins; whether it goes on with what an earlier one left. `jobs` may be known later.

    Raises
    ------
    InputError
        If the folder holds a finished run, or one that something else was given to.
    """
    if record := unfinished(folder, config):
        _same(folder, record["depends_on"], _plain(depends_on))
        if jobs is None:
            return True
        if record.get("jobs"):
            _same(folder, {"jobs": _matter(record["jobs"])}, {"jobs": _matter(jobs)})
        _write(folder, record | dict(jobs=jobs))  # with the engine of today
        return True
    begun = dict(began=_now(), finished=None, jobs=jobs or [])
    known = dict(config=config, depends_on=depends_on, arguments=arguments, **begun)
    _write(folder, known)
    return False


def _matter(jobs: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [_plain({**job, "config": what_matters(job["config"])}) for job in jobs]


def is_finished(folder: Path) -> bool:
    """Whether a folder has the record of a finished run."""
    return bool((record := read(folder)) and record["finished"])


def finish(folder: Path, failed: Mapping[int, str] | None = None) -> None:
    """Record that all results are written, and why there are none of some jobs."""
    record = read(folder)
    assert record is not None
    _write(folder, record | dict(finished=_now()) | (dict(failed=failed) if failed else {}))


def _same(folder: Path, earlier: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Raise InputError where something else was given to an unfinished run."""
    changed = []
    for key in sorted({*given, *earlier}):
        was, now = earlier.get(key), given.get(key)
        if was != now:
            names = []
            if isinstance(was, dict) and isinstance(now, dict):
                names = sorted(each for each in {*was, *now} if was.get(each) != now.get(each))
            changed.append(f"{key} ({', '.join(names)})" if names else key)
    if changed:
        raise InputError(
            f"{folder}: holds an unfinished run with another {', '.join(changed)}; give the same to go on with it, or "
            f"{OTHER_FOLDER}"
        )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as they come back from a file."""
    return json.loads(json.dumps(values, default=str))


def _write(folder: Path, record: Mapping[str, Any]) -> None:
    with replaced(folder / RECORD) as partial:
        partial.write_text(json.dumps(record, indent=1, default=str), encoding="utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def forget(folder: Path, *names: str) -> None:
    """Remove parts of a run that is complete, and what interruptions left half-written.

    A folder is renamed before it is removed: what has its name is complete.
    """
    for name in names:
        if (folder / name).exists():
            (folder / name).rename(folder / f".{name}.{os.getpid()}.partial")
    for path in folder.glob(".*.partial"):
        shutil.rmtree(path)
