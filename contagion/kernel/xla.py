"""Forms of code that exist only because of the compiler, each with its reason, its gain, and where that was measured.

Gains are ratios of the time of a whole step, measured within one run by `experiments/speed` on CPU (AMD EPYC, AVX2)
with JAX 0.10.2. `ordered_sum`, `unrolled_sum` and `materialise` have canaries in `tests/kernel/test_xla.py`, which fail
once a compiler does without them; that strategies equal the baseline to the bit is tested for every option.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Tree = TypeVar("Tree")


def opaque(always: Bool[Array, ""], compute: Callable[[], Tree], like: Callable[[], Tree]) -> Tree:
    """Compute in a branch that is always taken, across which XLA fuses nothing.

    What follows is then rounded alike, to the bit, whatever was computed before it: strategies stay identical to the
    baseline until they act. An optimisation barrier alone is gone before XLA fuses on CPU.

    Parameters
    ----------
    always
        A traced condition that always holds, which the compiler cannot know.
    compute
        What is computed.
    like
        Values of the same shapes and types, for the branch that is never taken.
    """
    return jax.lax.cond(always, compute, like)


def fence(tree: Tree) -> Tree:
    """Keep the compiler from moving computations from one side to the other."""
    return jax.lax.optimization_barrier(tree)


def materialise(values: Float[Array, "..."], nonnegative: Float[Array, ""]) -> Float[Array, "..."]:
    """Write `values` to memory on CPU, so that they are computed once.

    XLA fuses what is cheap by its own measure, such as sums over neighbours, into each pass that takes it, and gathers
    the neighbours anew in each. A tenth to a sixth less time on a lattice.

    Parameters
    ----------
    values
        What several passes take.
    nonnegative
        Any traced number that is not negative, which the compiler cannot know.
    """

    def by_way_of_memory(nonnegative, values):
        return opaque(nonnegative >= 0, lambda: values, lambda: jnp.zeros_like(values))

    return jax.lax.platform_dependent(nonnegative, values, cpu=by_way_of_memory, default=lambda _, values: values)


UNROLLED = 32  # terms that are written out at most: beyond, compiling takes minutes (150 groups of a nation)


def unrolled_sum(parts: Iterable[Float[Array, "..."]]) -> Float[Array, "..."]:
    """Sum of arrays written out term by term.

    XLA fuses it into one pass, while a reduction over a middle axis, or a contraction with the replicates as a batch in
    the last axis, takes 4 to 100 times as long on CPU.
    """
    return reduce(jnp.add, parts)


def ordered_sum(values: Float[Array, "place ..."]) -> Float[Array, "..."]:
    """Sum over the first axis in an order that does not depend on the other axes, as a product with ones.

    A reduction changes its order, and with it the last digit, with the number of replicates. The ones come first: with
    the values first, XLA transposes these before it sums them, which takes ten times as long.
    """
    return jnp.einsum("p,p...->...", jnp.ones(len(values)), values, precision="highest")


def compiler_options(platform: str) -> dict[str, str | bool] | None:
    """Options of XLA for a platform.

    At level 1 XLA compiles for CPUs in four fifths of the time, and what it makes is as fast or faster: at the default
    level it unrolls loops that memory bounds. Elsewhere the default stays, as does what JAX is told by
    `JAX_DISABLE_MOST_OPTIMIZATIONS`.
    """
    ours = platform == "cpu" and not jax.config.read("jax_disable_most_optimizations")
    return {"xla_backend_optimization_level": "1"} if ours else None
