"""Neighbours, their weights, and how they are laid out for the kernel."""

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from contagion.regions.neighbours import closeness, contiguity, decayed, padded


def squares(*corners, size=1.0):
    return gpd.GeoSeries([box(x, y, x + size, y + size) for x, y in corners])


def dense(arrays):
    """The [place, place] matrix that columns and tail stand for."""
    count = len(arrays["neighbours"])
    matrix = np.zeros((count, count))
    np.add.at(matrix, (np.arange(count)[:, None], arrays["neighbours"]), arrays["weights"])
    np.add.at(matrix, (arrays["tail_place"], arrays["tail_neighbour"]), arrays["tail_weight"])
    return matrix


def test_queen_counts_corners_and_borders_without_shared_vertices():
    places = gpd.GeoSeries([box(0, 0, 2, 2), box(2, 0.5, 3, 1.5), box(2, 2, 3, 3)])
    touching, notes = contiguity(places)
    assert touching.toarray().tolist() == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    assert notes == ()


def test_isolates_are_joined_to_the_nearest_and_noted():
    touching, notes = contiguity(squares((0, 0), (1, 0), (5, 0)))
    assert touching.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert notes == ("Places that touch no other were joined to the nearest one: 1 (2).",)


def test_two_islands_and_separate_parts():
    touching, notes = contiguity(squares((0, 0), (1, 0), (50, 0), (53, 0)))
    assert set(touching.data) == {1.0}
    assert touching.toarray()[2].tolist() == [0, 0, 0, 1]
    assert "2 parts" in notes[1]


def test_a_single_place_has_no_neighbour():
    touching, notes = contiguity(squares((0, 0)))
    arrays = padded(touching, touching, np.ones(touching.shape[0]))
    assert notes == ()
    assert arrays["neighbours"].tolist() == [[0]]
    assert arrays["weights"].tolist() == [[0]]


def test_columns_hold_nine_tenths_and_the_tail_the_rest():
    hub = [(0, 0)] + [(x, 1) for x in range(30)]
    places = gpd.GeoSeries([box(0, 0, 30, 1), *squares(*hub[1:])])
    touching, _ = contiguity(places)
    arrays = padded(touching, touching, np.ones(touching.shape[0]))
    assert arrays["neighbours"].shape == (31, 3)
    assert set(arrays["tail_place"]) == {0}
    assert len(arrays["tail_weight"]) == 27
    matrix = dense(arrays)
    assert np.allclose(matrix.sum(axis=1), 1)
    assert np.array_equal(matrix > 0, touching.toarray() > 0)
    ends = arrays["weights"] == 0
    assert (arrays["neighbours"][ends] == np.nonzero(ends)[0]).all()


def test_distance_weights_decay_and_keep_those_that_touch():
    touching, _ = contiguity(squares((0, 0), (1, 0), (3, 0), (9, 0)))
    centres = np.array([[0.5, 0.5], [1.5, 0.5], [3.5, 0.5], [9.5, 0.5]])
    weights = decayed(touching, centres, scale_km=2.0, cutoff_km=3.5).toarray()
    expected = np.zeros((4, 4))
    for first, second, distance in (
        (0, 1, 1),
        (0, 2, 3),
        (1, 2, 2),
        (2, 3, 6),
    ):  # the last beyond the cutoff, but joined
        expected[first, second] = expected[second, first] = np.exp(-distance / 2.0)
    rows = [matrix / matrix.sum(axis=1, keepdims=True) for matrix in (weights, expected)]
    np.testing.assert_allclose(*rows, rtol=1e-12)


def test_neighbours_do_not_depend_on_the_order_of_rows():
    places = squares(*[(x, y) for x in range(5) for y in range(4)])
    order = np.random.default_rng(1).permutation(20)
    plain, shuffled = (
        dense(padded(touching, touching, np.ones(touching.shape[0])))
        for touching, _ in (contiguity(places), contiguity(places.iloc[order].reset_index(drop=True)))
    )
    assert np.allclose(shuffled, plain[np.ix_(order, order)])


def test_closeness_goes_by_road_where_the_way_is_known():
    touching, _ = contiguity(squares((0, 0), (1, 0), (2, 0)))
    centres = np.array([[0.5, 0.5], [1.5, 0.5], [2.5, 0.5]])
    straight = closeness(touching, centres, scale_km=2.0).toarray()
    assert np.allclose(straight[[0, 1, 1], [1, 0, 2]], np.exp(-0.5))
    # Twice the same way, the shorter one counts; a way between places that are no neighbours does not.
    roads = pd.DataFrame({"origin": [1, 0, 0], "destination": [0, 1, 2], "km": [8.0, 6.0, 1.0]})
    by_road = closeness(touching, centres, 2.0, roads).toarray()
    assert np.allclose(by_road[[0, 1, 1, 2], [1, 0, 2, 1]], np.exp([-3, -3, -0.5, -0.5]))
    assert by_road[0, 2] == 0
    assert np.array_equal(by_road, by_road.T)
