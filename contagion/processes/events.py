"""Which of several competing events happens."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def first_event(
    hazard: Float[Array, "... group replicate"], uniform: Float[Array, "... replicate"] | None
) -> Float[Array, "... group replicate"]:
    """1 for the group to which the first event falls, if there is one in the step; 0 for all others.

    Of groups with hazards h_g (integrated over the step) at most one has an event, with probability
    1 - exp(-sum h), and it is group g with probability h_g / sum h: one uniform decides both. Without a uniform,
    each group has its own probability 1 - exp(-h_g), the deterministic mode.
    """
    if uniform is None:
        return -jnp.expm1(-hazard)
    hazard = jax.lax.optimization_barrier(hazard)  # computed once, not anew for every group below
    waiting = -jnp.log1p(-uniform)  # exponential time to the first event in units of the total hazard
    happens, below = [], jnp.zeros_like(waiting)
    for group in range(hazard.shape[-2]):
        above = below + hazard[..., group, :]
        happens.append((below <= waiting) & (waiting < above))
        below = above
    return jnp.stack(happens, axis=-2).astype(hazard.dtype)
