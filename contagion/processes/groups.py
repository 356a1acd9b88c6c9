"""Sums over groups and over places."""

from functools import reduce

import jax.numpy as jnp
from jaxtyping import Array, Float


def over_groups(values: Float[Array, "place group replicate"]) -> Float[Array, "place replicate"]:
    """sum_g values_mg, written out: XLA fuses it into one pass, while a reduction costs 8 to 20 times more on CPU."""
    return reduce(jnp.add, jnp.unstack(values, axis=1))


def over_places(values: Float[Array, "place ..."]) -> Float[Array, "..."]:
    """sum_m values_m, as a product with ones.

    The order of a reduction changes with the number of replicates, and with it the last digit of what follows from it;
    this one's does not. The ones come first: after the values, XLA turns these around before it sums them.
    """
    return jnp.einsum("p,p...->...", jnp.ones(len(values)), values, precision="highest")
