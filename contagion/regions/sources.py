"""Download, verify and cache the public files that regions are built from.

`geodata/<place>/sources.toml` pins the URL and SHA-256 of each file. A file is read from a mirror folder if one is
given, and otherwise downloaded once to the cache folder of the user.
"""

import hashlib
import os
import sys
import time
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs
import pooch

from contagion._util.resources import folder
from contagion.errors import InputError

MIRROR = "CONTAGION_MIRROR"  # environment variable naming the mirror folder
SLOW = 2.0  # seconds after which a download reports its progress


@cache
def catalogue(place: str = "mexico") -> dict[str, dict[str, str]]:
    """Entries of `geodata/<place>/sources.toml` by file name: url, sha256, bytes, licence, content."""
    text = (folder("geodata") / place / "sources.toml").read_text(encoding="utf-8")
    return {entry["name"]: entry for entry in tomllib.loads(text)["file"]}


def hashed(*files: Path) -> dict[str, str]:
    """SHA-256 of each file by its path as given; files shipped with the package by name."""
    ours = folder("geodata"), folder("conf")
    return {
        file.name if any(map(file.is_relative_to, ours)) else str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def cache_folder() -> Path:
    """Folder for downloads and parsed tables; created if it does not exist."""
    path = Path(platformdirs.user_cache_dir("contagion"))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: the cache folder cannot be created ({error}); set XDG_CACHE_HOME") from error
    return path


def fetch(name: str, mirror: str | Path | None = None) -> Path:
    """Path of a verified local copy of the public file `name`.

    Parameters
    ----------
    name
        File name in `sources.toml`.
    mirror
        Folder that holds the raw file, used instead of the network; defaults to the environment variable
        CONTAGION_MIRROR.

    Raises
    ------
    InputError
        If the mirror lacks the file, the SHA-256 differs from the pinned one, or the download fails.
    """
    entry = catalogue()[name]
    chosen = mirror or os.environ.get(MIRROR)
    return _mirrored(entry, Path(chosen)) if chosen else _downloaded(entry)


def _mirrored(entry: dict[str, str], mirror: Path) -> Path:
    path = mirror / entry["name"]
    if not path.is_file():
        raise InputError(
            f"{mirror}: the mirror has no file {entry['name']}; put the one from {entry['url']} there, "
            "or unset region.mirror and CONTAGION_MIRROR to download it"
        )
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != entry["sha256"]:
        raise InputError(
            f"{path}: not the pinned file, SHA-256 {found} found, {entry['sha256']} expected; "
            f"download it again from {entry['url']}"
        )
    return path


def _downloaded(entry: dict[str, str]) -> Path:
    pooch.get_logger().setLevel("WARNING")
    name, url = entry["name"], entry["url"]
    download: Any = pooch.HTTPDownloader(progressbar=_Progress(name), timeout=30)  # pyright: ignore[reportArgumentType]
    try:
        path = pooch.retrieve(url, f"sha256:{entry['sha256']}", name, cache_folder(), downloader=download)
    except OSError as error:
        raise InputError(
            f"{name}: cannot be downloaded from {url} ({error}); without a network, give a folder that "
            "holds the file: region.mirror=PATH"
        ) from error
    except ValueError as error:  # the message of pooch has the expected and the actual hash
        raise InputError(f"{name}: the file at {url} is not the pinned one ({error})") from error
    return Path(path)


class _Progress:
    """Progress of a download on stderr, shown after `SLOW` seconds; implements the interface of pooch."""

    def __init__(self, name: str):
        self.name, self.total, self.done, self.began = name, 0, 0, time.monotonic()

    def update(self, size: int) -> None:
        """Add `size` bytes."""
        self.done += size
        if time.monotonic() - self.began > SLOW:
            print(f"\r{self.name}: {self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB", end="", file=sys.stderr)

    def reset(self) -> None:
        """Start again from zero."""
        self.done = 0

    def close(self) -> None:
        """End the line of progress."""
        if time.monotonic() - self.began > SLOW:
            print(file=sys.stderr)
