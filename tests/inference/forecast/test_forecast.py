"""Fits and draws on small records: the interface, what the future may not change, and records with holes."""

import numpy as np
import pytest
import xarray as xr
from synthetic import MONTHS, PLACES, record

from contagion.errors import InputError
from contagion.inference import forecast

AHEAD = dict(months=6, draws=40, seed=1)


@pytest.fixture(scope="module")
def fitted() -> forecast.Forecast:
    return forecast.fit(*record())


def test_counts_are_joint_whole_and_labelled(fitted):
    counts, *_ = record()
    paths = fitted.draw(months=6, draws=40, seed=1)
    assert paths.dims == ("draw", "time", "place")
    assert paths.shape == (40, 6, PLACES)
    assert paths.dtype.kind == "i"
    assert (paths >= 0).all()
    assert str(paths.time.values[0])[:10] == "2005-01-01"
    assert list(paths.place.values) == list(counts.place.values)
    assert "24 places, 60 months to 2004-12-01" in repr(fitted)


def test_seeds_and_levels(fitted):
    first, again, other = (fitted.draw(months=6, draws=400, seed=seed) for seed in (1, 1, 2))
    xr.testing.assert_identical(first, again)
    assert (first != other).any()
    levels = fitted.levels(months=6, draws=400, seed=1)
    assert levels.dtype.kind == "f"
    noise = (first - levels).mean("draw") / levels.mean("draw")
    assert abs(noise.mean()) < 0.03
    # Paths are joint: a path that is high in one month is high in the next.
    total = levels.sum("place")
    assert np.corrcoef(total[:, 0], total[:, 1])[0, 1] > 0.5


def test_longer_paths_begin_with_shorter_ones(fitted):
    short, long = (fitted.draw(months=months, draws=40, seed=1) for months in (6, 9))
    xr.testing.assert_identical(long[:, :6], short)
    short, long = (fitted.levels(months=months, draws=40, seed=1) for months in (6, 9))
    np.testing.assert_allclose(long[:, :6], short, rtol=1e-5)


def test_forecast_is_near_what_was_counted_last(fitted):
    counts, *_ = record()
    levels = fitted.levels(months=6, draws=200)
    recent = counts[-12:].mean("time")
    assert levels.mean(("draw", "time")).sum() == pytest.approx(float(recent.sum()), rel=0.35)
    assert np.corrcoef(np.log(levels.mean(("draw", "time"))), np.log(recent + 0.2))[0, 1] > 0.9


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict(), "one of them must be given"),
        (dict(months=3, years=1), "one of them must be given"),
        (dict(months=0), "months: is 0: must be a whole number from 1"),
        (dict(months=2.5), "months: is 2.5"),
        (dict(months=1, draws=0), "draws: is 0"),
        (dict(months=1, seed=-1), "seed: is -1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(fitted, given, words):
    with pytest.raises(InputError, match=words):
        fitted.draw(**given)


def test_nothing_after_the_last_time_is_used(fitted):
    counts, population, neighbours, area = record(periods=MONTHS + 12)
    counts = counts.copy()
    counts[:MONTHS] = record()[0].values
    spoilt = counts.copy()
    spoilt[MONTHS:] = 1e6
    again = forecast.fit(spoilt[:MONTHS], population, neighbours, area)
    xr.testing.assert_identical(again.draw(**AHEAD), fitted.draw(**AHEAD))


def test_order_of_places_changes_nothing_but_the_order(fitted):
    counts, population, neighbours, area = record()
    order = np.arange(PLACES)[::-1]
    turned = forecast.fit(counts[:, order], population, neighbours[order][:, order], area[order])
    level, same = (fit.levels(months=6, draws=2000).mean("draw") for fit in (fitted, turned))
    np.testing.assert_allclose(same.sel(place=level.place), level, rtol=0.15)
    for name, value in fitted.numbers.items():
        assert turned.numbers[name] == pytest.approx(value, abs=0.02), name


def test_holes_empty_places_and_places_without_counts():
    counts, population, neighbours, area = record()
    counts, population = counts.copy(), population.copy()
    counts[:, 3] = np.nan  # never known
    counts[10:20, 4:8] = np.nan
    counts[30] = np.nan  # a month of which nothing is known
    counts[-1, 10] = np.nan
    counts[:, 5] = 0
    population[:, 6] = 0
    levels = forecast.fit(counts, population, neighbours, area).levels(months=6, draws=200)
    mean = levels.mean(("draw", "time"))
    assert np.isfinite(levels).all()
    assert (levels[:, :, 6] == 0).all()
    assert 0 < mean[5] < 0.3
    assert mean[3] > 0.1
    assert mean.sum() == pytest.approx(float(counts[-12:].mean("time").sum()), rel=0.5)


def test_a_country_without_any_counts():
    counts, population, neighbours, area = record()
    paths = forecast.fit(0 * counts, population, neighbours, area).draw(months=6, draws=100)
    assert paths.sum(("time", "place")).mean() < 1


def test_short_monthly_record_without_areas():
    counts, population, neighbours, _ = record(periods=36)
    paths = forecast.fit(counts, population, neighbours).draw(months=12, draws=50)
    assert paths.shape == (50, 12, PLACES)


@pytest.mark.parametrize("periods", [8, 12])
def test_yearly_record(periods):
    counts, population, neighbours, area = record(yearly=True, periods=periods, rate=30)
    fitted = forecast.fit(counts, population, neighbours, area)
    paths = fitted.draw(years=3, draws=200, seed=0)
    assert paths.time.values.tolist() == [2000 + periods, 2001 + periods, 2002 + periods]
    assert paths.sum("place").mean() == pytest.approx(float(counts[-2:].sum("place").mean()), rel=0.5)
    with pytest.raises(InputError, match="the record is by year: give years"):
        fitted.draw(months=12)
