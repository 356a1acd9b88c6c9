"""Weights of the mixture, and the scatter of single places, on records whose truth is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from synthetic import PLACES, record

from contagion.inference import forecast
from contagion.inference.forecast.shares import Examples, fit_coefficients, members, starting, weights
from contagion.inference.forecast.stacking import Shift

ORIGINS, ROWS = 10, 400


def examples(generator: np.random.Generator, truth: np.ndarray, activity: np.ndarray) -> Examples:
    """Poisson counts about a mixture of four members with the weights of `truth` [row, member]."""
    risks = generator.lognormal(0, 0.7, (ORIGINS * ROWS, 4))
    exposure = np.full(ORIGINS * ROWS, 20.0)
    mean = exposure * (risks * truth).sum(axis=1)
    counts = generator.poisson(mean)
    origin = np.repeat(np.arange(ORIGINS), ROWS)
    exposure *= (np.bincount(origin, counts) / np.bincount(origin, exposure))[origin]
    arrays = risks, exposure, counts, activity, origin, np.ones(len(counts))
    return Examples(*(jnp.asarray(values, float) for values in arrays))


def test_weights_are_recovered_by_size():
    """Small places follow the third member, large ones the first: neither is where the weights start."""
    generator = np.random.default_rng(5)
    activity = generator.normal(0, 1, ORIGINS * ROWS)
    large = 1 / (1 + np.exp(-2 * activity))
    truth = np.stack([large, 0 * large, 1 - large, 0 * large], axis=1)
    with jax.enable_x64(True):
        fitted = fit_coefficients(examples(generator, truth, activity), ORIGINS)
        found = np.asarray(weights(jnp.asarray(fitted), jnp.asarray([-1.5, 0.0, 1.5])))
    np.testing.assert_allclose(found[:, 0], [0.05, 0.5, 0.95], atol=0.12)
    np.testing.assert_allclose(found[:, 2], [0.95, 0.5, 0.05], atol=0.12)


def test_the_filter_has_about_half_at_the_start():
    for periods, number in ((12, 13), (1, 12)):
        assert len(members(periods)) == number
        share = np.asarray(weights(jnp.asarray(starting(number)), jnp.zeros(1)))[0]
        assert members(periods)[-1] == "filter"
        assert 0.45 < share[-1] < 0.65
        np.testing.assert_allclose(share[:-1], share[0])


@pytest.fixture(scope="module")
def uneven() -> forecast.Forecast:
    """Every second place is counted exactly as expected, the others in bursts."""
    counts, population, neighbours, area = record(rate=20, periods=72)
    smooth = np.arange(PLACES) % 2 == 0
    generator = np.random.default_rng(6)
    usual = counts.mean("time").values
    counts = counts.copy()
    counts[:, smooth] = generator.poisson(usual[smooth], (72, smooth.sum()))
    counts[:, ~smooth] = generator.poisson(usual[~smooth] * generator.gamma(1.0, 1.0, (72, (~smooth).sum())))
    return forecast.fit(counts, population, neighbours, area)


def test_weights_are_labelled_and_sum_to_one(uneven):
    assert uneven.weights.dims == ("horizon", "place", "member")
    assert uneven.weights.horizon.values.tolist() == [1, 3, 6, 12, 24]
    np.testing.assert_allclose(uneven.weights.sum("member"), 1, rtol=1e-6)
    start = np.asarray(weights(jnp.asarray(starting(13)), jnp.zeros(1)))[0]
    assert abs(uneven.weights.sel(horizon=1) - start).max() > 0.01


def test_places_scatter_as_they_did(uneven):
    size = np.asarray(uneven.moves.size)
    assert np.median(size[::2]) > 1.5 * np.median(size[1::2])


def test_weights_stay_at_the_start_where_the_record_is_short():
    fitted = forecast.fit(*record(periods=30))
    start = np.asarray(weights(jnp.asarray(starting(13)), jnp.zeros(1)))[0]
    np.testing.assert_allclose(fitted.weights, np.broadcast_to(start, fitted.weights.shape), rtol=1e-5)


def test_shifts_are_interpolated_between_horizons():
    shift = Shift((1, 3, 6), np.array([[0.0], [1.0], [4.0]]), np.ones((3, 1, 1)))
    np.testing.assert_allclose(shift.at(8)[:, 0], [0, 0.5, 1, 2, 3, 4, 4, 4])
