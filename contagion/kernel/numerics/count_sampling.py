"""Process 13: counts by exact inversion of one uniform."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt32

from contagion.kernel.numerics.count_quantile import quantile
from contagion.kernel.numerics.count_sums import MORE, TERMS, summed
from contagion.kernel.xla import interpreted, own_kernels

BLOCK = 1024  # counts that are taken up again together
NARROW, WIDTH = 8, 128  # an array with fewer columns than the first is laid out anew, with the second

Counter = Callable[..., Float[Array, "row replicate"]]


def counts(
    bits: UInt32[Array, "..."], mean: Float[Array, "..."], dispersion: Float[Array, "..."] | None
) -> Float[Array, "..."]:
    """The smallest k with P(Y <= k) >= u for Y of mean `mean` and variance mean + dispersion mean^2.

    Negative binomial; Poisson where `dispersion` is 0, and throughout, which is faster, where it is None.
    u = (bits + 1/2) / 2^32, one per count. Monotone in the mean, so two strategies under one seed share their noise.
    For means up to 1e6: in float32 a count is exact for a uniform that differs by less than a thousandth of its
    distance from the nearer of 0 and 1, mostly by far less.

    Most counts are small, and a few probabilities summed from above, in one fused pass, settle them. Rows
    with a count that they do not settle are taken up again, a block of rows at a time; on a GPU that goes on within
    one kernel. What a count is depends on nothing beside it.
    """
    if own_kernels():
        # Pallas takes a third of a second to import.
        from contagion.kernel.numerics.count_kernel import counts_in_one_kernel

        return counts_in_one_kernel(bits, mean, dispersion, interpreted())
    width = mean.shape[-1] if mean.ndim else 1
    width = width if width >= NARROW else WIDTH  # columns of one or a few would not fill a vector
    rows = -(-mean.size // width)
    given = [bits, mean] if dispersion is None else [bits, mean, dispersion]
    given = [jnp.broadcast_to(each, mean.shape).reshape(-1) for each in given]
    given = [jnp.pad(each, (0, rows * width - mean.size)).reshape(rows, width) for each in given]
    count = summed(*given, terms=TERMS)
    count, waiting = _taken_up(count, _unsettled(count), partial(summed, terms=MORE), given)
    count, _ = _taken_up(count, waiting, quantile, given)
    return count.reshape(-1)[: mean.size].reshape(mean.shape)


def _unsettled(count: Float[Array, "row replicate"]) -> Float[Array, " row"]:
    """1 for rows with a count that is not settled, below 0; else 0."""
    return jnp.maximum(-count.min(axis=1), 0)


def _taken_up(
    count: Float[Array, "row replicate"], waiting: Float[Array, " row"], method: Counter, given: list[Array]
) -> tuple[Float[Array, "row replicate"], Float[Array, " row"]]:
    """Counts of rows that wait by another method, where they are not settled; and which rows wait even then."""
    rows, width = count.shape
    height = min(max(BLOCK // width, 1), rows)

    def block(carry):
        count, waiting, later = carry
        here = jax.lax.top_k(waiting, height)[1]
        before = count[here]
        found = jnp.where(before < 0, method(*(each[here] for each in given)), before)
        count = count.at[here].set(found, unique_indices=True)
        waiting = waiting.at[here].set(0, unique_indices=True)
        return count, waiting, later.at[here].set(_unsettled(found), unique_indices=True)

    carry = count, waiting, jnp.zeros_like(waiting)
    count, _, later = jax.lax.while_loop(lambda carry: carry[1].max() > 0, block, carry)
    return count, later
