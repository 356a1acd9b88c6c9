"""Claims of workers on units of work: one file each, that its worker touches as long as it lives.

A claim that nobody touched for a while belongs to a worker that is gone, and is taken over; so does one of a process of
this machine that has ended. Two workers may then work on one unit, where the first was only slow; both compute the
same, and what is complete first stays.
"""

import json
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

CLAIMS = "claims"
LEASE = 60.0  # seconds after which a claim that is not touched has expired


def take(folder: Path, unit: str, lease: float = LEASE) -> Path | None:
    """The claim on a unit, if it is free or its worker is gone."""
    claims = folder / CLAIMS
    claims.mkdir(exist_ok=True)
    path = claims / unit
    if path.exists() and _is_gone(path, lease):
        with suppress(FileNotFoundError):  # another worker was faster
            expired = claims / f".{unit}.{uuid4().hex}"
            path.rename(expired)
            expired.unlink()
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(dict(host=socket.gethostname(), process=os.getpid()), file)
    return path


@contextmanager
def held(claim: Path, lease: float = LEASE) -> Iterator[None]:
    """Touch a claim while the block runs, and give it back after it."""
    ended = threading.Event()

    def touch() -> None:
        while not ended.wait(lease / 6):
            with suppress(FileNotFoundError):
                os.utime(claim)

    thread = threading.Thread(target=touch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        claim.unlink(missing_ok=True)


def holders(folder: Path, lease: float = LEASE) -> dict[str, str]:
    """Who works on which unit."""
    found = {}
    for path in sorted((folder / CLAIMS).glob("[!.]*")):
        if not _is_gone(path, lease) and (worker := _worker(path)):
            found[path.name] = f"process {worker['process']} on {worker['host']}"
    return found


def _is_gone(path: Path, lease: float) -> bool:
    """Whether the worker of a claim has ended, or was not heard of for longer than its lease."""
    worker = _worker(path)
    if worker.get("host") == socket.gethostname():
        try:
            os.kill(worker["process"], 0)
        except ProcessLookupError:
            return True
        except PermissionError:  # of another user, and alive
            pass
    return _age(path) > lease


def _worker(path: Path) -> dict[str, Any]:
    """Host and process of a claim; nothing while it is being written, or given back."""
    try:
        worker = json.loads(path.read_text(encoding="utf-8"))
        host, process = str(worker["host"]), int(worker["process"])
        return dict(host=host, process=process) if 0 < process < 1 << 31 else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _age(path: Path) -> float:
    """Seconds since a claim was touched, by the clock of the disk that it lies on."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".") as now:
            return Path(now.name).stat().st_mtime - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
