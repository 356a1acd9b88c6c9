"""Process 3, first part: where leaders are removed."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.fractions import fraction
from contagion.kernel.numerics.random import uniform
from contagion.kernel.region import Region
from contagion.kernel.state import State


def raids(
    state: State, controls: Controls, region: Region, keys: Key[Array, " replicate"] | None
) -> Float[Array, "#place #replicate"]:
    """Severity d of the removals in each place: of those whose place is known, and of raids, whose place is drawn.

    A raid on group g happens in place m with probability proportional to ground_m S_gm, and to the residents of the
    ground where the group has no members on it. Without keys each place has its expected share of d.
    """
    site, raid, weight = (jnp.asarray(getattr(controls, name)) for name in ("site", "raid", "ground"))
    if raid.size == 1:  # no intervention raids: known when the step is traced
        return site
    ground = jnp.broadcast_to(weight * region.population[:, None], state.site.shape)
    groups, replicates = state.shock.shape
    raid = jnp.broadcast_to(raid, state.shock.shape)

    def placed() -> Float[Array, "place replicate"]:
        there = weight[:, None] * state.members
        there = jnp.where(there.sum(axis=0) > 0, there, ground[:, None])
        if keys is None:
            share = fraction(there, there.sum(axis=0))
            return (share * raid).sum(axis=1)
        up_to = jnp.cumsum(there, axis=0)
        drawn = (up_to <= uniform(keys, (groups,), there.dtype) * up_to[-1]).sum(axis=0)
        place = jnp.minimum(drawn, len(there) - 1)
        return jnp.zeros_like(state.site).at[place, jnp.arange(replicates)].max(raid)

    drawn = jax.lax.cond((raid > 0).any(), placed, lambda: jnp.zeros_like(state.site))
    return jnp.maximum(site, drawn)
