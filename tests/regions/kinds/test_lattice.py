"""The lattice: known neighbours, areas and totals."""

import numpy as np
import pytest

from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.atlas import load_region


def test_neighbours_and_distances_of_a_lattice():
    atlas = load_region("lattice", rows=4, columns=5, cell_km=10)
    region = atlas.region
    degree = (region.weights > 0).sum(axis=1)
    np.add.at(degree, region.tail_place, 1)
    assert sorted(degree) == [3] * 4 + [5] * 10 + [8] * 6
    assert region.easting.reshape(4, 5)[0] == pytest.approx([-20, -10, 0, 10, 20], abs=1e-3)
    assert region.northing.reshape(4, 5)[:, 0] == pytest.approx([15, 5, -5, -15], abs=1e-3)


def test_totals():
    region = load_region("lattice", rows=6, columns=6, population_spread=1.0, members=900).region
    assert region.population.mean() == pytest.approx(50_000)
    assert region.population.std() > 20_000
    assert region.members.sum() == pytest.approx(900)
    assert region.homicides.sum() * WEEKS_OF_YEAR == pytest.approx(22 / 1e5 * region.population.sum(), rel=1e-5)


def test_groups_overlap_and_free_slots_are_empty():
    atlas = load_region("lattice")
    present = (atlas.region.members > 0).sum(axis=0)
    assert (present > 1).any()
    assert (present == 1).any()
    assert atlas.groups[-2:] == ("Free slot 1", "Free slot 2")
    assert (atlas.region.members[-2:] == 0).all()


def test_seed_decides():
    first, again, other = (load_region("lattice", population_spread=0.5, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.region.population, again.region.population)
    assert not np.array_equal(first.region.population, other.region.population)
