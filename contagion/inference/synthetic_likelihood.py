"""Parameters from data: synthetic likelihood on an ensemble, with an emulator of the statistics (Wood 2010).

Each replicate of an ensemble is a simulation at its own draw of the parameters. Published statistics are compared with
an emulator of their mean, quadratic in the quantiles of the priors, with the covariance of what the emulator leaves
over: the noise of a single simulation. The posterior is sampled by the No-U-Turn sampler of blackjax.
"""

import importlib
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key
from numpy.typing import NDArray

from contagion.errors import InputError

RIDGES = (0.1, 1.0, 10.0, 100.0, 1000.0)  # penalties of which cross-validation takes one
FOLDS = 8
WARMUP, THIN, CHAINS = 1000, 5, 4


@dataclass(frozen=True)
class Emulator:
    """Mean of the statistics as a function of quantiles of the priors, and the covariance about it."""

    coefficients: NDArray  # [feature, statistic]
    covariance: NDArray  # [statistic, statistic], of one simulation
    explained: NDArray  # [statistic], share of the variance over the priors that the mean explains, cross-validated

    def mean(self, quantiles: Float[Array, "*draw parameter"]) -> Float[Array, "*draw statistic"]:
        """Emulated statistics."""
        return features(quantiles) @ self.coefficients


def features(quantiles: Float[Array, "*draw parameter"]) -> Float[Array, "*draw feature"]:
    """Constant, linear, quadratic and mixed terms of quantiles in 0..1, centred."""
    centred = 2 * jnp.asarray(quantiles) - 1
    first, second = np.triu_indices(centred.shape[-1])
    ones = jnp.ones((*centred.shape[:-1], 1), centred.dtype)
    return jnp.concatenate([ones, centred, centred[..., first] * centred[..., second]], axis=-1)


def emulate(quantiles: NDArray, statistics: NDArray) -> Emulator:
    """Ridge regression of statistics on features; the penalty of each statistic by cross-validation.

    **Arguments:** `quantiles` [simulation, parameter] of the priors; `statistics` [simulation, statistic], finite.
    **Raises:** `InputError` where simulations are fewer than ten per parameter, or a statistic does not vary.
    """
    simulations, parameters = quantiles.shape
    if simulations < 10 * parameters:
        raise InputError(f"{simulations} simulations for {parameters} parameters: ten for each are the least.")
    if not np.isfinite(statistics).all() or not (statistics.std(axis=0) > 0).all():
        raise InputError("A statistic is not finite, or the same in all simulations: nothing can be learnt from it.")
    design = np.asarray(features(jnp.asarray(quantiles, jnp.float32)), float)
    fold = np.arange(simulations) % FOLDS
    left = np.empty((len(RIDGES), *statistics.shape))
    for index, ridge in enumerate(RIDGES):
        for held in range(FOLDS):
            fitted = _ridge(design[fold != held], statistics[fold != held], ridge)
            left[index, fold == held] = statistics[fold == held] - design[fold == held] @ fitted
    errors = np.square(left).mean(axis=1)
    best = errors.argmin(axis=0)
    columns = [_ridge(design, statistics[:, [at]], RIDGES[ridge])[:, 0] for at, ridge in enumerate(best)]
    residual = np.stack([left[ridge, :, at] for at, ridge in enumerate(best)], axis=1)
    return Emulator(
        coefficients=np.stack(columns, axis=1),
        covariance=np.cov(residual, rowvar=False).reshape(statistics.shape[1], -1),
        explained=1 - errors.min(axis=0) / statistics.var(axis=0),
    )


def _ridge(design: NDArray, outcomes: NDArray, penalty: float) -> NDArray:
    """Coefficients shrunk towards zero, all but the constant."""
    gram = design.T @ design + penalty * np.diag(np.arange(design.shape[1]) > 0)
    return np.linalg.solve(gram, design.T @ outcomes)


def posterior(
    emulator: Emulator, observed: NDArray, errors: NDArray, parameters: int, draws: int, seed: int
) -> NDArray:
    """Draws [draw, parameter] of quantiles of the priors, given the statistics `observed` with standard `errors`.

    The covariance is that of one simulation plus the squared errors: the observed world is one run as well, and its
    errors hold what the statistic as published is uncertain about. Priors are uniform in their quantiles.
    """
    precision = np.linalg.inv(emulator.covariance + np.diag(np.square(errors)))
    given = (jnp.asarray(values, jnp.float32) for values in (emulator.coefficients, precision, observed))
    keys = jax.random.split(jax.random.key(seed), CHAINS)
    chains = _chains(keys, *given, parameters=parameters, keep=-(-draws // CHAINS))
    _check_mixing(np.asarray(chains))
    mixed = np.asarray(jax.nn.sigmoid(chains)).swapaxes(0, 1).reshape(-1, parameters)
    return mixed[:draws]


@partial(jax.jit, static_argnames=("parameters", "keep"))
def _chains(
    keys: Key[Array, " chain"],
    coefficients: Float[Array, "feature statistic"],
    precision: Float[Array, "statistic statistic"],
    observed: Float[Array, " statistic"],
    parameters: int,
    keep: int,
) -> Float[Array, "chain draw parameter"]:
    """Draws of the logits of the quantiles, every `THIN`-th after the sampler has tuned itself."""
    blackjax = _blackjax()

    def density(position: Float[Array, " parameter"]) -> Float[Array, ""]:
        quantiles = jax.nn.sigmoid(position)
        missed = features(quantiles) @ coefficients - observed
        prior = jnp.log(quantiles).sum() + jnp.log1p(-quantiles).sum()  # of the logistic change of variables
        return prior - missed @ precision @ missed / 2

    def chain(key):
        first, warm, later = jax.random.split(key, 3)
        start = jax.random.normal(first, (parameters,))
        (state, tuned), _ = blackjax.window_adaptation(blackjax.nuts, density).run(warm, start, WARMUP)
        kernel = blackjax.nuts(density, **tuned)

        def one(state, key):
            state, _ = kernel.step(key, state)
            return state, state.position

        _, positions = jax.lax.scan(one, state, jax.random.split(later, THIN * keep))
        return positions[::THIN]

    return jax.vmap(chain)(keys)


def _check_mixing(chains: NDArray) -> None:
    """Raises InputError where chains disagree: potential scale reduction above 1.05 (Gelman and Rubin 1992)."""
    length = chains.shape[1]
    within = chains.var(axis=1, ddof=1).mean(axis=0)
    between = chains.mean(axis=1).var(axis=0, ddof=1)
    reduction = np.sqrt((length - 1) / length + between / within)
    if reduction.max() > 1.05:
        raise InputError(f"The chains do not agree (potential scale reduction {reduction.max():.2f}); draw more.")


def _blackjax():
    try:
        return importlib.import_module("blackjax")
    except ImportError as error:
        raise InputError("Calibration needs blackjax: pip install 'contagion[calibration]'.") from error
