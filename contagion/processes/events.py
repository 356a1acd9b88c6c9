"""Which of several competing events happens."""

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
    groups = hazard.shape[-2]
    earlier = jnp.tri(groups, k=-1, dtype=hazard.dtype)  # [group, other], 1 where the other comes before
    below = jnp.zeros_like(hazard)
    for other in range(groups):
        below = below + earlier[:, other, None] * hazard[..., other, None, :]
    total = jnp.maximum(below[..., -1, :] + hazard[..., -1, :], jnp.finfo(hazard.dtype).tiny)
    point = uniform * total / -jnp.expm1(-total)  # below the total hazard with the chance of an event
    return ((below <= point[..., None, :]) & (point[..., None, :] < below + hazard)).astype(hazard.dtype)
