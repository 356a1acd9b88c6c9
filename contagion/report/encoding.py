"""Numbers and outlines as short text for a page; `assets/numbers.js` and `assets/map.js` read them.

Numbers are whole levels of two bytes: even steps from zero to a knee, equal ratios above it, and the same below zero.
"""

import base64
import zlib
from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray

LEVELS = 200  # from zero to the knee; above it, from a number to e times that number
EXACT = np.expm1(0.5 / LEVELS)  # a number is rounded by at most this share of it, or of the knee where that is more
MISSING = np.iinfo(np.int16).min
UNITS = 30_000  # most steps of the grid of outlines along the longer side of a region
FINEST = 0.1  # km, a step of that grid for a large country
SIMPLIFIED = 10  # steps within which an outline may move


def text(numbers: NDArray[np.generic]) -> str:
    """The bytes of `numbers`, deflated, in base64."""
    return base64.b64encode(zlib.compress(numbers.tobytes())).decode("ascii")


def levels(values: NDArray[np.floating], knee: float) -> NDArray[np.int16]:
    """The levels of `values`, of any sign: v / knee up to the knee, 1 + ln(v / knee) above, times LEVELS, rounded."""
    size = np.abs(values) / knee
    found = np.sign(values) * np.rint(LEVELS * np.where(size > 1, 1 + np.log(np.maximum(size, 1)), size))
    return np.where(np.isfinite(values), found, MISSING).astype(np.int16)


def worth(found: NDArray[np.int16], knee: float) -> NDArray[np.floating]:
    """What levels are worth: the inverse of `levels`, NaN for MISSING."""
    size = np.abs(found.astype(float)) / LEVELS
    values = np.sign(found) * knee * np.where(size > 1, np.exp(np.maximum(size, 1) - 1), size)
    return np.where(found == MISSING, np.nan, values)


def steps(found: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Steps of levels from each period to the next along the last axis: first all low bytes, then all high ones.

    Steps are small numbers, up or down; 0, -1, 1, -2 are written as 0, 1, 2, 3, so that high bytes are mostly zero.
    Differences between levels are taken modulo 2**16, as the page adds them.
    """
    moved = np.diff(found, axis=-1, prepend=np.int16(0))
    folded = ((moved << 1) ^ (moved >> 15)).astype(np.uint16)
    return np.stack([folded & 255, folded >> 8]).astype(np.uint8)


def grid(shapes: NDArray[np.object_]) -> tuple[float, float, float, float]:
    """Step of the grid for `shapes`, its west and north edge, all in km, and the number of steps to the south."""
    west, south, east, north = shapely.total_bounds(shapes)
    step = min(FINEST, max(east - west, north - south) / UNITS)
    return step, west, north, (north - south) / step


def outlines(shapes: Iterable[shapely.Geometry], step: float, west: float, north: float) -> NDArray[np.int32]:
    """Rings of polygons on the grid.

    Of each polygon the number of rings, of each ring the number of its points, then the way from point to point, east
    and south, from the last point of the ring before.
    """
    numbers: list[NDArray[np.integer] | list[int]] = []
    last = np.zeros((1, 2), int)
    for shape in shapes:
        rings = shapely.get_rings(shapely.get_parts(shape))
        numbers.append([len(rings)])
        for ring in rings:
            points = np.rint((shapely.get_coordinates(ring)[:-1] - (west, north)) / (step, -step)).astype(int)
            moved = np.any(points != np.roll(points, 1, axis=0), axis=1)
            points = points[moved] if moved.sum() >= 3 else points  # what is smaller than a step stays a ring
            numbers += [[len(points)], np.diff(points, axis=0, prepend=last).ravel()]
            last = points[-1:]
    return np.concatenate(numbers).astype("<i4")
