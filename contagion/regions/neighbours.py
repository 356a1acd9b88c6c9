"""Neighbour relations between places and their weights.

Contiguity is computed here: `libpysal.graph` gives the same edges only by `build_fuzzy_contiguity`, in 0.96 s instead
of 0.33 s for 50,000 squares (0.14 and 0.11 s for Mexico) after 2.5 s of import; `build_contiguity` misses edges where
borders are drawn differently, 82 of 14,452 in Mexico (strict) and all of outlines that overlap a little.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sparse
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from contagion._util.text import first_few
from contagion.kernel.region import Region

FARTHEST = 1e-15  # closeness below which no one moves
GAP = 0.002  # of the side of a square as large as the smaller place: wider ones are no mistakes of drawing
CORNER = 1.5  # of the widest gap along a border: a gap at a corner is wider
ALONG = 0.05  # of that side, for which two borders have to run beside each other
COVERED = 0.9  # share of places whose neighbours all fit into the padded columns


def contiguity(outlines: gpd.GeoSeries) -> tuple[sparse.csr_array, tuple[str, ...]]:
    """Queen contiguity [place, place]: 1 if two outlines share at least a point.

    Outlines that intersect are neighbours, whether or not they share vertices, since real files do not digitise common
    borders alike. Nor do they always touch: where borders run beside each other with a gap between them that is small
    against the places, so wide a gap is no gap anywhere. A place without neighbours is joined to the nearest place.
    The returned notes say so.
    """
    count = len(outlines)
    shapes = outlines.to_numpy()
    tree = shapely.STRtree(shapes)
    focal, other, notes = _touching(outlines, tree)
    alone = np.setdiff1d(np.arange(count), focal)
    if alone.size and count > 1:
        island, shore = tree.query_nearest(shapes[alone], exclusive=True, all_matches=False)
        focal = np.concatenate([focal, alone[island], shore])
        other = np.concatenate([other, shore, alone[island]])
        names = first_few(outlines.index[alone], 10)
        notes += (f"Places that touch no other were joined to the nearest one: {alone.size} ({names}).",)
    touching = sparse.csr_array((np.ones(focal.size), (focal, other)), shape=(count, count))
    touching.data[:] = 1.0  # two islands that are nearest to each other are entered twice
    parts = sparse.csgraph.connected_components(touching, directed=False)[0]
    if parts > 1:
        notes += (f"The places fall into {parts} parts that do not touch each other.",)
    return touching, notes


def _touching(outlines: gpd.GeoSeries, tree: shapely.STRtree) -> tuple[NDArray, NDArray, tuple[str, ...]]:
    """Pairs of outlines that touch, both ways, and a note on gaps between them."""
    shapes = outlines.to_numpy()
    focal, other = tree.query(shapes, predicate="intersects")
    sides = np.sqrt(shapely.area(shapes))
    near = np.asarray(tree.query(shapes, predicate="dwithin", distance=GAP * sides))
    near = near[:, (near[0] < near[1]) & ~np.isin(near[0] * len(shapes) + near[1], focal * len(shapes) + other)]
    one, two = near
    smaller = np.minimum(sides[one], sides[two])
    gaps = shapely.distance(shapes[one], shapes[two])
    beside = shapely.intersection(shapely.boundary(shapes[one]), shapely.buffer(shapes[two], 2 * gaps, quad_segs=2))
    mistaken = (gaps <= GAP * smaller) & (shapely.length(beside) >= ALONG * smaller)
    notes: tuple[str, ...] = ()
    if mistaken.any():
        widest = gaps[mistaken].max()
        closed = near[:, gaps <= CORNER * widest]
        focal, other = np.hstack([[focal, other], closed, closed[::-1]])
        pairs = first_few(f"{outlines.index[a]} and {outlines.index[b]}" for a, b in closed.T)
        notes = (
            f"Borders miss each other by up to {1000 * widest:.1f} m; these are neighbours all the same: {pairs}.",
        )
    apart = focal != other
    return focal[apart], other[apart], notes


def decayed(touching: sparse.csr_array, centres: NDArray, scale_km: float, cutoff_km: float) -> sparse.csr_array:
    """Weights proportional to exp(-d / scale) between places that touch or whose centres are within the cutoff.

    Parameters
    ----------
    touching
        Contiguity [place, place].
    centres
        Coordinates [place, 2], km.
    scale_km, cutoff_km
        Decay length and cutoff, km.
    """
    pairs = KDTree(centres).query_pairs(cutoff_km, output_type="ndarray")
    near = sparse.coo_array((np.ones(len(pairs)), pairs.T), shape=touching.shape)
    linked = sparse.csr_array(touching + near + near.T).tocoo()
    focal, other = linked.coords
    distance = np.linalg.norm(centres[focal] - centres[other], axis=1)
    nearest = np.full(len(centres), np.inf)
    np.minimum.at(nearest, focal, distance)
    # Only ratios within a row matter; subtracting the nearest distance avoids underflow of a whole row.
    weight = np.exp(-(distance - nearest[focal]) / scale_km)
    return sparse.csr_array((weight, (focal, other)), shape=touching.shape)


def closeness(
    linked: sparse.csr_array, centres: NDArray, scale_km: float, roads: pd.DataFrame | None = None
) -> sparse.csr_array:
    """Symmetric closeness exp(-d / scale) between linked places, by road if known, otherwise between centres.

    Parameters
    ----------
    linked
        Matrix [place, place], nonzero where places are linked.
    centres
        Coordinates [place, 2], km.
    scale_km
        Decay length, km.
    roads
        Table with columns origin, destination (indices of places) and km. A road counts in both directions; of several
        between two places, the shortest counts.
    """
    focal, other = linked.tocoo().coords
    distance = np.linalg.norm(centres[focal] - centres[other], axis=1)
    if roads is not None:
        ends = np.sort(roads[["origin", "destination"]].to_numpy(), axis=1) @ [len(centres), 1]
        known = pd.Series(pd.Series(roads.km.to_numpy()).groupby(ends).min())
        pairs = np.sort(np.column_stack([focal, other]), axis=1) @ [len(centres), 1]
        by_road = known.reindex(pairs).to_numpy()
        distance = np.where(np.isnan(by_road), distance, by_road)
    near = np.exp(-distance / scale_km)
    near[near < FARTHEST] = 0.0  # too far: sums of such weights would vanish in single precision
    return sparse.csr_array((near, (focal, other)), shape=linked.shape)


def exchange(weights: sparse.csr_array, residents: NDArray) -> tuple[NDArray, NDArray]:
    """Where what spills over from a place arrives: shares by link, in the order of the weights, and what stays.

    Between neighbours m and n as many are in contact as both sides allow, F_mn = min(W_mn N_m, W_nm N_n) residents with
    row-standardised W. The share F_mn / N_n of what spills over from n arrives in m, and 1 - sum_m F_mn / N_n stays.
    Shares sum to one from every place, equal rates leave each other as they are, nothing arrives where nobody lives.

    Parameters
    ----------
    weights
        Weights [place, place] of links that go both ways, of any scale within a row.
    residents
        Persons by place.
    """
    total = weights.sum(axis=1)
    met = sparse.csr_array(weights * (residents / np.where(total > 0, total, 1))[:, None])
    flows = np.minimum(met.data, met.T.tocsr().data)
    focal, lived_in = met.tocoo().coords[0], np.maximum(residents, 1)
    leaving = np.bincount(focal, flows, minlength=len(residents))
    return flows / lived_in[met.indices], 1 - leaving / lived_in


def padded(weights: sparse.csr_array, near: sparse.csr_array, residents: NDArray) -> dict[str, NDArray]:
    """Weights, closeness and exchange of the same neighbours, as padded columns and tail arrays of `Region`.

    The number of columns is the smallest that holds all neighbours of 90 % of places.
    """
    degree = np.diff(weights.indptr)
    count = len(degree)
    columns = max(1, int(np.quantile(degree, COVERED, method="inverted_cdf")))
    place = np.repeat(np.arange(count), degree)
    slot = np.arange(place.size) - weights.indptr[place]
    standardised = weights.data / weights.sum(axis=1)[place]
    arriving, staying = exchange(weights, residents)
    neighbours = np.tile(np.arange(count, dtype=np.int32)[:, None], (1, columns))
    inside = slot < columns
    neighbours[place[inside], slot[inside]] = weights.indices[inside]

    def table(values: NDArray) -> NDArray:
        filled = np.zeros((count, columns))
        filled[place[inside], slot[inside]] = values[inside]
        return filled

    return {
        "neighbours": neighbours,
        "weights": table(standardised),
        "closeness": table(near.data),
        "exchange": table(arriving),
        "tail_exchange": arriving[~inside],
        "staying": staying,
        "tail_closeness": near.data[~inside],
        "tail_place": place[~inside].astype(np.int32),
        "tail_neighbour": weights.indices[~inside].astype(np.int32),
        "tail_weight": standardised[~inside],
    }


def adjacency(region: Region) -> sparse.csr_array:
    """Which places of a region are neighbours [place, place]: above 0 where they are."""
    places, columns = region.neighbours.shape
    rows = np.concatenate([np.repeat(np.arange(places), columns), region.tail_place])
    others = np.concatenate([np.ravel(region.neighbours), region.tail_neighbour])
    weights = np.concatenate([np.ravel(region.weights), region.tail_weight])
    return sparse.csr_array(((weights > 0).astype(float), (rows, others)), shape=(places, places))
