"""Runs anchored to a forecast or to the record of a region."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from contagion.errors import InputError
from contagion.interventions.registry import load_intervention
from contagion.regions.atlas import load_region
from contagion.regions.neighbours import adjacency
from contagion.regions.record import Record
from contagion.simulation.anchoring import BLOCK, default_kind, fitted
from contagion.simulation.simulate import simulate

START = date(2015, 1, 1)
RUN = dict(weeks=52, replicates=16, chunk_size=8)


@pytest.fixture(scope="module")
def atlas():
    """Thirty-six places with five years of counts, of which four are known at the start."""
    lattice = load_region("lattice", rows=6, columns=6)
    places = lattice.polygons.index.to_numpy(str)
    generator = np.random.default_rng(0)
    rates = generator.gamma(2, 1.5, len(places)) * np.exp(0.2 * np.sin(np.arange(60) / 9))[:, None]
    months = pd.date_range("2011-01-01", periods=60, freq="MS").to_numpy()
    counts = xr.DataArray(generator.poisson(rates).astype(float), dict(time=months, place=places), ("time", "place"))
    residents = lattice.polygons.population.to_numpy(float)[None]
    population = xr.DataArray(residents, dict(time=[2011], place=places), ("time", "place"))
    return replace(lattice, record=Record(counts, population), start=START)


@pytest.fixture(scope="module")
def forecast(atlas):
    return fitted(atlas, START)


@pytest.fixture(scope="module")
def anchored(atlas, forecast):
    strategies = {"baseline": (), "kingpin": (load_intervention("kingpin", start=26, every=4),)}
    return simulate(atlas, strategies, anchor=forecast, **RUN)


def test_the_default_is_a_forecast_where_the_record_is_long_enough(atlas, forecast, anchored):
    assert default_kind(atlas) == "forecast"
    assert default_kind(replace(atlas, start=date(2013, 12, 31))) == "none"
    assert default_kind(replace(atlas, record=None)) == "none"
    assert anchored.attrs["anchor"] == "Homicides are anchored to the forecast from what was recorded until 2014-12"
    assert str(forecast.record.calendar.last)[:7] == "2014-12"


def test_the_mean_of_the_baseline_is_the_forecast(atlas, forecast):
    """Without noise, by place and month: the mean over the paths of a block, 7 days of a month a week."""
    run = simulate(atlas, anchor=forecast, deterministic=True, **RUN)
    drawn = np.random.SeedSequence([0, 0]).generate_state(1)[0]
    levels = forecast.levels(months=12, draws=BLOCK, seed=int(drawn) >> 1).mean("draw")
    simulated = run.homicides.sel(strategy="baseline", statistic="mean") / run.weeks
    days = levels.time.dt.days_in_month.values[: simulated.sizes["time"]]
    expected = levels.values[: simulated.sizes["time"]] * (7 / days)[:, None]
    np.testing.assert_allclose(simulated.transpose("time", "place"), expected, rtol=1e-4)


def test_the_intervals_of_the_baseline_are_those_of_the_forecast(atlas, forecast):
    """Totals of a year spread as draws of the forecast do, well beyond the noise of counts."""
    run = simulate(atlas, anchor=forecast, **RUN | dict(replicates=128))
    simulated = np.log(run.homicides_total.isel(strategy=0).sum("time").values)
    drawn = np.log(forecast.draw(months=12, draws=400).sum(["time", "place"]).values)
    assert simulated.std() == pytest.approx(drawn.std(), rel=0.25)
    assert simulated.mean() == pytest.approx(drawn.mean(), abs=3 * drawn.std() / np.sqrt(100))
    assert simulated.std() > 1.5 / np.sqrt(np.exp(drawn.mean()))


def test_strategies_share_everything_until_they_act(anchored):
    one, other = (anchored.sel(strategy=name) for name in ("baseline", "kingpin"))
    before = dict(time=slice(None, "2015-05"))
    for name in ("homicides", "members", "homicides_total"):
        np.testing.assert_array_equal(one[name].sel(before), other[name].sel(before))
    assert not np.array_equal(one.members_total, other.members_total)


def test_replicates_do_not_depend_on_how_many_there_are(atlas, forecast, anchored):
    part = simulate(atlas, anchor=forecast, **RUN | dict(replicates=8, first=8))
    whole = anchored.homicides_total.sel(strategy="baseline", replicate=part.replicate)
    np.testing.assert_array_equal(part.homicides_total.sel(strategy="baseline"), whole)


def test_drivers_change_the_forecast(atlas, forecast, anchored):
    """The reference is what happens without them, so they are felt under every strategy."""
    driver = load_intervention("reactive_surge", start=4)
    driven = simulate(atlas, anchor=forecast, drivers=(driver,), **RUN)
    usual = anchored.homicides_total.sel(strategy="baseline")
    changed = driven.homicides_total.sel(strategy="baseline")
    np.testing.assert_array_equal(usual[:, 0], changed[:, 0])
    assert not np.array_equal(usual, changed)


def test_what_comes_after_the_start_is_not_used(atlas, anchored):
    """Counts of 2015 are corrupted; a forecast that is fitted anew gives the same run to the bit."""
    counts = atlas.record.counts
    corrupted = counts.where(counts.time < np.datetime64(START), 10 * counts + 50)
    other = replace(atlas, record=replace(atlas.record, counts=corrupted))
    run = simulate(other, {"baseline": ()}, **RUN)
    np.testing.assert_array_equal(run.homicides_total[0], anchored.homicides_total.sel(strategy="baseline"))


def test_what_was_recorded_is_the_level(atlas):
    run = simulate(atlas, anchor="record", deterministic=True, **RUN)
    simulated = run.homicides.sel(strategy="baseline", statistic="mean").isel(time=slice(0, 12))
    recorded = atlas.record.counts.sel(time="2015")
    weekly = recorded.values * (7 / recorded.time.dt.days_in_month.values)[:, None]
    np.testing.assert_allclose(simulated / run.weeks[:12], weekly, rtol=1e-5)
    assert run.attrs["anchor"] == "Homicides are anchored to what was recorded from 2015-01 to 2015-12"


def test_periods_do_not_matter(atlas, forecast, anchored):
    """The run as one period."""
    total = anchored.homicides_run_total.sel(strategy="baseline")
    other = simulate(atlas, anchor=forecast, record="run", **RUN)
    np.testing.assert_array_equal(other.homicides_run_total.sel(strategy="baseline"), total)


def test_the_mechanism_moves_what_is_anchored_with_its_weight(atlas, forecast):
    still, moved = (
        simulate(atlas, anchor=forecast, mechanism_weight=weight, deterministic=True, **RUN).homicides_total
        for weight in (0.0, 1.0)
    )
    assert not np.allclose(still[..., -1], moved[..., -1], rtol=1e-3)
    np.testing.assert_allclose(still[..., 0], moved[..., 0], rtol=0.05)


def test_neighbours_are_those_of_the_region(atlas):
    touching = adjacency(atlas.region)
    assert touching.shape == (36, 36)
    assert set(touching.sum(axis=1)) == {3, 5, 8}
    assert (touching != touching.T).nnz == 0


def test_anchors_that_cannot_be(atlas, forecast):
    with pytest.raises(InputError, match="anchor='forcast': must be one of forecast, record, none"):
        simulate(atlas, anchor="forcast", **RUN)
    with pytest.raises(InputError, match=r"anchor=forecast: the region .* has no record; take region=mexico"):
        simulate(replace(atlas, record=None), anchor="forecast", **RUN)
    with pytest.raises(InputError, match="leave the record of 2011-01 to 2015-12"):
        simulate(atlas, anchor="record", weeks=60, replicates=2)
    with pytest.raises(InputError, match="the forecast has other places"):
        simulate(load_region("lattice", rows=5, columns=6), anchor=forecast, **RUN)
    with pytest.raises(InputError, match="knows what was counted until 2014-12-01, after start=2014-06-01"):
        simulate(replace(atlas, start=date(2014, 6, 1)), anchor=forecast, **RUN)
    with pytest.raises(InputError, match="counts: 5 months: must be at least 24"):
        simulate(replace(atlas, start=date(2011, 6, 1)), anchor="forecast", **RUN)
    with pytest.raises(InputError, match=r"mechanism_weight=1\.5: must lie between 0 and 1"):
        simulate(atlas, anchor=forecast, mechanism_weight=1.5, **RUN)
