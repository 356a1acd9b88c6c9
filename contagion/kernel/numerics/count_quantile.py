"""Quantiles of the Poisson and negative binomial distributions by summation from the far end."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt32

REACH = 14.0  # sqrt(z^2 + 14) standard deviations from the middle, a tail is about e^-7 of what it is at z
FEW = 10  # below it the approximation of the lower tail is too coarse, and the sum begins at zero
FINENESS = 256  # a step is at most this part of the standard deviation and of the count, or one
SMALL = 0.02  # below it log(1 + x) / x is summed: a logarithm would lose places, log1p is many times slower
SERIES = 0.1  # below it a power series is more exact than a difference
HALF_LOG_TWO_PI = 0.9189385332046727
STEPS, TERMS = 3, (1 / 12, -1 / 360, 1 / 1260, -1 / 1680)  # of the recursion to Stirling's series, and of that


def survivor(bits: UInt32[Array, "..."], dtype) -> Float[Array, "..."]:
    """1 - u of u = (bits + 1/2) / 2^32, exact to the last place also where it is small; of ~bits it is u."""
    return ((~bits).astype(dtype) + 0.5) * 2.0**-32


def log_none(mean: Float[Array, "..."], dispersion: Float[Array, "..."] | None) -> Float[Array, "..."]:
    """log P(Y = 0) = -log(1 + dispersion mean) / dispersion, or -mean."""
    if dispersion is None:
        return -mean
    spread = dispersion * mean
    small = spread < SMALL
    series = 1 - spread * (1 / 2 - spread * (1 / 3 - spread * (1 / 4 - spread / 5)))
    return -mean * jnp.where(small, series, jnp.log(1 + spread) / jnp.where(small, 1, spread))


def quantile(
    bits: UInt32[Array, "..."], mean: Float[Array, "..."], dispersion: Float[Array, "..."] | None = None
) -> Float[Array, "..."]:
    """The smallest k with P(Y <= k) >= u, u = (bits + 1/2) / 2^32.

    Sums probabilities from beyond the quantile towards the middle, in the tail that is nearer, so that they only add
    up. The start is where the tail is a thousandth of what is sought, by the cube-root approximation of Wilson and
    Hilferty (1931); what lies beyond is bounded by a geometric series. Steps are single as long as the standard
    deviation is below 512, and blocks of counts with the probability of their middle above.
    """
    mean = jnp.maximum(mean, jnp.finfo(mean.dtype).tiny)
    dispersion = jnp.zeros_like(mean) if dispersion is None else dispersion
    upper = bits >= jnp.uint32(1 << 31)
    tail = survivor(jnp.where(upper, bits, ~bits), mean.dtype)
    sign = jnp.where(upper, 1, -1).astype(mean.dtype)
    inverse = 1 / (1 + dispersion * mean)
    base, growth = mean * inverse, dispersion * mean * inverse  # P(k + 1) / P(k) = (base + growth k) / (k + 1)
    deviation = jnp.sqrt(mean * (1 + dispersion * mean))

    reach = sign * jnp.sqrt(_normal_quantile(tail) ** 2 + REACH)
    narrowness = (dispersion + 1 / mean) / 9
    far = mean * jnp.maximum(1 - narrowness + reach * jnp.sqrt(narrowness), 0) ** 3
    k = jnp.where(upper, jnp.ceil(far) + 2, jnp.where(far < FEW, 0, jnp.floor(far) - 3))
    probability = jnp.exp(log_probability(k, mean, dispersion))
    away, least = (k - mean) * inverse, jnp.finfo(mean.dtype).eps
    above = (base + growth * k) / jnp.maximum(1 + away, least)
    below = k / jnp.maximum(-away - growth, least)
    beyond = probability * jnp.where(upper, above, below)

    def single(carry):
        k, probability, beyond, active = carry
        active = active & (beyond + probability <= tail) & (~upper | (k > 0))
        ratio = jnp.where(upper, k, base + growth * k) / jnp.where(upper, base + growth * (k - 1), k + 1)
        return jnp.where(active, k - sign, k), probability * ratio, beyond + probability, active

    def block(carry):
        """What is looked up for the next block, which takes longest to compile, has one place, at the end."""
        k, size, probability, beyond, active = carry
        within = jnp.floor((tail - beyond) / probability)
        goes_on = active & (within >= size) & (~upper | (k >= size))
        moved = jnp.where(goes_on, size, jnp.clip(within, 0, size - 1))
        k, beyond = jnp.where(active, k - sign * moved, k), beyond + size * probability
        size = jnp.maximum(jnp.floor(jnp.minimum(deviation, k) / FINENESS), 1)
        probability = jnp.exp(log_probability(k - sign * (size - 1) / 2, mean, dispersion))
        return k, size, probability, beyond, goes_on

    wide = deviation >= 2 * FINENESS
    k = _run(single, (k, probability, beyond, ~wide))
    first = k, jnp.ones_like(k), probability, beyond, wide
    return jax.lax.cond(some(wide), lambda: _run(block, first), lambda: k)


def some(active):
    """Whether any is true; Pallas has no `any`."""
    return active.astype(jnp.int32).max() > 0


def _run(step, carry):
    """The first entry of what is carried once the last one, which is active, is false everywhere."""
    return jax.lax.while_loop(lambda carry: some(carry[-1]), step, carry)[0]


def _normal_quantile(tail: Float[Array, "..."]) -> Float[Array, "..."]:
    """z with P(Z > z) = tail of at most one half, within 5e-4 (Abramowitz and Stegun 1964, 26.2.23)."""
    t = jnp.sqrt(-2 * jnp.log(tail))
    return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))


def log_probability(
    k: Float[Array, "..."], mean: Float[Array, "..."], dispersion: Float[Array, "..."]
) -> Float[Array, "..."]:
    """log P(Y = k), by deviances and errors of Stirling's formula, which do not cancel (Loader 2000)."""
    one = jnp.maximum(k, 1)
    inverse = 1 / (1 + dispersion * mean)
    size = 1 / jnp.maximum(dispersion, 1e-30)
    away = (one - mean) * inverse
    share = (1 + dispersion * one) * inverse
    deviance = one * _excess(-away / one, mean * share / one) + size * _excess(dispersion * away, share)
    stirling = _stirling_error(one + size) - _stirling_error(one) - _stirling_error(size)
    at = stirling - deviance - HALF_LOG_TWO_PI - jnp.log(one * (1 + dispersion * one)) / 2
    return jnp.where(k < 1, log_none(mean, dispersion), at)


def _excess(x: Float[Array, "..."], x_plus_one: Float[Array, "..."]) -> Float[Array, "..."]:
    """x - log(1 + x)."""
    series = jnp.zeros_like(x)
    for power in range(9, 1, -1):
        series = (-1) ** power / power + x * series
    return jnp.where(jnp.abs(x) < SERIES, x**2 * series, x - jnp.log(x_plus_one))


def _stirling_error(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """log Gamma(x + 1) - (x + 1/2) log x + x - log(2 pi) / 2.

    By its series from 3 on, and below from e(x) = e(x + 1) + (x + 1/2) log(1 + 1 / x) - 1.
    """
    error, at = jnp.zeros_like(x), x
    for _ in range(STEPS):
        one = at < STEPS
        error = error + jnp.where(one, (at + 0.5) * jnp.log(1 + 1 / at) - 1, 0)
        at = at + one
    inverse, series = 1 / at, jnp.zeros_like(x)
    for term in TERMS[::-1]:
        series = term + inverse**2 * series
    return error + inverse * series
