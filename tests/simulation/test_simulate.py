"""Labels, calendar, statistics; and the comparison of strategies of a run."""

from dataclasses import replace
from datetime import date

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from conftest import REPLICATES

import contagion
from contagion.analysis.metrics import OUTCOMES
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model
from contagion.parameters.presets import load_params
from contagion.parameters.priors import draw
from contagion.parameters.scaling import at_scale
from contagion.simulation.calendar import calendar
from contagion.simulation.schema import PLACE_VARIABLES
from contagion.simulation.statistics import STATISTICS, _summary, _summary_on_device, statistics


@pytest.fixture(scope="module")
def atlas():
    """Twenty places of two states."""
    lattice = contagion.load_region("lattice", rows=4, columns=5)
    return replace(lattice, polygons=lattice.polygons.assign(state=["West", "East", "West", "East", "West"] * 4))


@pytest.fixture(scope="module")
def results(atlas):
    strategies = {"baseline": (), "same": (), "kingpin": (contagion.load_intervention("kingpin", start=4, every=4),)}
    return contagion.simulate(atlas, strategies, weeks=26, replicates=REPLICATES, full=True)


def test_weeks_fall_into_the_month_of_their_middle_day():
    months, bounds = calendar(date(2020, 1, 29), 10)  # middle days 1, 8, 15, 22, 29 February, 7, ... March
    assert months.astype("datetime64[M]").astype(str).tolist() == ["2020-02", "2020-03", "2020-04"]
    assert bounds == [(0, 5), (5, 9), (9, 10)]


def test_calendar_of_years_has_every_month_and_week():
    months, bounds = calendar(date(2007, 1, 1), 5 * 52)
    assert len(months) == 60
    assert {last - first for first, last in bounds} == {4, 5}
    assert bounds[0][0] == 0
    assert bounds[-1][1] == 260


def test_weeks_begin_with_the_start():
    times, bounds = calendar(date(2012, 1, 1), 3, "week")
    assert times.astype("datetime64[D]").astype(str).tolist() == ["2012-01-01", "2012-01-08", "2012-01-15"]
    assert bounds == [(0, 1), (1, 2), (2, 3)]


def test_weekly_records_add_up_to_monthly_ones(atlas):
    weekly, monthly = (
        contagion.simulate(atlas, {"baseline": ()}, weeks=13, replicates=REPLICATES, record=record, start="2021-03-01")
        for record in ("week", "month")
    )
    assert weekly["weeks"].values.tolist() == [1] * 13
    assert weekly["time"].attrs["long_name"] == "First day of the week"
    ends = np.cumsum(monthly["weeks"].values)
    for name in ("homicides_total", "recruits", "killed"):
        running = weekly[name].cumsum("time").isel(time=ends - 1)
        np.testing.assert_allclose(running, monthly[name].cumsum("time"), rtol=1e-5)
    np.testing.assert_array_equal(weekly["members_of_group"].isel(time=ends - 1), monthly["members_of_group"])
    with pytest.raises(contagion.InputError, match="record='day': must be one of month, week, run"):
        contagion.simulate(atlas, record="day")


@pytest.mark.parametrize("replicates", [1, 2, 7, 64])
def test_statistics_equal_numpy(replicates):
    """Of NumPy's arrays and of JAX's; one replicate has no deviation."""
    values = np.random.default_rng(0).gamma(1, size=(11, replicates)).astype(np.float32)
    deviation = values.std(-1, ddof=1) if replicates > 1 else np.zeros(11)
    expected = [values.mean(-1), deviation, *np.quantile(values, [0.05, 0.5, 0.95], axis=-1)]
    assert len(expected) == len(STATISTICS)
    for own in (statistics(values), statistics(jnp.asarray(values)), jax.jit(statistics)(values)):
        np.testing.assert_allclose(own, expected, rtol=1e-6, atol=1e-7)


def test_summaries_agree_on_host_and_device(atlas):
    """What NumPy keeps of a period is what JAX does, to rounding, and no array of every replicate and place."""
    residents = atlas.region.population[:, None]
    flows, stocks = next(ensemble(Model(atlas.region, load_params(), ()), [(0, 4)], REPLICATES, 0))
    members = (np.arange(7), np.arange(7, 20))
    on_device = _summary_on_device(flows, stocks, residents, members, full=False, each=False)
    on_host = _summary(*jax.tree.map(np.asarray, (flows, stocks)), residents, members, full=False, each=False)
    assert all(isinstance(values, np.ndarray) for values in on_host.values())
    assert all(isinstance(values, jax.Array) for values in on_device.values())
    assert on_device.keys() == on_host.keys()
    for name, values in on_host.items():
        np.testing.assert_allclose(on_device[name], values, rtol=1e-5, atol=1e-6 * np.max(np.abs(values)))
        assert not {len(residents), REPLICATES} <= set(values.shape)


def test_totals_are_sums_over_places(results):
    full = results["homicides_full"].sum("place")
    np.testing.assert_allclose(full, results["homicides_total"].transpose(*full.dims))
    np.testing.assert_array_equal(results["homicides_run_total"], results["homicides_full"].sum("time"))
    for name, variable in PLACE_VARIABLES.items():
        if not variable.share:
            means = results[name].sel(statistic="mean").sum("place")
            np.testing.assert_allclose(means, results[f"{name}_total"].mean("replicate"), rtol=1e-5)


def test_states_add_up_to_the_region(results):
    """Of every replicate and period, from the places of each; counts are whole, so that no order of sums matters."""
    by_state = results["homicides_by_state"]
    assert by_state.dims == ("strategy", "replicate", "time", "province")
    assert by_state.attrs["units"] == "persons"
    np.testing.assert_array_equal(by_state.sum("province"), results["homicides_total"])
    counted = results["homicides_full"].groupby("state").sum("place").rename(state="province")
    np.testing.assert_array_equal(counted.transpose(*by_state.dims), by_state)


def test_totals_say_how_they_were_taken(results):
    words = {
        "homicides": ("total", "persons"),
        "trust": ("mean over residents", "1"),
        "violent": ("number of places", "places"),
    }
    for name, (how, units) in words.items():
        assert results[f"{name}_total"].attrs["long_name"] == f"{PLACE_VARIABLES[name].long_name}, {how}"
        assert results[f"{name}_total"].attrs["units"] == units


def test_presence_is_the_share_of_replicates(results):
    """And places with groups are counted as the presence of each replicate says."""
    presence = results["presence"]
    assert float(presence.min()) >= 0
    assert float(presence.max()) <= 1
    full = results["presence_full"]
    share = full.mean("replicate")
    np.testing.assert_allclose(presence.transpose(*share.dims), share, rtol=1e-6)
    occupied = full.any("group").sum("place")
    np.testing.assert_array_equal(results["occupied_total"].transpose(*occupied.dims), occupied)
    places = full.sum("place")
    np.testing.assert_array_equal(results["places_of_group"].transpose(*places.dims), places)


def test_splits_are_counted_and_splinters_know_their_parent(atlas):
    """Two slots are free: two splits in each replicate, and those that follow find no room."""
    params = load_params(split_hazard=0.1)
    results = contagion.simulate(atlas, {"baseline": ()}, params=params, weeks=52, replicates=REPLICATES)
    run = results.isel(strategy=0)
    parent = run["parent"].to_numpy().astype(int)  # replicate, time, group
    splits = run["splits"].cumsum("time").to_numpy()
    blocked = run["blocked_splits"].sum(("time", "group")).to_numpy()
    founders = np.asarray(atlas.region.members).sum(axis=1) > 0
    assert np.all(parent[..., founders] == -1)
    assert np.all(parent[:, -1, ~founders] >= 0)
    assert np.all(splits[:, -1].sum(axis=1) == (~founders).sum())
    assert np.all(blocked > 0)
    for replicate, time, slot in np.argwhere(parent >= 0):
        assert parent[replicate, time, slot] != slot
        assert splits[replicate, time, parent[replicate, time, slot]] >= 1
    table = contagion.compare(results).set_index("outcome")["mean"]
    assert table["splits"] == (~founders).sum()
    assert table["blocked_splits"] == pytest.approx(blocked.mean())


def test_identical_strategies_are_undecided(results):
    table = contagion.compare(results)
    same = table[(table["strategy"] == "same") & (table["outcome"] == "homicides")].iloc[0]
    assert same["difference"] == 0
    assert same["probability_better"] == 0.5


def test_comparison_is_paired_within_replicates(results):
    shifted = results.copy()
    noise = xr.DataArray(np.linspace(0, 1000, results.sizes["replicate"]), dims="replicate")
    first_month = xr.DataArray(np.arange(results.sizes["time"]) == 0, dims="time")
    shifted["homicides_total"] = results["homicides_total"] + noise * first_month
    before, after = (contagion.compare(data).set_index(["strategy", "outcome"]) for data in (results, shifted))
    for column in ("difference", "difference_q05", "difference_q95", "probability_better"):
        assert before.loc[("kingpin", "homicides"), column] == pytest.approx(
            after.loc[("kingpin", "homicides"), column]
        )


def test_every_outcome_is_in_the_table(results):
    """And known, but for what has no meaning: nobody clashes with forces that stay, and none are added."""
    table = contagion.compare(results)
    assert isinstance(table, pd.DataFrame)
    assert table["outcome"].unique().tolist() == list(OUTCOMES)
    known = table[["mean", "q05", "q95", "difference"]].notna().all(axis=1)
    assert set(table.loc[~known, "outcome"]) == {
        "time_to_visible_operation",
        "time_to_visible_result",
        "deaths_per_clash",
        "deaths_per_wounded",
        "averted_per_1000_personnel_years",
        "averted_per_million_dollars",
    }


def test_rates_per_member_do_not_depend_on_scale(atlas):
    """A region of a sixteenth of the members loses and recruits at the rates of the nation."""
    assert atlas.law_scale == pytest.approx(7200 / 115_000)
    params = at_scale(load_params(), 0.5)
    assert float(params.incapacitation) == pytest.approx(55)
    assert float(params.conflict) == pytest.approx(2 * 1.549231e-8)


def test_a_region_without_members_is_finite():
    empty = contagion.load_region("lattice", rows=4, columns=5, members=0)  # of the shape that is compiled by now
    results = contagion.simulate(empty, weeks=8, replicates=REPLICATES)
    assert all(array.notnull().all() for array in results.data_vars.values())
    assert float(results["homicides_total"].sum()) > 0
    assert float(results["members"].sum()) == 0


@pytest.mark.parametrize("weights", [dict(weights="distance", scale_km=0.01), dict(weights="distance", cutoff_km=500)])
def test_weights_by_distance_are_finite_and_sum_to_one(weights):
    region = contagion.load_region("lattice", rows=4, columns=4, **weights).region
    total = np.asarray(region.weights.sum(axis=1), float)
    np.add.at(total, region.tail_place, region.tail_weight)
    np.testing.assert_allclose(total, 1, rtol=1e-5)


def test_start_is_that_of_the_region(atlas):
    dated = replace(atlas, start=date(2007, 1, 1))
    results = contagion.simulate(dated, {"baseline": ()}, weeks=4, replicates=REPLICATES)
    assert str(results["time"].values[0])[:7] == "2007-01"
    with pytest.raises(contagion.InputError, match="the region was loaded as of 2007-01-01"):
        contagion.simulate(dated, {"baseline": ()}, weeks=4, replicates=2, start="2010-01-01")


def test_bad_calls(atlas, results):
    with pytest.raises(contagion.InputError, match="strategies: none given"):
        contagion.simulate(atlas, {})
    for start, message in (("1500-01-01", "must lie between"), ("2020-13-01", "must be a date such as")):
        with pytest.raises(contagion.InputError, match=message):
            contagion.simulate(atlas, start=start)
    with pytest.raises(contagion.InputError, match="no place has residents"):
        contagion.load_region("lattice", population=0)
    with pytest.raises(contagion.InputError, match="both must be at least 1"):
        contagion.simulate(atlas, weeks=0)
    with pytest.raises(contagion.InputError, match="baseline 'nothing': not among"):
        contagion.compare(results, "nothing")


def test_parameters_have_a_value_for_each_replicate(atlas, tmp_path):
    path = tmp_path / "fitted.csv"
    path.write_text("retaliation,hold\n0.2,20\n0.3,40\n0.4,80\n")
    params = load_params(replicates=3, posterior=str(path))
    with pytest.raises(contagion.InputError, match=r"hold: has values for 3 replicates, but replicates=2"):
        contagion.simulate(atlas, {"baseline": ()}, params=params, weeks=4, replicates=2)
    results = contagion.simulate(atlas, {"baseline": ()}, params=params, weeks=4, replicates=3)
    assert results.attrs["parameters"].startswith("Parameters: 2 drawn jointly, the others fixed. Branching ratio 0.30")
    with pytest.raises(contagion.InputError, match="a group would lose"):
        contagion.simulate(atlas, {"baseline": ()}, params=load_params(conflict=0.9), weeks=4, replicates=2)


def test_drawn_parameters_are_kept(atlas):
    """Those that a prior draws and no others, as they were drawn."""
    priors = {"retaliation": {"uniform": [0.1, 0.3]}, "hold": {"loguniform": [10, 200]}}
    found = contagion.simulate(atlas, {"baseline": ()}, weeks=5, replicates=REPLICATES, priors=priors)
    expected = draw(priors, load_params(), REPLICATES, seed=0)
    assert set(found["parameter"].values) == set(priors)
    for name in priors:
        np.testing.assert_array_equal(found["drawn"].sel(parameter=name), getattr(expected, name))
    assert "drawn" not in contagion.simulate(atlas, {"baseline": ()}, weeks=5, replicates=REPLICATES)
