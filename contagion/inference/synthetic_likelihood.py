"""Parameter inference by synthetic likelihood (Wood 2010) with an emulator of the summary statistics.

Each replicate of an ensemble is a simulation at its own draw of the parameters. The mean of the statistics is emulated
by a polynomial of second order in the quantiles of the priors, and their covariance is that of the emulator residuals,
the noise of a single simulation. The posterior is sampled with the No-U-Turn sampler of blackjax.
"""

import importlib
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key
from numpy.typing import NDArray

from contagion.errors import InputError, install

RIDGES = (0.1, 1.0, 10.0, 100.0, 1000.0)  # ridge penalties, selected by cross-validation
FOLDS = 8
WARMUP, THIN, CHAINS = 1000, 5, 4


@dataclass(frozen=True)
class Emulator:
    """Emulator of summary statistics as a function of the quantiles of the priors.

    Attributes
    ----------
    coefficients
        Regression coefficients of the mean, shape ``(feature, statistic)``.
    covariance
        Covariance of the statistics of a single simulation about the mean, shape ``(statistic, statistic)``.
    explained
        Cross-validated share of the variance over the priors that the mean explains, shape ``(statistic,)``.
    """

    coefficients: NDArray
    covariance: NDArray
    explained: NDArray

    def mean(self, quantiles: Float[Array, "*draw parameter"]) -> Float[Array, "*draw statistic"]:
        """Emulated mean of the statistics at `quantiles` in 0..1, shape ``(..., parameter)``."""
        return features(quantiles) @ self.coefficients


def features(quantiles: Float[Array, "*draw parameter"]) -> Float[Array, "*draw feature"]:
    """Constant, linear, quadratic and interaction terms of centred quantiles."""
    centred = 2 * jnp.asarray(quantiles) - 1
    first, second = np.triu_indices(centred.shape[-1])
    ones = jnp.ones((*centred.shape[:-1], 1), centred.dtype)
    return jnp.concatenate([ones, centred, centred[..., first] * centred[..., second]], axis=-1)


def emulate(quantiles: NDArray, statistics: NDArray) -> Emulator:
    """Fit an emulator by ridge regression, with the penalty of each statistic chosen by cross-validation.

    Parameters
    ----------
    quantiles
        Quantiles of the priors in 0..1, shape ``(simulation, parameter)``.
    statistics
        Finite summary statistics, shape ``(simulation, statistic)``.

    Returns
    -------
    Emulator
        Fitted mean and residual covariance.

    Raises
    ------
    InputError
        If there are fewer than ten simulations per parameter, or a statistic is not finite or does not vary.

    References
    ----------
    Wood, S. N. (2010). Statistical inference for noisy nonlinear ecological dynamic systems. Nature 466, 1102-1104.
    """
    simulations, parameters = quantiles.shape
    if simulations < 10 * parameters:
        raise InputError(f"{simulations} simulations for {parameters} parameters: must be at least ten per parameter")
    if not np.isfinite(statistics).all() or not (statistics.std(axis=0) > 0).all():
        raise InputError("a statistic is not finite or is constant over simulations: leave it out")
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
    """Ridge regression coefficients; the constant is not penalised."""
    gram = design.T @ design + penalty * np.diag(np.arange(design.shape[1]) > 0)
    return np.linalg.solve(gram, design.T @ outcomes)


def posterior(
    emulator: Emulator, observed: NDArray, errors: NDArray, parameters: int, draws: int, seed: int
) -> NDArray:
    """Sample the posterior of the quantiles of the priors, given observed statistics.

    The likelihood is normal with the covariance of a single simulation plus the squared errors: the observed world is
    one realisation as well. Priors are uniform in their quantiles.

    Parameters
    ----------
    emulator
        Emulator of the statistics.
    observed
        Observed statistics, shape ``(statistic,)``.
    errors
        Standard errors of the observed statistics, shape ``(statistic,)``.
    parameters
        Number of parameters.
    draws
        Number of posterior draws.
    seed
        Seed of the sampler.

    Returns
    -------
    ndarray
        Quantiles of the priors in 0..1, shape ``(draw, parameter)``.

    Raises
    ------
    InputError
        If blackjax is not installed or the chains have not converged.

    References
    ----------
    Wood, S. N. (2010). Statistical inference for noisy nonlinear ecological dynamic systems. Nature 466, 1102-1104.
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
    """Posterior draws of the logits of the quantiles, thinned by `THIN` after warm-up."""
    blackjax = _blackjax()

    def density(position: Float[Array, " parameter"]) -> Float[Array, ""]:
        quantiles = jax.nn.sigmoid(position)
        missed = features(quantiles) @ coefficients - observed
        prior = jnp.log(quantiles).sum() + jnp.log1p(-quantiles).sum()  # Jacobian of the logistic transform
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
    """Raise InputError if the potential scale reduction exceeds 1.05 (Gelman and Rubin 1992)."""
    length = chains.shape[1]
    within = chains.var(axis=1, ddof=1).mean(axis=0)
    between = chains.mean(axis=1).var(axis=0, ddof=1)
    reduction = np.sqrt((length - 1) / length + between / within)
    if reduction.max() > 1.05:
        raise InputError(f"chains have not converged: potential scale reduction {reduction.max():.2f}, draw more")


def _blackjax():
    try:
        return importlib.import_module("blackjax")
    except ImportError as error:
        raise InputError(f"blackjax is not installed: {install('calibration')}") from error
