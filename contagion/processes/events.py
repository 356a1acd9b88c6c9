"""Which of several competing events happens."""

from functools import reduce
from math import isqrt

import jax.numpy as jnp
from jaxtyping import Array, Float

BLOCK = 8  # groups that are summed one by one; more in blocks, or each would cost as much as there are others


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
    *beside, groups, replicates = hazard.shape
    width = min(groups, max(BLOCK, isqrt(groups - 1) + 1))
    padding = [(0, 0)] * len(beside) + [(0, -groups % width), (0, 0)]
    blocks = jnp.pad(hazard, padding).reshape(*beside, -1, width, replicates)
    within = _before(blocks)
    totals = within[..., -1, :] + blocks[..., -1, :]
    start = _before(totals)
    total = jnp.maximum(start[..., -1, :] + totals[..., -1, :], jnp.finfo(hazard.dtype).tiny)
    point = uniform * total / -jnp.expm1(-total)  # below the total hazard with the chance of an event
    start, point = start[..., None, :], point[..., None, None, :]
    # Where one group ends the next begins, to the bit: the point lies with one of them.
    happens = (start + within <= point) & (point < start + (within + blocks))
    return happens.reshape(*beside, -1, replicates)[..., :groups, :].astype(hazard.dtype)


def _before(values: Float[Array, "... slot replicate"]) -> Float[Array, "... slot replicate"]:
    """The sum of the values of earlier slots, written out: XLA fuses it into one pass."""
    slots = values.shape[-2]
    earlier = jnp.tri(slots, k=-1, dtype=values.dtype)  # [slot, other], 1 where the other comes before
    others = list(zip(earlier.T[..., None], jnp.unstack(values, axis=-2), strict=True))[:-1]  # the last is before none
    return reduce(jnp.add, (before * other[..., None, :] for before, other in others), jnp.zeros_like(values))
