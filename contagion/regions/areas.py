"""Areas of a region in which interventions act: given with the region, or built from its outlines."""

import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import cache, partial
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contagion.errors import InputError, nearest
from contagion.kernel.intervention import Intervention, parts
from contagion.kernel.region import Region
from contagion.regions.atlas import Atlas
from contagion.regions.neighbours import adjacency

DEPLOYMENT = "deployment_regions"  # area that is built if the region does not define it
ONE_REGION, ONE_PLACE = "deployment_region", "place_"  # of areas named by a number, or by the code of a place
UNNAMED = "no province named"
UNITS = ("provinces", "deployment_regions", "places")  # that divide a region
REGIONS = 266  # of the National Guard in Mexico (Felbab-Brown 2019)


def with_areas(atlas: Atlas, options: Iterable[Intervention]) -> Region:
    """The region of an atlas with every area and every group named by `options`.

    Areas are those of the region, its federal states, and deployment regions.

    Raises
    ------
    InputError
        If an option names an unknown area or group.
    """
    areas: dict[str, Any] = dict(atlas.region.areas)
    states = state_areas(atlas)
    slots: dict[str, Any] = {}
    regions = cache(partial(deployment_regions, atlas.region))  # clustered once, if at all
    for option in chain.from_iterable(map(parts, options)):
        for field in fields(option):
            if "named" in field.metadata:
                slots |= _slots(atlas, getattr(option, field.name), f"{type(option).__name__}.{field.name}")
            for name in _names(option, field):
                if name not in areas:
                    areas[name] = _area(atlas, name, states, regions, f"{type(option).__name__}.{field.name}")
                if field.metadata["districts"]:
                    areas[name] = np.unique(areas[name], return_inverse=True)[1].astype(float)
    return replace(atlas.region, areas=areas, slots=slots)


def units_of(atlas: Atlas, kind: str) -> dict[str, NDArray]:
    """Areas of a kind that divide a region, by name: provinces, deployment regions or places; 1 inside, else 0.

    Raises
    ------
    InputError
        For an unknown kind.
    """
    if kind == "provinces":
        return state_areas(atlas)
    if kind == "deployment_regions":
        numbers = deployment_regions(atlas.region)
        return {f"{ONE_REGION}_{number:.0f}": (numbers == number).astype(float) for number in np.unique(numbers)}
    if kind == "places":
        names = [f"{ONE_PLACE}{code}" for code in atlas.polygons.index.astype(str)]
        return dict(zip(names, np.eye(len(names)), strict=True))
    raise InputError(f"units={kind!r}: must be one of {', '.join(UNITS)}")


def _names(option: Any, field: Any) -> tuple[str, ...]:
    """Areas that a field of an option names."""
    value = getattr(option, field.name) if "instead" in field.metadata else ""
    return value if isinstance(value, tuple) else (value,) if value else ()


def _area(atlas: Atlas, name: str, states: dict[str, NDArray], regions: Callable[[], NDArray], where: str) -> NDArray:
    """An area that the region does not define: a federal state, deployment regions or one of them, a place by code."""
    if name == DEPLOYMENT:
        return regions()
    if name in states:
        return states[name]
    kind, _, which = name.rpartition("_")
    if kind == ONE_REGION and which.isdecimal() and int(which) < min(REGIONS, len(atlas.polygons)):
        return (regions() == int(which)).astype(float)
    codes = atlas.polygons.index.to_numpy(str)
    if name.startswith(ONE_PLACE) and name.removeprefix(ONE_PLACE) in codes:
        return (codes == name.removeprefix(ONE_PLACE)).astype(float)
    known = (*atlas.region.areas, *states, DEPLOYMENT)
    raise InputError(
        f"{where}={name}: the region has no such area; the nearest is {nearest(name, known)}. A municipality is named "
        f"by its code, as {ONE_PLACE}{codes[0]}; region.areas=FILE.csv adds areas, null takes the default of the option"
    )


def state_areas(atlas: Atlas) -> dict[str, NDArray]:
    """Places of each federal state, by its name in small letters: `baja_california`."""
    states = atlas.polygons["state"].astype(str)
    return {_identifier(state): (states == state).to_numpy(float) for state in states.unique()}


def provinces(labels: Iterable[object]) -> tuple[list[str], NDArray[np.integer]]:
    """Names of the provinces of places with these labels in alphabetical order, and the index of that of each place."""
    named = [UNNAMED if label in (None, "") or label != label else str(label) for label in labels]  # NaN is not itself
    numbers, names = pd.factorize(np.array(named, dtype=object), sort=True)
    return names.tolist(), numbers


def _identifier(name: str) -> str:
    """A name without accents, blanks and signs."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"\W+", "_", plain).strip("_")


def _slots(atlas: Atlas, names: Iterable[str], where: str) -> dict[str, NDArray]:
    """Slots of groups by name."""
    for name in names:
        if name not in atlas.groups:
            raise InputError(
                f"{where}: the region has no group {name!r}; the nearest is {nearest(name, atlas.groups)!r} of "
                f"{', '.join(atlas.groups)}"
            )
    return {name: np.asarray(atlas.groups.index(name), np.int32) for name in names}


def deployment_regions(region: Region, count: int = REGIONS) -> NDArray:
    """Number of the deployment region of each place, 0 to `count` - 1.

    Deployment regions are connected sets of nearby places: Ward clustering of the centres, constrained to adjacent
    places; disconnected components are joined to the nearest. With at most `count` places, each place is a region.
    """
    from sklearn.cluster import AgglomerativeClustering  # imported lazily: slow, and used only here

    places = len(region.population)
    if places <= count:
        return np.arange(places, dtype=float)
    centres = np.column_stack([region.easting, region.northing])
    with warnings.catch_warnings():  # joining disconnected components is intended
        warnings.filterwarnings("ignore", message="the number of connected components")
        clusters = AgglomerativeClustering(n_clusters=count, connectivity=adjacency(region)).fit(centres)
    return clusters.labels_.astype(float)
