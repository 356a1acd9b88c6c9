"""Sums over groups and over places."""

from functools import reduce

import jax.numpy as jnp
from jaxtyping import Array, Float


def over_groups(
    values: Float[Array, "place group replicate"], weights: Float[Array, "group replicate"] | float | None = None
) -> Float[Array, "place replicate"]:
    """sum_g w_g values_mg, written out: XLA fuses it into one pass, while a reduction costs 8 to 20 times more on CPU.

    Weights are taken group by group: their product with all values would be an array to write and to read.
    """
    parts = jnp.unstack(values, axis=1)
    if weights is not None:
        parts = map(jnp.multiply, jnp.unstack(jnp.broadcast_to(weights, values.shape[1:])), parts)
    return reduce(jnp.add, parts)


def over_places(values: Float[Array, "place ..."]) -> Float[Array, "..."]:
    """sum_m values_m, as a product with ones.

    The order of a reduction changes with the number of replicates, and with it the last digit of what follows from it;
    this one's does not. The ones come first: after the values, XLA turns these around before it sums them.
    """
    return jnp.einsum("p,p...->...", jnp.ones(len(values)), values, precision="highest")
