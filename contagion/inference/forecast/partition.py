"""Areas of places that are near each other."""

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components, dijkstra

SIZE = 60  # places of an area, about, where a record names none
SMALLEST = 20  # places of a part of the map that is an area of its own; smaller parts are one area together


def partition(neighbours: sparse.csr_array, size: int = SIZE) -> NDArray[np.int64]:
    """Number of the area of each place: that of the nearest of some centres, by steps between neighbours.

    Each further centre is the place that is farthest from those before (Gonzalez 1985).

    Parameters
    ----------
    neighbours
        Neighbour relations [place, place].
    size
        Places of an area, about.
    """
    component = np.asarray(connected_components(neighbours, directed=False)[1])
    area = np.zeros(len(component), np.int64)
    number = 0
    for part in np.flatnonzero(np.bincount(component) >= SMALLEST):
        inside = np.flatnonzero(component == part)
        area[inside] = number + 1 + _around_centres(sparse.csr_array(neighbours[inside][:, inside]), size)
        number = area.max()
    return np.unique(area, return_inverse=True)[1].astype(np.int64)


def _around_centres(neighbours: sparse.csr_array, size: int) -> NDArray[np.int64]:
    """The same within a connected part."""
    degree = np.diff(np.asarray(neighbours.indptr))
    places, centre = len(degree), int(degree.argmax())
    nearest, area = np.full(places, np.inf), np.zeros(places, np.int64)
    for number in range(max(round(places / size), 1)):
        steps = dijkstra(neighbours, directed=False, indices=centre, unweighted=True)
        closer = steps < nearest
        nearest[closer], area[closer] = steps[closer], number
        centre = int(nearest.argmax())
    return area
