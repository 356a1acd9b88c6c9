"""The published numbers of simulated runs, in miniature: shapes, and an effect that was planted is found."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from conftest import load_script

import contagion
from contagion.parameters.presets import load_params
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres
from contagion.regions.record import Record

pytestmark = pytest.mark.slow

YEARS, WEEKS, REPLICATES = 4, 208, 4
# Violent enough for counts to say something; members fight, so that a removal has something to raise.
LATTICE = dict(rows=8, columns=8, groups=6, population=300_000.0, homicide_rate=60.0, members=30_000.0)
CALM = dict(
    national_noise=0.0, state_noise=0.0, dispersion=0.0, conflict=3e-7, split_hazard=0.0, split_hazard_headless=0.0,
    relocation_channel=0.0, entry_channel=0.0, retaliation=0.1, spillover=0.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def script():
    module = load_script("experiments/published_numbers/simulated.py")
    small = dict(YEARS=YEARS, WEEKS=WEEKS, BATCH=2, LEADERS=6, CAPTURED=(110, 150), MORAN={2002: 1, 2004: 3})
    for name, value in small.items():
        setattr(module, name, value)
    return module


@pytest.fixture(scope="module")
def atlas(script):
    """Four groups of unequal strength that meet in every place, and a record of the same level all along."""
    atlas = contagion.load_region("lattice", **LATTICE)
    generator = np.random.default_rng(0)
    share = generator.gamma(2, size=atlas.region.members.shape) * (np.arange(6) < 4)[:, None]
    members = LATTICE["members"] * share / share.sum()
    months = pd.date_range("2001-01", periods=12 * (YEARS + 1), freq="MS")
    counts = generator.poisson(LATTICE["population"] * LATTICE["homicide_rate"] / 1.2e6, (len(months), 64)).astype(
        float
    )
    place = atlas.polygons.index.to_numpy(str)
    record = Record(
        xr.DataArray(counts, dict(time=months, place=place), ("time", "place")),
        xr.DataArray(atlas.polygons.population.to_numpy()[None], dict(time=[2001], place=place), ("time", "place")),
    )
    region = replace(atlas.region, members=members.astype(np.float32))
    return replace(atlas, region=region, record=record, start=script.FIRST)


@pytest.fixture(scope="module")
def study(script, atlas):
    return script.Study(contiguity(in_kilometres(atlas.polygons))[0])


def simulated(script, atlas, **changes):
    """Batches of runs."""
    return list(script.runs(lambda _: atlas, load_params(**CALM | changes), REPLICATES, seed=1))


@pytest.fixture(scope="module")
def planted(script, atlas):
    return simulated(script, atlas, site_shock=2.0, shock_weeks=26.0)


def test_shapes_and_meaning_of_a_batch(script, atlas, planted):
    places, groups = len(atlas.polygons), len(atlas.groups)
    assert len(planted) == 2
    for run in planted:
        assert run.homicides.shape == run.killings.shape == run.groups.shape == (2, WEEKS, places)
        assert run.present.shape == (2, YEARS, groups, places)
        assert np.all(run.killings <= run.homicides)
        assert np.all(run.seen <= run.present)
        assert 0 < run.seen.sum() < run.present.sum()
        assert 0.05 < run.killings.sum() / run.homicides.sum() < 0.95
        assert np.array_equal(run.groups[:, 51], run.present[:, 0].sum(axis=1))
        assert len(run.captures) == 6
        assert np.all(np.asarray(atlas.region.members)[run.captures.group, run.captures.place] > 0)
    assert not planted[0].captures.equals(planted[1].captures)  # drawn anew for each batch
    assert script.monthly(planted[0].homicides).shape[1] == 48
    np.testing.assert_allclose(script.monthly(planted[0].homicides).sum(), planted[0].homicides.sum(), rtol=1e-5)


def test_captures_happen_on_the_months_they_are_said_to(script, atlas):
    table, events = script.captures(atlas, 3)
    day = np.datetime64(script.FIRST) + 7 * np.asarray(events.week) + 3
    assert table.month.tolist() == (day.astype("datetime64[M]") - np.datetime64("2001-01")).astype(int).tolist()
    assert np.asarray(events.place).tolist() == table.place.tolist()
    assert np.asarray(events.group).tolist() == table.group.tolist()


def test_a_planted_effect_is_found(script, atlas, study, planted):
    """What removals leave in their place raises the ratio there, and without it the ratio is about one."""
    without = simulated(script, atlas, site_shock=0.0, capture_shock=0.0, killing_shock=0.0)
    with_effect, none = (np.concatenate([study.estimates(run)["T21"] for run in runs]) for runs in (planted, without))
    assert with_effect.shape == none.shape == (REPLICATES,)
    assert np.all(with_effect > 1.15)
    assert np.all(with_effect > none)
    assert abs(np.median(none) - 1) < 0.15


def test_every_estimate_is_one_per_replicate(study, planted):
    estimates = study.estimates(planted[0])
    assert {name for name in estimates if name.startswith("T36")} == {"T36-2002", "T36-2004"}
    assert all(np.shape(values) == (2,) for values in estimates.values())
    for name in ("T21", "T23", "T30", "T50"):
        assert np.isfinite(estimates[name]).all()


def test_operations_move_to_the_first_day_of_the_run(script, monkeypatch):
    """An operation five weeks after the region's state happens five weeks after it in the longer run."""
    operation = script.RecordedOperations(jnp.array([5]), jnp.int32(104), jnp.ones((1, 4)))
    region = contagion.load_region("lattice", rows=2, columns=2)
    monkeypatch.setattr(script, "load_region", lambda *_, **__: replace(region, history=(operation,)))
    later = script.earlier(script.mexico(None))
    assert later.history[0].week.tolist() == [5 + 313]  # 2,191 days from 2001 to 2007
    assert later.start == script.FIRST


def test_what_operations_and_events_add(script, atlas):
    """Against the same runs without them: a harm where troops newly come, and national changes of years."""
    troops = jnp.zeros((1, 64)).at[0, :8].set(2000.0)
    operation = script.RecordedOperations(jnp.array([60]), jnp.int32(104), troops)
    with_events = replace(atlas, history=(operation,))
    given = load_params(**CALM | dict(clashes=0.02, deterrence_effect=0.0))
    added = script.after_operations(lambda _: with_events, given, REPLICATES, 0)
    assert added.shape == (REPLICATES,)
    assert np.all(added > 0)
