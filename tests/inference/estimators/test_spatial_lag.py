"""Spatial lag: planted values come back, spreg agrees, and the recorded events give the published table's neighbour."""

import libpysal
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
from grid import square
from scipy.sparse.linalg import spsolve
from spreg.ml_lag import BaseML_Lag

from contagion.errors import InputError
from contagion.inference.estimators.spatial_lag import enforced, groups_active, normalised, spatial_lag
from contagion.regions.kinds import mexico_records
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres

SIDE, WEEKS = 14, 60


def planted(lag: float, slope: float = 0.2, seed: int = 0):
    """Events whose logarithm has a spatial lag and a regressor."""
    generator = np.random.default_rng(seed)
    touching = square(SIDE)
    groups = generator.poisson(1.0, (WEEKS, SIDE**2)).astype(float)
    right = (2 + slope * groups + generator.normal(0, 0.3, groups.shape)).T
    level = spsolve(sparse.csc_matrix(sparse.eye_array(SIDE**2) - lag * normalised(touching)), right).T
    return np.expm1(level), touching, groups


def test_largest_eigenvalue_is_one():
    matrix = normalised(square(7))
    assert np.linalg.eigvalsh(matrix.toarray()).max() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("lag", [-0.2, 0.0, 0.17, 0.6])
def test_planted_lag(lag):
    events, touching, groups = planted(lag)
    table = spatial_lag(events, touching, {"groups": groups})
    assert abs(table.loc["lambda", "coefficient"] - lag) < 3 * table.loc["lambda", "se"]
    assert table.loc["lambda", "se"] < 0.02
    assert table.loc["groups", "coefficient"] == pytest.approx(0.2, abs=0.01)


def test_spreg_agrees():
    events, touching, groups = planted(0.3)
    table = spatial_lag(events[:1], touching, {"groups": groups[:1]})
    weights = libpysal.weights.WSP(sparse.csr_matrix(normalised(touching))).to_W(silence_warnings=True)
    design = np.column_stack([np.ones(SIDE**2), groups[0]])
    peer = BaseML_Lag(np.log1p(events[0])[:, None], design, w=weights)
    assert table.loc["lambda", "coefficient"] == pytest.approx(peer.rho, abs=1e-4)
    assert table.loc["groups", "coefficient"] == pytest.approx(peer.betas[1, 0], abs=1e-4)
    assert table.loc["lambda", "se"] == pytest.approx(np.sqrt(peer.vm[-1, -1]), rel=0.1)


def test_groups_active_are_those_of_the_weeks_before():
    events = np.zeros((2, 6, 1))
    events[0, 1, 0] = events[1, 2, 0] = 3
    assert groups_active(events, weeks=2)[:, 0].tolist() == [0, 0, 1, 2, 1, 0]


def test_enforcement_comes_four_weeks_before():
    enforcement, groups = np.zeros((6, 2)), np.full((6, 2), 3.0)
    enforcement[1, 0] = np.e - 1
    assert enforced(enforcement, groups)[:, 0] == pytest.approx([0, 0, 0, 0, 0, 3])
    assert not enforced(enforcement, groups)[:, 1].any()


def test_bad_input():
    events, touching, groups = planted(0.1)
    with pytest.raises(InputError, match="not a finite number at week 0, place 1"):
        spatial_lag(np.where(np.arange(SIDE**2) == 1, np.nan, events), touching)
    with pytest.raises(InputError, match="negative"):
        spatial_lag(-events, touching)
    with pytest.raises(InputError, match="are collinear: constant, groups"):
        spatial_lag(events, touching, {"groups": np.ones_like(groups)})
    with pytest.raises(InputError, match="'groups' is not finite"):
        spatial_lag(events, touching, {"groups": groups[:, 1:]})
    with pytest.raises(InputError, match="events do not vary"):
        spatial_lag(events * 0, touching)
    with pytest.raises(InputError, match="no two places touch"):
        spatial_lag(events[:, :4], sparse.csr_array((4, 4)))


def test_recorded_events(public_files):
    """One year, 2010, of all groups' events: near the published 0.172."""
    polygons, _ = mexico_records.municipalities(str(public_files))
    events = mexico_records.events(str(public_files)).query("date >= '2010-01-01' and date <= '2010-12-30'")
    week = (events.date - pd.Timestamp("2010-01-01")).dt.days.to_numpy() // 7
    counts = np.zeros((52, len(polygons)))
    np.add.at(counts, (week, polygons.index.get_indexer(events.code)), 1)
    table = spatial_lag(counts, contiguity(in_kilometres(polygons))[0])
    assert 0.15 < table.loc["lambda", "coefficient"] < 0.3
