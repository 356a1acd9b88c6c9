"""Conformance: what every intervention must do, whatever it is."""

from dataclasses import fields

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import REPLICATES, by_name, early

from contagion.errors import InputError
from contagion.interventions._targeting import rank
from contagion.interventions.registry import intervention_names, load_intervention, table
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model, first_memories, init
from contagion.kernel.processes.observation import observe
from contagion.kernel.rollouts import compiled_rollout
from contagion.parameters.presets import preset

pytestmark = pytest.mark.to_the_bit

NAMES = intervention_names()
TABLE = table()

# To compile takes most of the time. One option stands alone, others side by side: one of them acts, the rest have no
# effect.
ALONE = ("kingpin",)
OTHERS = [name for name in NAMES if name not in ALONE]
COMPANY = [*((name,) for name in ALONE), *(tuple(OTHERS[first::3]) for first in range(3))]


def idle(name):
    """Numbers with which an intervention has no effect."""
    return dict.fromkeys(TABLE.number[(TABLE.option == name) & (TABLE.kind == "effect")], 0.0)


def among(name, **changes):
    """An intervention with these numbers among others of its company, which have no effect."""
    (company,) = (names for names in COMPANY if name in names)
    return tuple(load_intervention(other, **changes if other == name else idle(other)) for other in company)


def everything():
    """All interventions at once, acting early."""
    return tuple(load_intervention(name, **early(name)) for name in NAMES)


def numbers(name):
    """Declared numbers of an intervention: name, metadata, whether structural."""
    declared = fields(type(load_intervention(name)))
    return [(field.name, field.metadata, field.type is int) for field in declared if "low" in field.metadata]


@pytest.mark.parametrize("name", NAMES)
def test_is_final_documented_and_has_defaults_within_bounds(name):
    kind = type(load_intervention(name))
    assert kind.__doc__
    assert kind.__subclasses__() == []
    for key, metadata, _ in numbers(name):
        value = preset("intervention", name)[name][key]
        assert metadata["low"] <= value <= metadata["high"]
        assert metadata["unit"]


@pytest.mark.parametrize("names", COMPANY, ids=[names[0] for names in COMPANY])
def test_one_trace_serves_many_numbers(region, params, names):
    compiled = []
    for index in range(3):
        interventions = []
        for name in names:
            changes = {
                key: preset("intervention", name)[name][key] + index
                for key, metadata, structural in numbers(name)
                if not structural and metadata["high"] > 50 and preset("intervention", name)[name][key]
            }
            assert changes
            interventions.append(load_intervention(name, **changes))
        model = Model(region, params, tuple(interventions))
        list(ensemble(model, [(0, 4), (4, 9)], REPLICATES, 0))
        compiled.append((first_memories._cache_size(), compiled_rollout("cpu")._cache_size()))
    assert compiled[0] == compiled[1] == compiled[2]


WEEKS = 40


def history(region, params, interventions):
    """All that is recorded, week by week."""
    periods = [(week, week + 1) for week in range(WEEKS)]
    run = ensemble(Model(region, params, interventions), periods, REPLICATES, 0, concatenate=np.concatenate)
    return [jax.tree.leaves(period) for period in run]


@pytest.fixture(scope="module")
def baseline(region, params):
    return history(region, params, ())


def assert_identical(baseline, treated, until):
    """Week by week to the bit until then, and not after it."""
    same = [
        all(np.array_equal(a, b) for a, b in zip(usual, other, strict=True))
        for usual, other in zip(baseline, treated, strict=True)
    ]
    assert all(same[:until])
    assert until == WEEKS or not all(same)


@pytest.mark.parametrize("name", NAMES)
def test_zero_effect_equals_the_baseline_bit_for_bit(region, params, baseline, name):
    """I5, first half."""
    treated = history(region, params, among(name, **early(name) | idle(name)))
    assert_identical(baseline, treated, WEEKS)


@pytest.mark.parametrize("name", NAMES)
def test_before_its_start_equals_the_baseline_bit_for_bit(region, params, baseline, name):
    """I5, second half: identical until the start and different after it."""
    assert_identical(baseline, history(region, params, among(name, **early(name))), 5)


def test_all_together_equal_the_baseline_before_they_start(region, params, baseline):
    """I5 for a composition."""
    assert_identical(baseline, history(region, params, everything()), 5)


@pytest.mark.parametrize("name", [*NAMES, "all"])
def test_controls_are_bounded_and_people_conserved(region, params, name):
    """Members change by what is recorded and by nothing else; shares stay shares; forces stay positive."""
    model = Model(region, params, everything() if name == "all" else among(name, **early(name)))
    before = np.asarray(region.members.sum(axis=1))[:, None]
    per_casualty = np.asarray(init(model, REPLICATES)[1].per_casualty)
    for flows, stocks in ensemble(model, [(week, week + 5) for week in range(0, 40, 5)], REPLICATES, 0):
        after = np.asarray(stocks.members_of_group)
        change = flows.recruits - flows.incapacitated - flows.killed - flows.killed_by_state - flows.dropouts
        change = change - flows.demobilised - flows.defected + flows.absorbed
        expected = before + np.asarray(change)
        whole = np.asarray(flows.splits).sum(axis=0) == 0  # where none splits, each group for itself
        np.testing.assert_allclose(after[:, whole], expected[:, whole], rtol=1e-4, atol=1e-2)
        np.testing.assert_allclose(after.sum(axis=0), expected.sum(axis=0), rtol=1e-4)
        assert whole.any()
        np.testing.assert_allclose(stocks.members.sum(axis=0), after.sum(axis=0), rtol=1e-5)
        for_leaving = params.retribution / (1 - params.retribution) * np.asarray(flows.demobilised).sum(axis=0)
        fought = per_casualty * (np.asarray(flows.killed).sum(axis=0) - for_leaving) + for_leaving
        np.testing.assert_allclose(fought, np.asarray(flows.conflict_homicides).sum(axis=0), rtol=2e-4)
        assert np.all(np.asarray(stocks.military) >= 0)
        assert np.all(np.asarray(stocks.police) >= 0)
        assert np.all((np.asarray(stocks.integrity) >= 0) & (np.asarray(stocks.integrity) <= 1))
        before = after


CONTRADICTORY = {  # numbers that cannot all be at this end, and one that is not
    ("concentric_handover", "low"): {"threshold": 1.0},
    ("kingpin", "high"): {"opportunistic": 0},
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", ["low", "high"])
def test_extreme_but_legal_numbers_survive(region, params, name, end):
    changes = {key: metadata[end] for key, metadata, structural in numbers(name) if not structural}
    changes |= CONTRADICTORY.get((name, end), {})
    model = Model(region, params, among(name, **changes | {"start": 2}))
    for period in ensemble(model, [(0, 30), (30, 60)], REPLICATES, 0):
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(period))


@pytest.mark.parametrize("name", NAMES)
def test_illegal_numbers_are_refused(name):
    for key, metadata, structural in numbers(name):
        for value in (metadata["low"] - 1, metadata["high"] * 2 + 1, "many", True, None):
            with pytest.raises(InputError, match=rf"{name}\.{key}=.*must be a"):
                load_intervention(name, **{key: value})
        if not structural:
            with pytest.raises(InputError, match=key):
                load_intervention(name, **{key: float("nan")})
    with pytest.raises(InputError, match="no such key; the nearest is start"):
        load_intervention(name, stert=3)


def test_composition_does_not_depend_on_order(region, params):
    runs = [
        list(ensemble(Model(region, params, order), [(0, 30)], REPLICATES, 0))
        for order in (everything(), everything()[::-1])
    ]
    for a, b in zip(*(jax.tree.leaves(run) for run in runs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-3)


def test_interventions_see_no_latent_state(region, params):
    """The view has only what an authority could know."""
    carry, _ = init(Model(region, params, ()), 2)
    view = observe(carry.state, params, region, None)
    assert set(vars(view)) == {
        "recorded",
        "attributed",
        "military",
        "police",
        "capability",
        "renewed",
        "agreement",
        "chance",
    }


def test_empty_controls_are_the_identity(region, params):
    carry, _ = init(Model(region, params, ()), 2)
    full = everywhere(carry.state)
    filled = jax.tree.map(lambda leaf: leaf + 0.5, full)
    assert eqx.tree_equal(filled.combine(Controls()), filled)


def everywhere(state):
    """Controls that change nothing, every field at its full shape."""
    sizes = dict(place=len(state.recent), group=len(state.shock), replicate=state.shock.shape[1])

    def full(kind):
        declared = {field.name: field for field in fields(kind) if "axes" in field.metadata}
        axes = {name: (*field.metadata["axes"], "replicate") for name, field in declared.items()}
        return {name: jnp.full([sizes[axis] for axis in axes[name]], declared[name].default) for name in declared}

    return Controls(**full(Controls), ledger=Ledger(**full(Ledger)))


def random_controls(state, generator):
    """Controls with every field at its full shape, within its bounds."""
    shares = {
        "withdrawal",
        "force",
        "removal",
        "killing",
        "site",
        "sweep",
        "raid",
        "vetting",
        "custody",
        "agreement",
        "secured",
        "held",
        "known",
        "leaked",
    }

    def values(name, shape):
        return jnp.asarray(generator.random(shape) * (1 if name in shares else 50) + (name not in shares), jnp.float32)

    empty = everywhere(state)
    ledger = Ledger(**{name: values(name, field.shape) for name, field in vars(empty.ledger).items()})
    shaped = {name: field.shape for name, field in by_name(empty).items() if not hasattr(ledger, name)}
    return Controls(**{name: values(name, shape) for name, shape in shaped.items()}, ledger=ledger)


@pytest.mark.parametrize("seed", range(5))
def test_controls_combine_in_any_order_and_with_the_empty_ones_to_themselves(region, params, seed):
    """Field by field: to the bit for two and for the empty ones, to rounding for three."""
    state = init(Model(region, params, ()), 2)[0].state
    generator = np.random.default_rng(seed)
    one, two, three = (random_controls(state, generator) for _ in range(3))
    for name, alone in by_name(one).items():
        both, reverse = (by_name(combined)[name] for combined in (one.combine(two), two.combine(one)))
        assert np.array_equal(both, reverse), name
        assert both.size < 8 or not np.array_equal(both, alone), name
        first, last = one.combine(two).combine(three), three.combine(two.combine(one))
        np.testing.assert_allclose(by_name(first)[name], by_name(last)[name], rtol=1e-6, err_msg=name)
        for same in (one.combine(Controls()), Controls().combine(one)):
            assert np.array_equal(by_name(same)[name], alone), name


def test_rank_orders_from_largest_with_ties_to_the_earlier():
    values = jnp.array([[1.0, 5.0], [3.0, 5.0], [3.0, 9.0]])
    assert rank(values).tolist() == [[2, 1], [0, 2], [1, 0]]
