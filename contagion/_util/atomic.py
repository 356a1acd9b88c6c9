"""Files and folders that show only once they are whole."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contagion.errors import InputError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # of the disk, of what a user may fill, of what a file may hold


@contextmanager
def committed(path: Path) -> Iterator[Path]:
    """A path of the same name in a hidden folder beside `path`, which takes its place only once everything was written.

    The folder also takes what libraries put beside a file while they write, and goes with it. A file is on the disk
    before it takes its name.

    **Raises:** InputError where `path` exists already, its folder cannot be written to, or the disk is full.
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
