"""What exists only because of the compiler."""

import jax


def compiler_options(platform: str) -> dict[str, str | bool] | None:
    """What the compiler is told for a platform.

    At level 1 XLA compiles for CPUs in four fifths of the time, and what it makes is as fast or faster: at the default
    level it unrolls loops that memory bounds. Measured by `experiments/speed`; elsewhere the default stays, as does
    what JAX is told by `JAX_DISABLE_MOST_OPTIMIZATIONS`, under which it compiles in two thirds of the time what then
    runs longer.
    """
    ours = platform == "cpu" and not jax.config.read("jax_disable_most_optimizations")
    return {"xla_backend_optimization_level": "1"} if ours else None
