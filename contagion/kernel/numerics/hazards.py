"""Which of several competing events happens."""

from itertools import accumulate

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.kernel.numerics.fractions import LEAST_WHOLE
from contagion.kernel.xla import in_tile, unrolled_sum, written_out


def first_event(
    hazard: Float[Array, "... group replicate"], uniform: Float[Array, "... replicate"] | None
) -> Float[Array, "... group replicate"]:
    """1 for the group to which the first event falls, if there is one in the step; 0 for all others.

    Without a uniform, each group has its own probability 1 - exp(-h_g), the deterministic mode.
    """
    if uniform is None:
        return -jnp.expm1(-hazard)
    return of_group(first_group(hazard, uniform), hazard.shape[-2], hazard.dtype)


def of_group(group: Int[Array, "... replicate"], groups: int, dtype) -> Float[Array, "... group replicate"]:
    """1 for one group, 0 for all others."""
    return (jnp.arange(groups, dtype=group.dtype)[:, None] == group[..., None, :]).astype(dtype)


def first_group(
    hazard: Float[Array, "... group replicate"], uniform: Float[Array, "... replicate"]
) -> Int[Array, "... replicate"]:
    """The group to which the first event falls; the number of groups where there is none in the step.

    Of groups with hazards h_g (integrated over the step) at most one has an event, with probability
    1 - exp(-sum h), and it is group g with probability h_g / sum h: one uniform decides both, and where there is an
    event it is spread evenly over the hazards, so that no group is favoured by its slot.
    """
    groups = hazard.shape[-2]
    if in_tile():
        order = jnp.arange(groups)
        reached = (hazard[..., None, :, :] * (order <= order[:, None])[..., None]).sum(axis=-2)
        point = _point(hazard.sum(axis=-2), uniform)
        return (reached <= point[..., None, :]).astype(jnp.int32).sum(axis=-2)
    if not written_out(groups):
        reached = jnp.cumsum(hazard, axis=-2)
        point = _point(reached[..., -1, :], uniform)
        return (reached <= point[..., None, :]).sum(axis=-2)
    hazards = jnp.unstack(hazard, axis=-2)
    point = _point(unrolled_sum(hazards), uniform)
    passed = jnp.zeros(point.shape, jnp.int32)  # groups that end at or before the point
    for up_to in accumulate(hazards):
        passed = passed + (up_to <= point)
    return passed


def _point(
    total: Float[Array, "... replicate"], uniform: Float[Array, "... replicate"]
) -> Float[Array, "... replicate"]:
    """A point that lies below the total hazard with the chance of an event, and is even over it then."""
    total = jnp.maximum(total, LEAST_WHOLE)
    return uniform * total / -jnp.expm1(-total)
