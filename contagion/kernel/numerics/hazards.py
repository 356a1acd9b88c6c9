"""Which of several competing events happens."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.xla import unrolled_sum


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
    hazards = jnp.unstack(hazard, axis=-2)
    total = jnp.maximum(unrolled_sum(hazards), jnp.finfo(hazard.dtype).tiny)
    point = uniform * total / -jnp.expm1(-total)  # below the total hazard with the chance of an event
    reached = jnp.zeros_like(total)  # hazard of the groups so far
    passed = jnp.zeros(total.shape, jnp.int32)  # groups that end at or before the point
    for each in hazards:
        reached = reached + each
        passed = passed + (reached <= point)
    slot = jnp.arange(len(hazards), dtype=passed.dtype)[:, None]
    return (slot == passed[..., None, :]).astype(hazard.dtype)
