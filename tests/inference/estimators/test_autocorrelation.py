"""Moran's I: its extremes, and the recorded path."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
from grid import square

from contagion.errors import InputError
from contagion.inference.estimators.autocorrelation import moran
from contagion.regions.kinds import mexico_records
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres


def test_extremes():
    """A chessboard is -1, two halves near 1, noise near 0; alike everywhere there is nothing to correlate."""
    row, column = np.divmod(np.arange(400), 20)
    noise = np.random.default_rng(0).poisson(3, 400)
    years = np.array([(row + column) % 2, row < 10, noise, np.ones(400)])
    board, halves, random, alike = moran(years, square(20))
    assert board == pytest.approx(-1)
    assert halves > 0.9
    assert abs(random) < 0.1
    assert np.isnan(alike)


def test_formula():
    generator = np.random.default_rng(1)
    counts = generator.poisson(2, 25)
    weights = square(5).toarray()
    weights /= weights.sum(axis=1, keepdims=True)
    deviation = np.log1p(counts) - np.log1p(counts).mean()
    assert moran(counts[None], square(5))[0] == pytest.approx(deviation @ weights @ deviation / (deviation @ deviation))


def test_bad_input():
    with pytest.raises(InputError, match="negative at year 0, place 2"):
        moran(np.array([[1, 1, -1, 1]]), square(2))
    with pytest.raises(InputError, match="has no neighbour"):
        moran(np.array([[1, 2, 3, 4]]), sparse.csr_array((4, 4)))


def test_recorded_path_is_the_one_in_the_docstring(public_files):
    polygons, _ = mexico_records.municipalities(str(public_files))
    events = mexico_records.events(str(public_files))
    yearly = pd.crosstab(events.date.dt.year, events.code).reindex(columns=polygons.index, fill_value=0)
    path = moran(yearly.loc[[2000, 2005, 2007, 2009, 2010]].to_numpy(), contiguity(in_kilometres(polygons))[0])
    assert path == pytest.approx([0.126, 0.139, 0.221, 0.271, 0.276], abs=0.001)
