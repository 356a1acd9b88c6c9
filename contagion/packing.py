"""Numbers and outlines as short text for a page; `page/page.js` reads them.

Numbers are levels, one byte each, of a square-root scale from zero to a top: fine where values are small, as most are.
"""

import base64
import zlib
from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray

TOP = 254  # level of the top of a scale, and of what lies above it
ZERO = 127  # level of no change, on a scale that goes both ways
MISSING = 255
CLIPPED = 0.9995  # share of the values below the top of their scale
UNITS = 30_000  # most steps of the grid of outlines along the longer side of a region
FINEST = 0.1  # km, a step of that grid for a large country
SIMPLIFIED = 10  # steps within which an outline may move


def text(numbers: NDArray[np.generic]) -> str:
    """The bytes of `numbers`, deflated, in base64."""
    return base64.b64encode(zlib.compress(numbers.tobytes())).decode("ascii")


def top(values: NDArray[np.floating]) -> float:
    """Where the scale of `values` ends: almost all of their sizes lie below; 1 where all are zero or unknown."""
    known = np.abs(values[np.isfinite(values)])
    return float(np.quantile(known, CLIPPED) or known.max() or 1) if known.size else 1.0


def levels(values: NDArray[np.floating], highest: float) -> NDArray[np.uint8]:
    """Levels of values of at least zero, whose `worth` is nearest on a square-root scale."""
    found = np.rint(TOP * np.sqrt(np.clip(values, 0, highest) / highest))
    return np.where(np.isfinite(values), found, MISSING).astype(np.uint8)


def change_levels(values: NDArray[np.floating], highest: float) -> NDArray[np.uint8]:
    """Levels of changes, both ways from ZERO; else as `levels`."""
    found = ZERO + np.rint(ZERO * np.sign(values) * np.sqrt(np.minimum(np.abs(values), highest) / highest))
    return np.where(np.isfinite(values), found, MISSING).astype(np.uint8)


def worth(found: NDArray[np.uint8], highest: float) -> NDArray[np.floating]:
    """What levels are worth: `highest` * (level / TOP)²; NaN for MISSING."""
    return np.where(found == MISSING, np.nan, highest * (found / TOP) ** 2)


def change_worth(found: NDArray[np.uint8], highest: float) -> NDArray[np.floating]:
    """What levels of changes are worth: `highest` * s * |s| with s = level / ZERO - 1; NaN for MISSING."""
    share = found / ZERO - 1
    return np.where(found == MISSING, np.nan, highest * share * np.abs(share))


def over_time(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Steps modulo 256 from each period to the next along the last axis: they repeat more than the levels do."""
    return np.diff(values, axis=-1, prepend=np.uint8(0))


def grid(shapes: NDArray[np.object_]) -> tuple[float, float, float, float]:
    """Step of the grid for `shapes`, its west and north edge, all in km, and the number of steps to the south."""
    west, south, east, north = shapely.total_bounds(shapes)
    step = min(FINEST, max(east - west, north - south) / UNITS)
    return step, west, north, (north - south) / step


def outlines(shapes: Iterable[shapely.Geometry], step: float, west: float, north: float) -> NDArray[np.int32]:
    """Rings of polygons on the grid: of each polygon their number, of each ring the number of its points, then the way
    from point to point, east and south, from the last point of the ring before."""
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
