"""Presence, gains, losses and tenure, counted by hand."""

import numpy as np
import pytest

from contagion.errors import InputError
from contagion.inference.estimators.territory import territory


@pytest.fixture
def presence():
    """Two groups, three places, five years."""
    first = [[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]]
    second = [[0, 0, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]
    return np.array([first, second], dtype=bool).transpose(1, 0, 2)


def test_counted_by_hand(presence):
    result = territory(presence)
    assert result.places.tolist() == [1, 2, 2, 1, 2]
    assert result.groups.tolist() == [1, 1, 2, 1, 1]
    assert result.new.tolist() == [[1, 0], [1, 1], [0, 0], [1, 0]]
    assert result.abandoned.tolist() == [[0, 0], [1, 0], [1, 1], [0, 0]]
    assert result.fastest == 0
    # Group 0: a stay of two years that ends, one of two years at risk that goes on, one that began in the last year;
    # the stay under way in the first year is left out. Group 1: one stay of one year.
    assert result.tenure.tolist() == [4.0, 1.0]


def test_tenure_recovers_the_chance_of_an_end():
    generator = np.random.default_rng(0)
    present = np.zeros((15, 1, 4000), bool)
    for year in range(1, 15):
        draw = generator.random(4000)
        present[year, 0] = np.where(present[year - 1, 0], draw > 1 / 2.86, draw < 0.1)
    assert territory(present).tenure[0] == pytest.approx(2.86, rel=0.05)


def test_no_end_no_tenure():
    assert np.isnan(territory(np.ones((4, 1, 2), bool)).tenure[0])


def test_bad_input(presence):
    with pytest.raises(InputError, match="must be bool"):
        territory(presence.astype(float))
    with pytest.raises(InputError, match="must be bool"):
        territory(presence[0])
    with pytest.raises(InputError, match="presence covers 1 year"):
        territory(presence[:1])
