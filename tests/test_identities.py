"""I2, I4 and I5: limits and symmetries that the code must satisfy."""

from dataclasses import fields, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import FIGHTING
from oracle import weight_matrix
from scipy.optimize import minimize
from scipy.stats import nbinom

from contagion.config import intervention_names, load_intervention, load_params
from contagion.ensemble import Model, ensemble

# Nobody in any group, a memory of one week, no shared shocks: the areal count model of Held, Hohle and Hofmann.
ENDEMIC_EPIDEMIC = dict(
    retaliation=0.35, spillover=0.25, retaliation_weeks=1.0, national_noise=0.0, state_noise=0.0, dispersion=0.2
)  # fmt: skip


@pytest.fixture(scope="module")
def quiet(region):
    """No groups; a few homicides a week in every place."""
    return replace(region, members=0 * region.members, homicides=(1 + 4 * region.vulnerability).astype(np.float32))


def weekly(model, weeks, replicates, seed=0, **options):
    """Homicides (week, place, replicate)."""
    periods = [(week, week + 1) for week in range(weeks)]
    return np.stack([np.asarray(flows.homicides) for flows, _ in ensemble(model, periods, replicates, seed, **options)])


def test_endemic_epidemic_stationary_mean(quiet):
    """I2: the mean solves m = nu + (phi I + xi W) m, from any start."""
    params = load_params(**ENDEMIC_EPIDEMIC)
    model = Model(quiet, params, ())
    w = weight_matrix(quiet)
    means = np.asarray(quiet.homicides, float)
    endemic = np.maximum(means - 0.35 * means - 0.25 * w @ means, 0.05 * means)
    expected = np.linalg.solve(np.eye(len(means)) - 0.35 * np.eye(len(means)) - 0.25 * w, endemic)
    reached = weekly(model, 60, 1, deterministic=True)[-1, :, 0]
    np.testing.assert_allclose(reached, expected, rtol=1e-4)
    simulated = weekly(model, 80, 256)[30:]
    standard_error = simulated.mean(axis=0).std(axis=1) / np.sqrt(256)
    score = (simulated.mean(axis=(0, 2)) - expected) / standard_error
    assert np.abs(score).max() < 5
    assert np.abs(score.mean()) < 1


def test_endemic_epidemic_likelihood_recovers_parameters(quiet):
    """I2: maximum likelihood on simulated counts gives back phi, xi and the dispersion within its errors."""
    params = load_params(**ENDEMIC_EPIDEMIC)
    counts = weekly(Model(quiet, params, ()), 160, 8, seed=3)[20:]
    w = weight_matrix(quiet)
    before, after = counts[:-1], counts[1:]
    around = np.einsum("mn,tnr->tmr", w, before)
    means = np.asarray(quiet.homicides, float)
    shape = np.maximum(means - 0.35 * means - 0.25 * w @ means, 0.05 * means)[:, None]

    def loss(theta):
        level, phi, xi, dispersion = np.exp(theta)
        mean = level * shape + phi * before + xi * around
        return -nbinom.logpmf(after, 1 / dispersion, 1 / (1 + dispersion * mean)).sum()

    fit = minimize(loss, np.log([0.7, 0.2, 0.2, 0.1]), method="BFGS")
    errors = np.sqrt(np.diag(fit.hess_inv))
    score = (fit.x - np.log([1.0, 0.35, 0.25, 0.2])) / errors
    assert np.all(errors < 0.2)
    assert np.all(np.abs(score) < 4)


def permuted(region, places, groups):
    """The same region with places and groups relabelled."""
    position = np.argsort(places)
    order = np.argsort(position[region.tail_place], kind="stable")
    by_place = {
        name: np.asarray(getattr(region, name))[places]
        for name in ("population", "homicides", "military", "police", "capability", "vulnerability", "strategic",
                     "easting", "northing", "state", "weights")
    }  # fmt: skip
    return replace(
        region,
        **by_place,
        members=region.members[np.ix_(groups, places)],
        hostility=region.hostility[np.ix_(groups, groups)],
        neighbours=position[region.neighbours[places]].astype(np.int32),
        tail_place=position[region.tail_place][order].astype(np.int32),
        tail_neighbour=position[region.tail_neighbour][order].astype(np.int32),
        tail_weight=region.tail_weight[order],
    )


def test_relabelling_permutes_results(region, params):
    """I4: in the deterministic mode, where no place owns a random number."""
    interventions = tuple(load_intervention(name, **early(name)) for name in intervention_names())
    generator = np.random.default_rng(1)
    places, groups = generator.permutation(len(region.population)), generator.permutation(len(region.members))

    def run(region):
        model = Model(region, params, interventions)
        flows, stocks = list(ensemble(model, [(0, 20), (20, 40)], 1, 0, deterministic=True))[-1]
        return flows, stocks

    (flows, stocks), (moved_flows, moved_stocks) = run(region), run(permuted(region, places, groups))
    np.testing.assert_allclose(moved_flows.homicides, np.asarray(flows.homicides)[places], rtol=2e-4)
    np.testing.assert_allclose(moved_stocks.members, np.asarray(stocks.members)[places], rtol=2e-4)
    np.testing.assert_allclose(moved_flows.recruits, np.asarray(flows.recruits)[groups], rtol=2e-4)


def early(name: str) -> dict:
    """Numbers that make an intervention act within a few weeks: an early start, and all else within three weeks."""
    declared = {field.name: field.metadata for field in fields(type(load_intervention(name)))}
    waits = {key: 3 for key, metadata in declared.items() if metadata["unit"] == "weeks"}
    return waits | dict(start=5)


def zero_effect(name: str) -> dict:
    """Numbers that make an intervention do nothing."""
    return dict.fromkeys(type(load_intervention(name)).effects, 0.0)


@pytest.mark.parametrize("name", intervention_names())
def test_zero_effect_equals_the_baseline_bit_for_bit(region, params, name):
    """I5, first half."""
    changes = early(name) | zero_effect(name)
    assert_identical(region, params, (load_intervention(name, **changes),), 40, 40)


@pytest.mark.parametrize("name", intervention_names())
def test_before_its_start_equals_the_baseline_bit_for_bit(region, params, name):
    """I5, second half: identical until the start and different after it."""
    assert_identical(region, params, (load_intervention(name, **early(name)),), 40, 5)


def test_all_together_equal_the_baseline_before_they_start(region, params):
    """I5 for a composition."""
    everything = tuple(load_intervention(name, **early(name)) for name in intervention_names())
    assert_identical(region, params, everything, 40, 5)


def assert_identical(region, params, interventions, weeks, until):
    def history(interventions):
        periods = [(week, week + 1) for week in range(weeks)]
        model = Model(region, params, interventions)
        return [jax.tree.leaves(jax.tree.map(np.asarray, period)) for period in ensemble(model, periods, 8, 0)]

    same = [
        all(np.array_equal(a, b) for a, b in zip(baseline, treated, strict=True))
        for baseline, treated in zip(history(()), history(interventions), strict=True)
    ]
    assert all(same[:until])
    assert until == weeks or not all(same)


def test_conditional_seed_is_common(region, params):
    """The first replicates of a larger ensemble are those of a smaller one."""
    model = Model(region, params, ())
    few, many = weekly(model, 10, 4), weekly(model, 10, 8)
    assert np.array_equal(few, many[..., :4])
    assert not np.array_equal(many[..., 0], many[..., 1])
    assert jnp.isfinite(many).all()


def test_shared_shocks_have_mean_one_from_the_first_week(quiet):
    """Persistent and large shocks: the mean over replicates is that without noise, at the start as later."""
    noisy = load_params(national_noise=0.3, state_noise=0.2, noise_persistence=0.99, retaliation=0.0, spillover=0.0)
    first = weekly(Model(quiet, noisy, ()), 1, 4000)[0].sum(axis=0)
    expected = float(quiet.homicides.sum())
    assert abs(first.mean() - expected) < 4 * first.std() / np.sqrt(4000)
    assert first.std() / expected > 0.25


def test_attribution_error_reaches_decisions(region, params):
    """What is attributed at random changes whom an authority takes for the strongest."""
    kingpin = (load_intervention("kingpin", start=3, every=3, breadth=1),)
    certain, mistaken = (
        weekly(Model(region, replace(params, attribution_error=jnp.float32(error)), kingpin), 30, 8) for error in (0, 1)
    )
    assert not np.array_equal(certain, mistaken)


def test_recorded_homicides_are_not_biased_by_small_counts(quiet):
    """With the same rate everywhere and nothing happening, the record stays where it starts."""
    params = load_params(retaliation=0.0, spillover=0.0, national_noise=0.0, state_noise=0.0, dispersion=0.0)
    periods = [(0, 30)]
    model = Model(replace(quiet, homicides=0.05 * quiet.homicides), params, ())
    (_, noisy), (_, exact) = (
        next(ensemble(model, periods, 256, 0, deterministic=deterministic)) for deterministic in (False, True)
    )
    np.testing.assert_allclose(noisy.trust.mean(), exact.trust.mean(), rtol=0.01)


def test_fighting_is_present(region):
    """The fixture would not test conflict if there were none."""
    flows, _ = next(ensemble(Model(region, load_params(**FIGHTING), ()), [(0, 10)], 4, 0))
    assert 0.05 < float(flows.conflict_homicides.sum() / flows.homicides.sum()) < 0.9
