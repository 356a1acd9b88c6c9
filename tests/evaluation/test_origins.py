"""Origins of a small record: what is scored, what is known, and that nothing of the future is."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
import xarray as xr
from conftest import MeanForecast

from contagion import InputError, load_region
from contagion.evaluation import Observed, calibration, choose_origins, evaluate, look_ahead, rolling, skill_table
from contagion.evaluation.learned import TREES
from contagion.evaluation.origins import LEVELS, OURS, PIT, TOTAL, forecasts, targets
from contagion.evaluation.rivals import DRAWN, MEAN, RIVALS
from contagion.evaluation.summary import brier_table, skill_of_places

ORIGIN = 48


@pytest.fixture(autouse=True)
def quickly_fitted(monkeypatch):
    monkeypatch.setattr("contagion.inference.forecast.fit", MeanForecast)
    monkeypatch.setitem(TREES, "max_iter", 3)


def record(yearly: bool = False, periods: int = 72, places: int = 6) -> Observed:
    generator = np.random.default_rng(2)
    first = np.datetime64("2000-01")
    time = np.arange(2000, 2000 + periods) if yearly else (first + np.arange(periods)).astype("datetime64[ns]")
    counts = xr.DataArray(generator.poisson(5, (periods, places)).astype(float), dict(time=time), ("time", "place"))
    counts = counts.assign_coords(place=[f"p{number}" for number in range(places)])
    people = xr.DataArray(np.full((2, places), 2e5), dict(time=[2000, 2010], place=counts.place), ("time", "place"))
    chain = sparse.csr_array(np.eye(places, k=1) + np.eye(places, k=-1))
    return Observed(counts, people, chain, np.repeat(list("abc"), places // 3))


def changed(observed: Observed, values: np.ndarray) -> Observed:
    return Observed(observed.counts.copy(data=values), observed.population, observed.neighbours, observed.province)


def test_origins_are_scored_by_place_province_and_nation():
    found = evaluate(record(), ORIGIN, draws=50)
    scores = found.scores
    assert {*scores.level} == {*LEVELS}
    assert {*scores[scores.level != "nation"].model} == {OURS, *RIVALS}
    assert {*scores.origin} == {"2004-01"}
    assert {*scores.horizon} == {"1", "3", "6", "12", TOTAL}
    assert scores[scores.level == "province"].energy_score.notna().all()
    assert (scores[scores.model == MEAN].skill.abs() < 1e-9).all()
    np.testing.assert_allclose(scores[PIT].sum(axis=1), 1)
    # The mean of four years is better than that of one where nothing changes.
    table = skill_table(evaluate(record(places=60), ORIGIN, draws=50).scores)
    assert table[(table.model == OURS) & (table.level == "place")].skill.mean() > 0
    assert table[table.model == DRAWN].log_score.isna().all()
    assert skill_of_places(found.places).index.tolist() == [f"p{number}" for number in range(6)]


def test_nothing_of_the_future_leaks():
    """Whatever comes after the origin, forecasts are the same, to the bit."""
    observed = record()
    spoilt = observed.counts.values.copy()
    spoilt[ORIGIN:] = np.random.default_rng(5).poisson(50, spoilt[ORIGIN:].shape)
    horizons = (1, 12)
    seen = dict.fromkeys(targets(horizons, 12), np.ones(6, bool))
    one, other = (forecasts(each, ORIGIN, horizons, 20, seen) for each in (observed, changed(observed, spoilt)))
    assert one.keys() == other.keys()
    for key, models in one.items():
        for model, forecast in models.items():
            np.testing.assert_array_equal(forecast.sample(), other[key][model].sample(), err_msg=f"{key} {model}")
            if model != DRAWN:
                np.testing.assert_array_equal(forecast.means, other[key][model].means)
    right, wrong = (evaluate(each, ORIGIN, horizons, 20) for each in (observed, changed(observed, spoilt)))
    np.testing.assert_array_equal(right.statements.probability, wrong.statements.probability)
    assert (right.scores.crps != wrong.scores.crps).all()


def test_unknown_counts_are_neither_scored_nor_summed():
    observed = record()
    values = observed.counts.values.copy()
    values[ORIGIN + 2, 0] = np.nan  # of the third month ahead
    values[:, 5] = np.nan
    found = evaluate(changed(observed, values), ORIGIN, (1, 3), 20)
    assert found.places.place.tolist() == ["p1", "p2", "p3", "p4"]
    assert found.scores.crps.notna().all()
    values[ORIGIN:] = np.nan
    with pytest.raises(InputError, match="nothing is known for the horizon 1 from 2004-01"):
        evaluate(changed(observed, values), ORIGIN, (1, 3), 20)


def test_origins_are_a_year_apart_and_all_horizons_known():
    observed = record()
    assert choose_origins(observed, 8, (1, 12)) == [24, 36, 48, 60]
    assert choose_origins(observed, 2, (1, 12)) == [48, 60]
    assert choose_origins(observed, 8, (24,)) == [36, 48]
    assert choose_origins(record(yearly=True, periods=12), 3, (1, 2, 3)) == [7, 8, 9]
    with pytest.raises(
        InputError, match="35 months to 2002-11: must be at least 36, 24 to learn from and 12 to compare"
    ):
        choose_origins(record(periods=35), 8, (1,))
    with pytest.raises(InputError, match="8 years to 2007: must be at least 9"):
        choose_origins(record(yearly=True, periods=8), 8, (1, 2, 3))


def test_yearly_records_are_scored_one_to_three_years_ahead():
    told = []
    found = rolling(record(yearly=True, periods=14), [10, 11], draws=20, said=told.append)
    assert {*found.scores.horizon} == {"1", "2", "3"}
    assert found.scores.origin.unique().tolist() == ["2010", "2011"]
    assert len(told) == 2
    assert told[0].startswith("2010: skill ")


def test_probable_means_that_it_happens_as_often():
    generator = np.random.default_rng(3)
    probability = generator.random(20_000)
    right = pd.DataFrame(
        dict(
            probability=probability,
            by_mean_of_a_year=0.5,
            did_before=False,
            happened=generator.random(20_000) < probability,
        )
    )
    table = calibration(right)
    np.testing.assert_allclose(table.happened, table.mean_probability, atol=0.03)
    assert table.statements.sum() == 20_000
    brier = brier_table(right).set_index("statement")
    assert brier.brier_score["forecast"] == pytest.approx(1 / 6, abs=0.01)
    assert brier.skill["forecast"] > 25 > brier.skill["mean of a year"]


def test_the_year_ahead_by_place_and_nation():
    observed = record()
    ahead = look_ahead(observed, draws=200, rate=30)  # 60 of 200,000, the mean of twelve months
    assert ahead.first == "2006-01"
    assert len(ahead.nation) == 72
    assert ahead.nation.counted.notna().sum() == 60
    assert ahead.nation.q50.notna().sum() == 12
    assert ahead.total.expected == pytest.approx(ahead.places.expected.sum())
    assert ahead.places.passes.between(0.1, 0.9).all()
    np.testing.assert_allclose(ahead.places.last_year, observed.counts[-12:].sum("time"))
    assert look_ahead(observed, draws=50, rate=1).places.passes.min() > 0.999


def test_a_region_without_a_record_has_nothing_to_forecast():
    with pytest.raises(InputError, match="has no record of homicides; forecasts take region=mexico"):
        Observed.of(load_region("lattice", rows=3, columns=3), date(2020, 1, 1))
