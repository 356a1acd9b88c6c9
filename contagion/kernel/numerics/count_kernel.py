"""Counts on a GPU: the quantile of every entry in one kernel, whose loops need no word from the host."""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton
from jaxtyping import Array, Float, UInt32

from contagion.kernel.numerics.count_quantile import quantile, some
from contagion.kernel.numerics.count_sums import MORE, TERMS, summed

BLOCK = 256  # counts of one block, which loops as long as the slowest of them
WARPS = 4


def counts_in_one_kernel(
    bits: UInt32[Array, "..."],
    mean: Float[Array, "..."],
    dispersion: Float[Array, "..."] | None,
    interpret: bool = False,
) -> Float[Array, "..."]:
    """What `count_sampling.counts` says, to the bit.

    Parameters
    ----------
    bits, mean, dispersion
        As `counts` takes them.
    interpret
        Run as ordinary operations, on any device.
    """
    size = math.prod(mean.shape)
    blocks = -(-size // BLOCK)
    given = [bits, mean] if dispersion is None else [bits, mean, jnp.asarray(dispersion, mean.dtype)]
    # A number is handed on as it is: spread out it would be an array to write and to read.
    flat = [each.reshape(1) if each.size == 1 else jnp.broadcast_to(each, mean.shape).reshape(-1) for each in given]
    flat = [each if each.size == 1 else jnp.pad(each, (0, blocks * BLOCK - size)) for each in flat]
    one, here = pl.BlockSpec((1,), lambda block: (0,)), pl.BlockSpec((BLOCK,), lambda block: (block,))
    found = pl.pallas_call(
        _block,
        grid=(blocks,),
        in_specs=[one if each.size == 1 else here for each in flat],
        out_specs=here,
        out_shape=jax.ShapeDtypeStruct((blocks * BLOCK,), mean.dtype),
        compiler_params=triton.CompilerParams(num_warps=WARPS),
        interpret=interpret,
        name="counts",
    )(*flat)
    return found[:size].reshape(mean.shape)


def _block(*references) -> None:
    """Counts of one block, from references to what is given and to what is found."""
    *given, count = references
    given = [each[0] if each.shape == (1,) else each[...] for each in given]
    found = summed(*given, terms=TERMS)
    for method in (partial(summed, terms=MORE), quantile):
        found = jax.lax.cond(
            some(found < 0),
            lambda found, method=method: jnp.where(found < 0, method(*given), found),
            lambda found: found,
            found,
        )
    count[...] = found
