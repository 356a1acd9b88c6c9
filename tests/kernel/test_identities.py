"""I2, I3 and I4: limits and symmetries that the code must satisfy."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import FIGHTING, REPLICATES, early
from oracle import weight_matrix
from scipy.optimize import minimize
from scipy.stats import nbinom
from statsmodels.tools.numdiff import approx_hess

from contagion.interventions.registry import intervention_names, load_intervention
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model, init
from contagion.kernel.numerics.sums import neighbour_mean, totals_of
from contagion.kernel.processes.entry import entry
from contagion.kernel.processes.fragmentation import fragmentation
from contagion.kernel.processes.relocation import relocation
from contagion.parameters.presets import load_params

pytestmark = pytest.mark.to_the_bit

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
    run = ensemble(model, periods, replicates, seed, concatenate=np.concatenate, **options)
    return np.stack([flows.homicides for flows, _ in run])


def test_endemic_epidemic_stationary_mean(quiet):
    """I2: the mean solves m = nu + (phi I + xi W) m, from any start."""
    params = load_params(**ENDEMIC_EPIDEMIC)
    model = Model(quiet, params, ())
    w = weight_matrix(quiet, quiet.exchange, quiet.tail_exchange) + np.diag(quiet.staying)
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
    w = weight_matrix(quiet, quiet.exchange, quiet.tail_exchange) + np.diag(quiet.staying)
    before, after = counts[:-1], counts[1:]
    around = np.einsum("mn,tnr->tmr", w, before)
    means = np.asarray(quiet.homicides, float)
    shape = np.maximum(means - 0.35 * means - 0.25 * w @ means, 0.05 * means)[:, None]

    def loss(theta):
        level, phi, xi, dispersion = np.exp(theta)
        mean = level * shape + phi * before + xi * around
        return -nbinom.logpmf(after, 1 / dispersion, 1 / (1 + dispersion * mean)).sum()

    fit = minimize(loss, np.log([0.7, 0.2, 0.2, 0.1]), method="BFGS")
    curvature = approx_hess(fit.x, loss)  # what BFGS keeps of it may be far off
    errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
    score = (fit.x - np.log([1.0, 0.35, 0.25, 0.2])) / errors
    assert np.all(errors < 0.2)
    assert np.all(np.abs(score) < 4), (score, errors)


# Compiled as a whole, a process costs less than operation by operation.


@jax.jit
def _fragmentation(state, params, region, keys):
    """The state after those who leave have gone, the splits, and those that found no slot."""
    state, _, splits, blocked = fragmentation(state, totals_of(state), params, region, keys)
    return state, splits, blocked


_relocation, _entry = jax.jit(relocation), jax.jit(entry)


def unrest(**changes):
    """Parameters under which groups split, move and open all the time, as fast as a step of a week allows."""
    rates = dict(split_hazard=0.05, relocation=0.15, flight=0.1, entry=0.06, foothold=1.0)
    return load_params(**rates | FIGHTING | changes)


@pytest.mark.parametrize("drawn", [True, False], ids=["drawn", "expected"])
def test_splits_moves_and_entries_conserve_persons(region, drawn):
    """I3: process by process, persons of each group, or of all where a group splits; and something happens."""
    params = unrest()
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(5), jnp.arange(16)) if drawn else None
    carry, constants = init(Model(region, params, ()), 16, keys)
    state = replace(carry.state, integrity=0.2 * carry.state.integrity)
    moves = (
        lambda state: _relocation(state, constants, params, region, keys),
        lambda state: _entry(state, jnp.ones_like(state.shock), params, region, keys),
    )
    for process in moves:
        after, happened = process(state)
        assert happened.sum() > 10
        for layer in ("members", "operators"):
            before, moved = (np.asarray(getattr(each, layer), float) for each in (state, after))
            np.testing.assert_allclose(moved.sum(axis=0), before.sum(axis=0), rtol=2e-6)
            assert moved.min() >= 0
            assert np.abs(moved - before).max() > 0.1
        state = after
    after, splits, _ = _fragmentation(state, params, region, keys)
    assert splits.sum() > 0.5
    for layer in ("members", "operators"):
        before, moved = (np.asarray(getattr(each, layer), float) for each in (state, after))
        np.testing.assert_allclose(moved.sum(axis=1), before.sum(axis=1), rtol=2e-6)  # in every place
        assert moved.min() >= 0


def test_whole_run_accounts_for_every_member(region):
    """I3 over two years of everything at once: members at the end are those at the start plus and minus all flows."""
    interventions = tuple(load_intervention(name, **early(name)) for name in intervention_names())
    model = Model(region, unrest(), interventions)
    flows, stocks = next(ensemble(model, [(0, 104)], REPLICATES, 0))
    change = flows.recruits - flows.incapacitated - flows.killed - flows.killed_by_state - flows.dropouts
    change = change - flows.defected + flows.absorbed
    change = change - flows.demobilised
    expected = region.members.sum() + np.asarray(change, float).sum(axis=0)
    slack = 1e-6 * region.members.sum()  # some runs end with next to nobody
    np.testing.assert_allclose(np.asarray(stocks.members, float).sum(axis=0), expected, rtol=1e-4, atol=slack)
    assert flows.splits.sum() > 0
    assert flows.relocated.sum() > 0
    assert flows.entries.sum() > 0


def test_splits_are_spatially_coherent_and_leave_traces(region):
    """A splinter holds one side of the territory, knows its parent, and is an enemy of it."""
    groups, places = region.members.shape
    everywhere = np.zeros_like(region.members)
    everywhere[0] = 100.0
    one_group = replace(region, members=everywhere, hostility=np.zeros_like(region.hostility))
    params = load_params(split_hazard=1.0, split_hazard_headless=0.0, split_share=0.4, split_hostility=0.7)
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(2), jnp.arange(64))
    carry, _ = init(Model(one_group, params, ()), 64, keys)
    after, splits, blocked = _fragmentation(carry.state, params, one_group, keys)
    split = np.asarray(splits[0]) == 1
    assert 0.5 < split.mean() < 0.75  # 1 - exp(-1) of replicates
    assert blocked.sum() == 0
    share = np.asarray(after.members[:, 1])[:, split] / 100
    np.testing.assert_allclose(share.mean(), 0.4, atol=0.05)
    across = neighbour_mean(one_group, jnp.asarray(share))
    assert np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(share.T, np.asarray(across).T, strict=True)]) > 0.8
    assert np.all(np.asarray(after.parent)[1] == np.where(split, 0, -1))
    np.testing.assert_allclose(np.asarray(after.hostility)[0, 1], np.where(split, 0.7, 0), rtol=1e-3)
    np.testing.assert_allclose(after.hostility[0, 1], after.hostility[1, 0])

    full = replace(one_group, members=np.full((groups, places), 50.0, np.float32))
    carry, _ = init(Model(full, params, ()), 64, keys)
    after, splits, blocked = _fragmentation(carry.state, params, full, keys)
    assert splits.sum() == 0
    assert blocked.sum() > 30
    assert np.array_equal(after.members, carry.state.members)


@pytest.mark.parametrize("channel", ["relocation_channel", "entry_channel"])
def test_a_channel_that_is_off_moves_nobody(region, channel):
    """Nor does it stop the other one; members are accounted for either way."""
    flows, stocks = next(ensemble(Model(region, unrest(**{channel: 0.0}), ()), [(0, 20)], REPLICATES, 0))
    moved = {"relocation_channel": flows.relocated, "entry_channel": flows.entries}
    assert moved.pop(channel).sum() == 0
    assert moved.popitem()[1].sum() > 0
    change = flows.recruits - flows.incapacitated - flows.killed - flows.killed_by_state - flows.dropouts
    change = change - flows.defected + flows.absorbed
    change = change - flows.demobilised
    expected = region.members.sum() + np.asarray(change, float).sum(axis=0)
    np.testing.assert_allclose(np.asarray(stocks.members, float).sum(axis=0), expected, rtol=1e-4)


def test_contagion_that_is_off_breeds_nothing(region, params):
    """With the channel off, retaliation and spillover are as if they were zero."""
    off = replace(params, contagion_channel=jnp.float32(0))
    none = replace(params, retaliation=jnp.float32(0), spillover=jnp.float32(0))
    runs = [weekly(Model(region, changed, ()), 12, REPLICATES) for changed in (off, none, params)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def permuted(region, places, groups):
    """The same region with places and groups relabelled."""
    position = np.argsort(places)
    order = np.argsort(position[region.tail_place], kind="stable")
    by_place = {
        name: np.asarray(getattr(region, name))[places]
        for name in ("population", "homicides", "military", "police", "capability", "vulnerability", "strategic",
                     "easting", "northing", "province", "weights", "closeness", "exchange", "staying")
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
        tail_closeness=region.tail_closeness[order],
        tail_exchange=region.tail_exchange[order],
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


def test_conditional_seed_is_common(region, params):
    """The first replicates of a larger ensemble are those of a smaller one."""
    model = Model(region, params, ())
    few, many = weekly(model, 10, 4), weekly(model, 10, REPLICATES)
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
        weekly(Model(region, replace(params, attribution_error=jnp.float32(error)), kingpin), 30, REPLICATES)
        for error in (0, 1)
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
    flows, _ = next(ensemble(Model(region, load_params(**FIGHTING), ()), [(0, 10)], REPLICATES, 0))
    assert 0.05 < float(flows.conflict_homicides.sum() / flows.homicides.sum()) < 0.9
