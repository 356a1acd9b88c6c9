"""Event study of captures: planted ratios come back, and random dates show none."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
import statsmodels.api as sm
from grid import square

from contagion.errors import InputError
from contagion.inference.estimators import event_study, two_way

SIDE, MONTHS, DISPERSION = 18, 60, 0.3
PLANTED = {("own", "0-6"): 1.6, ("adjacent", "6-12"): 1.35, ("strategic", "0-6"): 2.5, ("same_group", "0-6"): 1.2}


def world(captures: int = 40, seed: int = 0):
    """Captures, contiguity, presence of four groups in a fifth of places each, and strategic places."""
    generator = np.random.default_rng(seed)
    places = SIDE**2
    presence = generator.random((4, places)) < 0.2
    table = pd.DataFrame(
        {
            "month": generator.integers(13, MONTHS - 6, captures),
            "place": generator.choice(places, captures, replace=False),
            "group": generator.integers(-1, 4, captures),
        }
    )
    return table, square(SIDE), presence, generator.random(places) < 0.15


def panels(given, planted: dict, replicates: int = 1, seed: int = 1) -> np.ndarray:
    """Negative-binomial counts [replicate, month, place] with the planted ratios by scope and window."""
    generator = np.random.default_rng(seed)
    captures, touching, presence, strategic = given
    since = event_study._scopes(captures, MONTHS, touching, presence, strategic)
    mean = np.exp(generator.normal(0.5, 0.8, SIDE**2) + generator.normal(0, 0.3, MONTHS)[:, None])
    for (scope, window), ratio in planted.items():
        first, end = event_study.WINDOWS[window]
        inside = (since[scope] >= first) & (since[scope] < end)
        mean = np.where(inside, mean * ratio, mean)
    noise = generator.gamma(1 / DISPERSION, DISPERSION, (replicates, *mean.shape))
    return generator.poisson(mean * noise).astype(float)


@pytest.fixture(scope="module")
def given():
    return world()


@pytest.fixture(scope="module")
def counts(given):
    return panels(given, PLANTED)[0]


def test_planted_ratios_lie_in_their_intervals(given, counts):
    table = event_study.regression(counts, event_study.design(counts, *given)).set_index(["scope", "window"])
    for key, ratio in PLANTED.items():
        row = table.loc[key]
        assert row.low < ratio < row.high, key
    assert table.loc[("own", "6-12"), "low"] < 1 < table.loc[("own", "6-12"), "high"]
    assert table.loc[("own", "0-6"), "low"] > 1
    assert table.loc[("strategic", "0-6"), "irr"] == pytest.approx(2.5, rel=0.25)


def test_fast_form_agrees_with_the_regression(given, counts):
    sample = event_study.design(counts, *given)
    table = event_study.regression(counts, sample)
    dispersion = two_way.negative_binomial(counts[:, sample.places], sample.together).dispersion
    assert dispersion == pytest.approx(DISPERSION, rel=0.2)
    same = event_study.ratios(counts[None], sample, dispersion)[0]
    assert same == pytest.approx(table.irr.to_numpy(), rel=0.02)
    quick = np.log(event_study.ratios(panels(given, PLANTED, replicates=6), sample)).mean(axis=0)
    rows = dict(zip(zip(*event_study.labels().values(), strict=True), quick, strict=True))
    for key in (("own", "0-6"), ("adjacent", "6-12"), ("strategic", "0-6")):
        assert rows[key] == pytest.approx(np.log(PLANTED[key]), abs=0.1), key


def test_placebo_is_about_one(given):
    counts = panels(given, {})[0]
    assert event_study.placebo(counts, *given, draws=12) == pytest.approx(1.0, abs=0.05)


def test_solver_equals_dummies_in_statsmodels():
    generator = np.random.default_rng(3)
    months, places = 30, 24
    windows = (generator.random((2, months, places)) < 0.15).astype(float)
    mean = np.exp(generator.normal(0, 1, places) + generator.normal(0, 0.3, months)[:, None] + 0.4 * windows[0])
    counts = generator.poisson(mean * generator.gamma(2.5, 0.4, mean.shape)).astype(float)
    counts[:, 3] = 0  # a place without counts says nothing
    counts[5] = 0  # nor does a month
    fit = two_way.negative_binomial(counts, windows)
    keep = np.ix_(np.delete(np.arange(months), 5), np.delete(np.arange(places), 3))
    rows, columns = counts[keep].shape
    place, month = np.tile(np.eye(columns), (rows, 1)), np.repeat(np.eye(rows), columns, axis=0)[:, 1:]
    design = np.column_stack([*(window[keep].ravel() for window in windows), place, month])
    groups = np.tile(np.arange(columns), rows)

    def reference(family):
        model = sm.GLM(counts[keep].ravel(), design, family=family)
        return model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})

    peer = reference(sm.families.NegativeBinomial(alpha=fit.dispersion))
    assert fit.coefficients == pytest.approx(peer.params[:2], abs=1e-5)
    # statsmodels takes the observed information, the solver the expected one.
    correction = np.sqrt(columns / (columns - 1))
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(peer.bse[:2] * correction, rel=0.1)
    assert two_way.poisson(counts, windows) == pytest.approx(reference(sm.families.Poisson()).params[:2], abs=1e-6)
    profiled = sm.NegativeBinomial(counts[keep].ravel(), design)
    best = profiled.fit(start_params=[*peer.params, fit.dispersion], disp=0, maxiter=200)
    assert fit.dispersion == pytest.approx(best.params[-1], rel=1e-3)


def test_windows_without_counts_or_cells():
    generator = np.random.default_rng(4)
    counts = generator.poisson(3.0, (24, 8)).astype(float)
    windows = np.zeros((3, 24, 8))
    windows[0, 4:8, 2] = windows[1, 6:9, 5] = 1
    counts[6:9, 5] = 0
    fit = two_way.negative_binomial(counts, windows)
    assert np.isfinite(fit.coefficients[0])
    assert fit.coefficients[1] == -np.inf
    assert np.isnan(fit.coefficients[2])
    assert np.isnan(np.diag(fit.covariance)[1:]).all()


def test_sample_is_captured_places_neighbours_and_close_hosts(given, counts):
    captures, touching, presence, _ = given
    sample = event_study.design(counts, *given).places
    exposed = set(captures.place) | set(touching[captures.place.to_numpy()].tocoo().coords[1])
    assert exposed <= set(sample)
    controls = [place for place in sample if place not in exposed]
    assert presence[:, controls].any(axis=0).all()
    assert np.array_equal(sample, event_study.design(counts, *given).places)


def test_windows_follow_the_latest_capture():
    captures = pd.DataFrame({"month": [2, 10], "place": [0, 0], "group": [0, -1]})
    presence = np.array([[True, True, False, False, True, False, False, False, True]])
    since = event_study._scopes(captures, 30, square(3), presence, np.arange(9) == 1)
    assert since["own"][[1, 2, 9, 10, 29], 0].tolist() == [np.inf, 0, 7, 0, 19]
    assert np.flatnonzero(np.isfinite(since["adjacent"][29])).tolist() == [1, 3]
    assert np.flatnonzero(np.isfinite(since["same_group"][29])).tolist() == [4, 8]  # neither captured nor adjacent
    assert since["same_group"][12, 8] == 10  # the second capture named no group
    assert np.flatnonzero(np.isfinite(since["strategic"][29])).tolist() == [1]
    windows = event_study._windows(since["own"])
    assert windows[:, :, 0].sum(axis=1).tolist() == [12, 8, 8]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda counts, captures: (np.where(counts == counts.max(), np.nan, counts), captures), "not a finite number"),
        (lambda counts, captures: (counts - 1, captures), "negative"),
        (lambda counts, captures: (counts[0], captures), "shape"),
        (lambda counts, captures: (counts, captures.iloc[:0]), "no rows"),
        (lambda counts, captures: (counts, captures.drop(columns="group")), "no column 'group'"),
        (lambda counts, captures: (counts, captures.assign(month=MONTHS)), "row 1 has month 60.*0 to 59"),
        (lambda counts, captures: (counts, captures.assign(place=-1)), "has place -1"),
        (lambda counts, captures: (counts, captures.assign(group=4)), "has group 4: .* -1 to 3"),
        (lambda counts, captures: (counts, captures.assign(month=np.nan)), "has month nan"),
    ],
)
def test_bad_input(given, counts, change, message):
    captures, *rest = given
    changed, table = change(counts, captures)
    with pytest.raises(InputError, match=message):
        event_study.design(changed, table, *rest)


def test_bad_shapes(given, counts):
    captures, touching, presence, strategic = given
    with pytest.raises(InputError, match="contiguity has shape"):
        event_study.design(counts, captures, square(3), presence, strategic)
    with pytest.raises(InputError, match="not symmetric"):
        event_study.design(counts, captures, sparse.csr_array(sparse.triu(touching)), presence, strategic)
    with pytest.raises(InputError, match="must be bool"):
        event_study.design(counts, captures, touching, presence.astype(float), strategic)
    with pytest.raises(InputError, match="all counts of the sample are 0"):
        event_study.regression(counts * 0, event_study.design(counts, *given))
    with pytest.raises(InputError, match="a placebo needs more than 24"):
        event_study.placebo(counts[:20], *given)
