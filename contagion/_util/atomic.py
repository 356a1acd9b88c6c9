"""Atomic writes: a file or folder appears under its name only once it is complete."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contagion.errors import InputError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # disk full, user quota exceeded, maximum file size exceeded


@contextmanager
def committed(path: Path) -> Iterator[Path]:
    """Write to a temporary path and rename it to `path` when the block ends without an error.

    The temporary path has the same name and lies in a hidden folder next to `path`. Auxiliary files that libraries
    create while writing go to that folder too and are deleted with it. A file is flushed to disk before it is renamed.

    Raises
    ------
    InputError
        If `path` already exists, its folder is not writable, or the disk is full.
    """
    if path.exists():
        raise InputError(f"{path} already exists and is never overwritten; choose another name or folder")
    try:
        hidden = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    except OSError as error:
        raise InputError(f"{path.parent}: cannot write there ({error.strerror}); choose another folder") from None
    partial = hidden / path.name
    try:
        yield partial
        if partial.is_file():
            with partial.open("rb") as file:
                os.fsync(file.fileno())
        partial.rename(path)
    except OSError as error:
        if error.errno in FULL:
            raise InputError(f"{path}: no space left on the disk; nothing was kept") from None
        raise
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
