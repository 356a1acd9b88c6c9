"""Options that wait for what an authority sees, and that end with it; numbers that differ between replicates."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import FIGHTING, REPLICATES, early, make_region, play

from contagion.errors import InputError
from contagion.interventions.priors import draw_options, numbers_drawn
from contagion.interventions.registry import build_intervention, intervention_names, load_intervention
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model
from contagion.kernel.intervention import Drawn, drawn_of
from contagion.parameters.presets import load_params, preset

NAMES = intervention_names()


def run(region, params, *options):
    """Flows and stocks of one period."""
    model = Model(region, params, options)
    return next(ensemble(model, [(0, 30)], REPLICATES, 0, concatenate=np.concatenate))


def test_alone_in_each_replicate_options_do_the_same(region, params):
    """To rounding: their weeks and their numbers may differ between replicates, but do not."""
    options = [load_intervention(name, **early(name)) for name in NAMES]
    together, alone = (
        jax.tree.leaves(run(region, params, *each)) for each in (options, [Drawn(option) for option in options])
    )
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_each_replicate_has_its_own_number(region, params):
    """As in a run in which all have it; also in chunks, and in runs of the later replicates alone."""
    shares = jnp.linspace(0.1, 0.8, REPLICATES)
    option = load_intervention("recruitment_reduction", start=2)
    drawn = Drawn(eqx.tree_at(lambda whole: whole.share, option, shares))
    recruits = run(region, params, drawn)[0].recruits
    for index in (0, 5):
        alone = load_intervention("recruitment_reduction", start=2, share=float(shares[index]))
        expected = run(region, params, alone)[0].recruits
        np.testing.assert_allclose(recruits[:, index], expected[:, index], rtol=1e-5)
    later = drawn_of((drawn,), slice(4, None))[0]
    assert np.array_equal(later.option.share, shares[4:])


def capable(view, capability):
    return replace(view, capability=jnp.full_like(view.capability, capability))


def test_an_option_starts_when_a_condition_has_held(region, view):
    """Capability of one half for three weeks on end, not before its own start; it counts its weeks from there."""
    option = build_intervention(
        "justice_reform",
        dict(start=2, build_weeks=4, share=0.4, after=dict(measure="capability", at_least=0.5, weeks=3)),
    )
    seen = [capable(view, value) for value in (0.6, 0.6, 0.4, 0.6, 0.6, 0.6, 0.2, 0.2, 0.2, 0.2, 0.2)]
    impunity = [float(np.max(np.asarray(control.impunity))) for control in play(option, region, seen)]
    assert impunity == pytest.approx([1, 1, 1, 1, 1, 1, 0.9, 0.8, 0.7, 0.6, 0.6])


@pytest.mark.parametrize(
    ("condition", "high", "low"),
    [
        (dict(measure="homicides", at_most=0.5), 0.6, 0.4),
        (dict(measure="homicide_rate", at_most=10.0), 15.0, 9.0),
        (dict(measure="agreement", at_least=0.5), 0.0, 1.0),
        (dict(measure="homicides", at_least=0.2, at_most=0.5, area="deployment_regions"), 0.6, 0.3),
    ],
)
def test_an_option_ends_with_what_is_seen(region, view, condition, high, low):
    """From the week in which it holds on, for good; each measure in its own unit."""

    def seen(level):
        if condition["measure"] == "agreement":
            return replace(view, agreement=jnp.full_like(view.agreement, level))
        rate = jnp.asarray(region.population)[:, None] / 52.1775e5
        usual = jnp.asarray(region.homicides)[:, None] if condition["measure"] == "homicides" else rate
        return replace(view, recorded=level * usual * jnp.ones_like(view.recorded))

    option = build_intervention("recruitment_reduction", dict(start=1, share=0.5, until=condition | dict(weeks=2)))
    views = [seen(level) for level in (high, high, low, high, low, low, high, high)]
    factors = [float(np.max(np.asarray(control.recruitment))) for control in play(option, region, views)]
    assert factors == pytest.approx([1, 0.5, 0.5, 0.5, 0.5, 1, 1, 1])


def test_a_condition_counts_from_the_start_where_numbers_are_drawn():
    """Not before its own start, and from the week of the condition, whether numbers were drawn or not."""
    region = make_region()
    params = load_params(**FIGHTING)
    plain = build_intervention(
        "kingpin", dict(start=9, every=100, success=1.0, after=dict(measure="capability", at_least=0.0, weeks=12))
    )
    priors = dict(kingpin=dict(severity={"uniform": [0.5, 1.0]}))
    (drawn,) = draw_options(priors, {"": (plain,)}, REPLICATES, seed=0)[""]
    assert drawn.option.option.severity.shape == (REPLICATES,)
    for option in (plain, drawn):
        model = Model(region, params, (option,))
        weeks = ensemble(model, [(week, week + 1) for week in range(16)], REPLICATES, 0, concatenate=np.concatenate)
        struck = [week for week, (flows, _) in enumerate(weeks) if flows.captures.sum()]
        assert struck == [11]


def test_a_condition_differs_between_replicates(region, params):
    """A run with a condition that is met at once is the run without it; one that is never met is the baseline."""
    plain = run(region, params, load_intervention("middle_layer", **early("middle_layer")))
    at_once, never = (
        run(region, params, build_intervention("middle_layer", early("middle_layer") | dict(after=condition)))
        for condition in (dict(measure="capability", at_least=0.0), dict(measure="capability", at_least=2.0))
    )
    for one, other in zip(jax.tree.leaves(plain), jax.tree.leaves(at_once), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
    usual = next(ensemble(Model(region, params, ()), [(0, 30)], REPLICATES, 0, concatenate=np.concatenate))
    for one, other in zip(jax.tree.leaves(usual), jax.tree.leaves(never), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("always", "after='always': must be a measure with at_least or at_most"),
        (dict(measure="capability"), "must be a measure with at_least or at_most"),
        (dict(measure="fear", at_least=1), "after.measure='fear': must be one of capability"),
        (dict(measure="capability", at_least=1, week=3), "after.week: no such key; the nearest is weeks"),
        (dict(measure="capability", at_least=1, weeks=0), "after.weeks=0: out of bounds"),
        (dict(at_least=1), "after: missing measure"),
    ],
)
def test_an_impossible_condition_is_refused(condition, message):
    with pytest.raises(InputError, match=message):
        build_intervention("truce", dict(after=condition))


def test_numbers_with_a_prior_are_drawn_unless_they_were_chosen():
    """Alike in every strategy, one value per replicate, and the same in runs of the later replicates alone."""
    priors = dict(kingpin=dict(severity={"uniform": [0.5, 1.0]}, every={"uniform": [4, 30]}))
    chosen = load_intervention("kingpin", severity=0.6)
    strategies = {
        "usual": (load_intervention("kingpin"),),
        "chosen": (chosen, load_intervention("truce")),
        "waiting": (build_intervention("kingpin", dict(after=dict(measure="capability", at_least=0.5))),),
    }
    drawn = draw_options(priors, strategies, 50, seed=3)
    usual, waiting = drawn["usual"][0].option, drawn["waiting"][0].option.option
    assert usual.severity.shape == (50,)
    assert 0.5 <= usual.severity.min() < 0.6 < 0.9 < usual.severity.max() <= 1
    assert usual.every.dtype == chosen.every.dtype
    assert np.array_equal(usual.severity, waiting.severity)
    assert np.array_equal(usual.every, drawn["chosen"][0].option.every)
    assert drawn["chosen"][0].option.severity.shape == ()
    assert drawn["chosen"][1] is strategies["chosen"][1]
    later = draw_options(priors, strategies, 20, seed=3, first=30)["usual"][0].option
    assert np.array_equal(later.severity, usual.severity[30:])
    assert list(numbers_drawn(drawn.values())) == ["kingpin.every", "kingpin.severity"]
    assert draw_options({}, strategies, 50, seed=3) == strategies


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ({"kingpin": {"severe": {"uniform": [0, 1]}}}, "priors.options.kingpin.severe: no such number; the nearest"),
        ({"kingpin": {"severity": {"uniform": [0, 2]}}}, "priors.options.kingpin.severity.uniform=.*within 0 to 1"),
        ({"kingpin": {"place": {"uniform": [0, 1]}}}, "priors.options.kingpin.place: no such number"),
        ({"concentric_handover": {"rings": {"uniform": [1, 4]}}}, "rings: no such number"),
    ],
)
def test_an_impossible_prior_is_refused(priors, message):
    strategies = {"all": tuple(load_intervention(name) for name in ("kingpin", "concentric_handover"))}
    with pytest.raises(InputError, match=message):
        draw_options(priors, strategies, 5, seed=0)


def test_priors_of_options_hold_their_defaults():
    """Every assumed default lies in the middle 90 % of its prior, and every option named exists."""
    priors = preset("priors", "options")["options"]
    assert set(priors) <= set(NAMES)
    strategies = {name: (load_intervention(name),) for name in priors}
    for name, options in draw_options(priors, strategies, 2000, seed=0).items():
        for key in priors[name]:
            values, default = np.asarray(getattr(options[0].option, key)), preset("intervention", name)[name][key]
            low, high = np.quantile(values, [0.05, 0.95])
            assert low <= default <= high, (name, key)
