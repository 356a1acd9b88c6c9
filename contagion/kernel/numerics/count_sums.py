"""Counts by the first few probabilities, summed from above in one pass."""

from math import factorial

import jax.numpy as jnp
from jaxtyping import Array, Float, UInt32

from contagion.kernel.numerics.count_quantile import log_none, survivor

TERMS = 12  # probabilities that are summed for every count
MORE = 40  # and for those that need more
CLOSURE = 256.0  # how much larger than the approximate rest a tail must be
LEAST, LOWEST = 2e-4, 2e-3  # of P(0) and u: below both, one minus a sum is not exact enough


def summed(
    bits: UInt32[Array, "..."],
    mean: Float[Array, "..."],
    dispersion: Float[Array, "..."] | None = None,
    *,
    terms: int,
) -> Float[Array, "..."]:
    """Counts below `terms`; -1 where they may be larger or not exact.

    The number of k with P(Y > k) > 1 - u, each the sum of the probabilities above it. Probabilities are those of the
    recursion P(k) = P(k - 1) (base + growth (k - 1)) / k, over P(0) and without its divisions, which are constants.
    Written so that the compiler makes one pass of it, with short chains of what waits for what: no division of what
    is used twice, one result, and P(0), which takes longest, where it is needed last.
    """
    mean = jnp.maximum(mean, 0)
    left = survivor(bits, mean.dtype)
    scale = terms / 2  # keeps products within range
    base = mean * (1 / scale) if dispersion is None else mean / (scale * (1 + dispersion * mean))
    growth = None if dispersion is None else dispersion * base

    def factor(k):
        """k P(k) / (scale P(k - 1))."""
        return base if growth is None else base + growth * (k - 1)

    products = [jnp.ones_like(mean)]
    for k in range(1, terms):
        products.append(products[-1] * factor(k))
    constants = [scale**k / factorial(k) for k in range(terms)]
    ratio = factor(terms) * (scale / terms)
    beyond = products[-1] * constants[-1] * ratio * (1 + ratio * (1 + ratio))
    over_none = jnp.exp(-log_none(mean, dispersion))
    sought = left * over_none
    count, above = jnp.zeros(mean.shape, jnp.int32), beyond
    for constant, product in zip(constants[::-1], products[::-1], strict=True):
        count = count + (above > sought)
        above = above + constant * product
    blurred = (over_none > 1 / LEAST) & (left > 1 - LOWEST)
    unsettled = (CLOSURE * beyond > sought) | (ratio > 0.5) | blurred
    return jnp.where(unsettled, -1, count).astype(mean.dtype)
