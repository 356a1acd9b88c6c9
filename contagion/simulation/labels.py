"""Coordinates and attributes of a Dataset of results: labels of its axes, and where its numbers come from."""

import json
import subprocess
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from contagion._util.language import ENGLISH, catalogue
from contagion.regions.areas import provinces
from contagion.regions.atlas import Atlas
from contagion.simulation.calendar import Period
from contagion.simulation.statistics import STATISTICS

SCHEMATIC = "Schematic: municipal borders and criminal groups are not real"
ASSUMED = catalogue(ENGLISH)["summary.assumed"]


def coordinates(
    atlas: Atlas, times: np.ndarray, bounds: list[tuple[int, int]], replicates: np.ndarray, record: Period
) -> dict[str, Any]:
    """Coordinates of the results of a run by name."""
    places = atlas.polygons
    codes = text(places.index)
    numbers = {
        "population": ("persons", "Residents"),
        "lon": ("degrees_east", "Longitude"),
        "lat": ("degrees_north", "Latitude"),
    }
    return {
        "statistic": ("statistic", text(STATISTICS), dict(long_name="Statistic over replicates")),
        "time": ("time", times, dict(long_name=f"First day of the {record}")),
        "weeks": (
            "time",
            np.array([last - first for first, last in bounds]),
            dict(long_name="Weeks in the period", units="weeks"),
        ),
        "place": ("place", codes, dict(long_name="Municipality code")),
        "code": ("place", codes, dict(long_name="Municipality code")),
        "name": ("place", text(places["name"]), dict(long_name="Name")),
        "state": ("place", text(places["state"]), dict(long_name="Federal state")),
        **{
            key: ("place", places[key].to_numpy(), dict(units=units, long_name=long_name))
            for key, (units, long_name) in numbers.items()
        },
        "province": ("province", text(provinces(places["state"])[0]), dict(long_name="Federal state")),
        "replicate": ("replicate", replicates, dict(long_name="Replicate", units="1")),
        "group": ("group", text(atlas.groups), dict(long_name="Criminal group")),
    }


def text(words: Iterable[str]) -> np.ndarray:
    """Words as Python strings: the store then keeps them in its one type of text of any length."""
    return np.array(list(words), dtype=object)


def described(dataset: xr.Dataset, atlas: Atlas, seed: int, start: date, weeks: int, numbers: str) -> xr.Dataset:
    """Attributes that say where the numbers come from."""
    packages = ("contagion", "jax", "jaxlib", "equinox", "xarray", "numpy")
    dataset.attrs = dict(
        Conventions="CF-1.11",
        title="Homicides and criminal groups under strategies of intervention, simulated",
        region=atlas.name,
        source=atlas.source,
        schematic=int(atlas.schematic),
        note=" ".join((*atlas.notes, ASSUMED)),
        input_hashes=json.dumps(atlas.hashes),
        start=start.isoformat(),
        simulated_weeks=weeks,
        seed=seed,
        parameters=numbers,
        versions=json.dumps({package: version(package) for package in packages}),
        device=", ".join(sorted({device.device_kind for device in jax.local_devices()})),
        git_revision=revision(),
    )
    return dataset


def revision() -> str:
    """The revision of the checkout that the code runs from, or `unknown` for an installed package."""
    checkout = Path(__file__).resolve().parents[2]

    def git(*words: str) -> str:
        command = ["git", "-C", str(checkout), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")).resolve() != checkout:
            return "unknown"  # an installed package inside somebody else's repository
        return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
