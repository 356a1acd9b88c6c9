"""Process 13: counts by exact inversion of one uniform."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt32

from contagion.processes.quantile import none, quantile, survivor

TERMS = 12  # probabilities that are summed for every count
MORE = 32  # and for those that need more; the few beyond are found in a loop
CLOSURE = 256.0  # how much larger than the approximate rest a tail must be
LOWEST = 2e-3  # of u, below which one minus a sum is no longer exact enough
BLOCK = 4096  # counts that are taken up again together


def counts(
    bits: UInt32[Array, "..."], mean: Float[Array, "..."], dispersion: Float[Array, "..."]
) -> Float[Array, "..."]:
    """The smallest k with P(Y <= k) >= u for Y of mean `mean` and variance mean + dispersion mean^2.

    Negative binomial, Poisson where `dispersion` is 0; u = (bits + 1/2) / 2^32, one per count. Monotone in the mean,
    so two strategies under one seed share their noise. For means up to 1e6: in float32 a count is exact for a
    uniform that differs by less than a thousandth of its distance from the nearer of 0 and 1, mostly by far less.

    Most counts are small, and a few probabilities summed from above, in one fused pass, settle them. Rows (all axes
    but the last) with a count that they do not settle are taken up again, a block of rows at a time. What a count is
    depends on nothing beside it.
    """
    shape = mean.shape
    rows = (-1, shape[-1]) if shape else (1, 1)
    bits, mean, dispersion = (jnp.broadcast_to(each, shape).reshape(rows) for each in (bits, mean, dispersion))
    count = _summed(bits, mean, dispersion, TERMS)
    unsettled = (count < 0).any(axis=1)
    remaining = unsettled.sum()
    height = min(max(BLOCK // rows[-1], 1), len(mean))
    (places,) = jnp.nonzero(unsettled, size=len(mean), fill_value=len(mean))
    places = jnp.concatenate([places, jnp.full(height, len(mean))])

    def block(carry):
        done, count = carry
        here = jax.lax.dynamic_slice(places, (done,), (height,))
        before = count.at[here].get(mode="fill", fill_value=0)
        arguments = bits[here], mean[here], dispersion[here]
        found = jnp.where(before < 0, _summed(*arguments, MORE), before)
        beyond = found < 0
        found = jax.lax.cond(
            beyond.any(), lambda: jnp.where(beyond, quantile(beyond, *arguments), found), lambda: found
        )
        return done + height, count.at[here].set(found, mode="drop")

    return jax.lax.while_loop(lambda carry: carry[0] < remaining, block, (0, count))[1].reshape(shape)


def _summed(
    bits: UInt32[Array, "..."], mean: Float[Array, "..."], dispersion: Float[Array, "..."], terms: int
) -> Float[Array, "..."]:
    """Counts below `terms`; -1 where they may be larger or not exact.

    The number of k with P(Y > k) > 1 - u, each the sum of the probabilities above it; whether there is any follows
    from P(0) where u is small. Written so that the compiler makes one pass of it: no division of what is used twice,
    one result.
    """
    mean = jnp.maximum(mean, 0)
    left = survivor(bits, mean.dtype)
    base = mean / (1 + dispersion * mean)
    growth = dispersion * base

    def ratio(k):
        """P(k) / P(k - 1)."""
        return base * (1 / k) + growth * ((k - 1) / k)

    probabilities = [none(mean, dispersion)]
    for k in range(1, terms):
        probabilities.append(probabilities[-1] * ratio(k))
    beyond = probabilities[-1] * ratio(terms) * (1 + ratio(terms) * (1 + ratio(terms)))
    count, above = jnp.zeros_like(mean), beyond
    for probability in probabilities[:0:-1]:
        count = count + (above > left)
        above = above + probability
    low = survivor(~bits, mean.dtype)
    some = jnp.where(low < 0.5, low > probabilities[0], above > left)
    unsettled = (CLOSURE * beyond > left) | (ratio(terms) > 0.5) | (some & (low < LOWEST))
    return jnp.where(unsettled, -1, jnp.where(some, 1 + count, 0))
