"""Forms of code that exist only because of the compiler, each with its reason, its gain, and where that was measured.

Gains are ratios of the time of a whole step, measured within one run by `experiments/speed` on CPU (AMD EPYC, AVX2)
with JAX 0.10.2. `ordered_sum`, `unrolled_sum` and `materialise` have canaries in `tests/kernel/test_xla.py`, which fail
once a compiler does without them; that strategies equal the baseline to the bit is tested for every option.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import reduce
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Tree = TypeVar("Tree")
_PLATFORM: ContextVar[str | None] = ContextVar("platform", default=None)


@contextmanager
def compiling_for(platform: str) -> Iterator[None]:
    """What is traced within takes the forms of a platform.

    cpu, gpu, or tile, within a kernel of our own on a GPU; interpreted are the forms of a GPU with kernels as ordinary
    operations, for any device.
    """
    token = _PLATFORM.set(platform)
    try:
        yield
    finally:
        _PLATFORM.reset(token)


def on_cpu() -> bool:
    """Whether what is traced is compiled for CPU."""
    return _platform() == "cpu"


def written_out(terms: int) -> bool:
    """Whether a sum over groups is written out term by term: not where they are many, nor within a tile."""
    return terms <= UNROLLED and not in_tile()


def own_kernels() -> bool:
    """Whether there are kernels of our own: on one GPU a process, as XLA does not share them out over several."""
    return interpreted() or (_platform() == "gpu" and jax.local_device_count() == 1)


def interpreted() -> bool:
    """Whether kernels of our own are run as ordinary operations."""
    return _platform() == "interpreted"


def in_tile() -> bool:
    """Whether what is traced becomes part of a kernel of our own."""
    return _platform() == "tile"


def _platform() -> str:
    return _PLATFORM.get() or jax.default_backend()


def sometimes(condition: Bool[Array, ""], change: Callable[[Tree], Tree], tree: Tree) -> Tree:
    """`change(tree)` where a condition holds, and `tree` where not, to which `change` must do nothing then.

    On a GPU it is done whatever the condition: the host would wait to read that, and a branch that changes nothing
    copies what it returns.
    """
    return jax.lax.cond(condition, change, lambda tree: tree, tree) if on_cpu() else change(tree)


def every_few(condition: Bool[Array, ""], change: Callable[[Tree], Tree], tree: Tree) -> Tree:
    """`change(tree)` where a condition holds, else `tree`: on a GPU a loop of one round or none, without copies."""
    if on_cpu():
        return sometimes(condition, change, tree)
    return jax.lax.fori_loop(0, condition.astype(jnp.int32), lambda _, tree: change(tree), tree)


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
    """Keep the compiler from moving computations from one side to the other, on CPU."""
    return jax.lax.optimization_barrier(tree) if on_cpu() else tree


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
    return opaque(nonnegative >= 0, lambda: values, lambda: jnp.zeros_like(values)) if on_cpu() else values


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
