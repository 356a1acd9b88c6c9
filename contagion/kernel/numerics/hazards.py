"""Which of several competing events happens."""

from itertools import accumulate

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.xla import UNROLLED


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
    if groups > UNROLLED:
        reached = jnp.moveaxis(jnp.cumsum(hazard, axis=-2), -2, 0)
    else:
        reached = list(accumulate(jnp.unstack(hazard, axis=-2)))  # hazard up to each group
    total = jnp.maximum(reached[-1], jnp.finfo(hazard.dtype).tiny)
    point = uniform * total / -jnp.expm1(-total)  # below the total hazard with the chance of an event
    passed = (reached <= point).sum(axis=0) if groups > UNROLLED else sum(each <= point for each in reached)
    slot = jnp.arange(groups, dtype=passed.dtype)[:, None]
    return (slot == passed[..., None, :]).astype(hazard.dtype)
