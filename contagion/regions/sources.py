"""Fetch, verify and cache the public files that regions are built from.

`geodata/<place>/sources.toml` pins each file's address and SHA-256. A file is taken from a mirror
folder when one is given, otherwise downloaded once into the user's cache.
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
SLOW = 2.0  # seconds after which a download says how far it is


@cache
def catalogue(place: str = "mexico") -> dict[str, dict[str, str]]:
    """The entries of `geodata/<place>/sources.toml` by file name: url, sha256, bytes, licence, content."""
    text = (folder("geodata") / place / "sources.toml").read_text(encoding="utf-8")
    return {entry["name"]: entry for entry in tomllib.loads(text)["file"]}


def hashed(*files: Path) -> dict[str, str]:
    """The SHA-256 of each file, by its path as given; files of the project by their names."""
    ours = folder("geodata")
    return {
        file.name if file.is_relative_to(ours) else str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def cache_folder() -> Path:
    """Where downloads and parsed tables are kept; created when absent."""
    path = Path(platformdirs.user_cache_dir("contagion"))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The cache folder {path} cannot be created ({error}); set XDG_CACHE_HOME.") from error
    return path


def fetch(name: str, mirror: str | Path | None = None) -> Path:
    """The verified local copy of the public file `name`.

    **Arguments:** `mirror` a folder that holds the raw file, taken instead of the network; without it
    the environment variable CONTAGION_MIRROR names one.

    **Raises:** `InputError` when the mirror lacks the file, when its SHA-256 is not the pinned one, or
    when it can be neither found nor downloaded.
    """
    entry = catalogue()[name]
    chosen = mirror or os.environ.get(MIRROR)
    return _mirrored(entry, Path(chosen)) if chosen else _downloaded(entry)


def _mirrored(entry: dict[str, str], mirror: Path) -> Path:
    path = mirror / entry["name"]
    if not path.is_file():
        raise InputError(
            f"The mirror {mirror} has no file {entry['name']}; put the one from {entry['url']} there, "
            "or unset region.mirror and CONTAGION_MIRROR to download it."
        )
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != entry["sha256"]:
        raise InputError(
            f"{path} is not the pinned file: SHA-256 {found} found, {entry['sha256']} expected; "
            f"get it again from {entry['url']}."
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
            f"{name} cannot be downloaded from {url} ({error}). Without a network, name a folder that "
            "holds the file: region.mirror=PATH."
        ) from error
    except ValueError as error:  # pooch names the expected and the found hash
        raise InputError(f"{name} from {url} is not the pinned file: {error}") from error
    return Path(path)


class _Progress:
    """How far a download is, on stderr, once it has taken longer than `SLOW` seconds (pooch's interface)."""

    def __init__(self, name: str):
        self.name, self.total, self.done, self.began = name, 0, 0, time.monotonic()

    def update(self, size: int) -> None:
        self.done += size
        if time.monotonic() - self.began > SLOW:
            print(f"\r{self.name}: {self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB", end="", file=sys.stderr)

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        if time.monotonic() - self.began > SLOW:
            print(file=sys.stderr)
