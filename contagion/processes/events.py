"""Which of several competing events happens."""

from itertools import pairwise

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def first_event(
    hazard: Float[Array, "... group replicate"], uniform: Float[Array, "... replicate"] | None
) -> Float[Array, "... group replicate"]:
    """1 for the group to which the first event falls, if there is one in the step; 0 for all others.

    Of groups with hazards h_g (integrated over the step) at most one has an event, with probability
    1 - exp(-sum h), and it is group g with probability h_g / sum h: one uniform decides both, and where there is an
    event it is spread evenly over the hazards, so that no group is favoured by its slot. Without a uniform, each group
    has its own probability 1 - exp(-h_g), the deterministic mode.
    """
    if uniform is None:
        return -jnp.expm1(-hazard)
    hazard = jax.lax.optimization_barrier(hazard)  # computed once, not anew for every group below
    edges = [jnp.zeros_like(uniform)]
    for group in range(hazard.shape[-2]):
        edges.append(edges[-1] + hazard[..., group, :])
    total = jnp.maximum(edges[-1], jnp.finfo(hazard.dtype).tiny)
    point = uniform * (total / -jnp.expm1(-total))  # below the total hazard with the chance of an event
    happens = [(below <= point) & (point < above) for below, above in pairwise(edges)]
    return jnp.stack(happens, axis=-2).astype(hazard.dtype)
