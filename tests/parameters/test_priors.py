"""Draws of the assumed parameters: distributions, common quantiles, mistakes."""

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import of_parameters
from scipy import stats

from contagion.errors import InputError
from contagion.parameters.presets import load_params
from contagion.parameters.priors import draw


def test_draws_do_not_depend_on_how_many():
    priors, params = of_parameters("broad"), load_params()
    few, many = draw(priors, params, 5, 1), draw(priors, params, 50, 1)
    for name in priors:
        values = getattr(many, name)
        assert values.shape == (50,)
        assert (values[:5] == getattr(few, name)).all()
    assert few.impunity.shape == ()
    assert not (draw(priors, params, 5, 2).retaliation == few.retaliation).any()


def test_draws_do_not_depend_on_order_or_on_other_priors():
    priors, params = of_parameters("broad"), load_params()
    drawn = draw(priors, params, 5, 1)
    for others in (dict(reversed(priors.items())), {name: priors[name] for name in ("capture_shock", "killing_shock")}):
        again = draw(others, params, 5, 1)
        assert all((getattr(again, name) == getattr(drawn, name)).all() for name in others)


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        ({"uniform": [0.2, 0.6]}, stats.uniform(0.2, 0.4)),
        ({"loguniform": [0.01, 1]}, stats.loguniform(0.01, 1)),
        ({"normal": [0.5, 0.1]}, stats.norm(0.5, 0.1)),
        ({"normal": [0.1, 0.3]}, stats.truncnorm(-0.1 / 0.3, 0.9 / 0.3, 0.1, 0.3)),
        ({"lognormal": [0.05, 0.5]}, stats.lognorm(0.5, scale=0.05)),
        ({"beta": [2, 5]}, stats.beta(2, 5)),
    ],
)
def test_distributions(distribution, expected):
    """Kolmogorov-Smirnov against SciPy's own, within the bounds 0 and 1 of the parameter."""
    values = np.asarray(draw({"impunity": distribution}, load_params(), 4000, 0).impunity)
    assert values.min() >= 0
    assert values.max() <= 1
    assert stats.kstest(values, expected.cdf).pvalue > 0.01


def test_a_prior_may_begin_where_another_parameter_lies():
    drawn = draw(of_parameters("broad"), load_params(), 500, 0)
    assert (drawn.killing_shock >= drawn.capture_shock).all()
    fixed = draw({"killing_shock": {"uniform": ["capture_shock", 0.4]}}, load_params(capture_shock=0.3), 500, 0)
    assert 0.3 <= fixed.killing_shock.min() < 0.31 < 0.39 < fixed.killing_shock.max() <= 0.4


def test_numbers_of_a_posterior_stay():
    params = load_params().__class__(**{**vars(load_params()), "retaliation": jnp.array([0.1, 0.2])})
    drawn = draw(of_parameters("broad"), params, 2, 0)
    assert drawn.retaliation is params.retaliation
    assert drawn.spillover.shape == (2,)


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ({"retaliatoin": {"uniform": [0, 1]}}, "priors.retaliatoin: no such parameter; the nearest is retaliation"),
        ({"retaliation": {"gamma": [0, 1]}}, "must be one of uniform, loguniform, normal, lognormal, beta"),
        ({"retaliation": {"uniform": [0, 1], "normal": [0, 1]}}, "one distribution; ~priors.retaliation.uniform"),
        ({"retaliation": 0.3}, "must be one of uniform"),
        ({"retaliation": {"uniform": [0.3]}}, r"must be two numbers, \[low, high\]"),
        ({"retaliation": {"normal": 0.3}}, r"must be two numbers, \[mean, standard deviation\]"),
        ({"retaliation": {"uniform": [0.3, "x"]}}, "'x' is neither a number nor a parameter declared before"),
        ({"capture_shock": {"uniform": [0.3, "killing_shock"]}}, "declared before this one; the nearest is"),
        ({"retaliation": {"uniform": ["retaliation", 0.5]}}, "declared before this one"),
        ({"retaliation": {"uniform": [0.3, float("inf")]}}, "must be two finite numbers"),
        ({"retaliation": {"uniform": [True, 1]}}, "must be two finite numbers"),
        ({"retaliation": {"uniform": [0.5, 0.3]}}, "must be increasing and within 0 to 1"),
        ({"retaliation": {"uniform": [0.5, 3]}}, "must be increasing and within 0 to 1"),
        ({"retaliation": {"loguniform": [0, 1]}}, "the lower bound must be positive"),
        ({"retaliation": {"normal": [0.2, 0]}}, "mean and standard deviation must be positive"),
        ({"retaliation": {"normal": [10, 0.1]}}, "nearly all of it lies outside the bounds of the parameter, 0 to 1"),
        ({"retaliation": {"uniform": [0.95, 1.0]}}, r"replicate \d+: .* = 1.*: the branching ratio must be below 1"),
        ({"capture_shock": {"uniform": [1.7, 2.0]}}, r"replicate 0: params.killing_shock - params.capture_shock = -0"),
    ],
)
def test_bad_priors(priors, message):
    with pytest.raises(InputError, match=message):
        draw(priors, load_params(), 8, 0)
