"""Atomic writes: a file or folder appears under its name only once it is complete."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from contagion.errors import InputError

FLUSHES = 16  # files at a time
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # disk full, user quota exceeded, maximum file size exceeded


@contextmanager
def committed(path: Path) -> Iterator[Path]:
    """Write to a temporary path and rename it to `path` when the block ends without an error.

    The temporary path has the same name and lies in a hidden folder next to `path`. Auxiliary files that libraries
    create while writing go to that folder too and are deleted with it. All that was written is flushed to disk before
    it is renamed, and the name after.

    Raises
    ------
    InputError
        If `path` already exists, its folder is not writable, or the disk is full.
    """
    if path.exists():
        raise InputError(f"{path} already exists and is never overwritten; choose another name or folder")
    with replaced(path) as partial:
        yield partial


def once(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file or folder that is not there yet; what is there is complete."""
    if not path.exists():
        with committed(path) as partial:
            write(partial)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """The same for a file of our own that may exist, which is replaced at once."""
    try:
        hidden = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    except OSError as error:
        raise InputError(f"{path.parent}: cannot write there ({error.strerror}); choose another folder") from None
    partial = hidden / path.name
    try:
        yield partial
        _flush(partial)
        partial.replace(path)
        _flush_one(path.parent)
    except OSError as error:
        if error.errno in FULL:
            raise InputError(f"{path}: no space left on the disk; nothing was kept") from None
        raise
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _flush(path: Path) -> None:
    """Flush a file, or a folder with all that it holds, to disk."""
    if path.is_dir():
        walked = [(Path(folder), names) for folder, _, names in os.walk(path, topdown=False)]
        with ThreadPoolExecutor(FLUSHES) as pool:  # disks write together what is flushed together
            for _ in pool.map(_flush_one, (folder / name for folder, names in walked for name in names)):
                pass
        for folder, _ in walked:
            _flush_one(folder)
    elif path.exists():
        _flush_one(path)


def _flush_one(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
