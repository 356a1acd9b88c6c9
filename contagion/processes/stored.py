"""Arrays that are computed once, whoever takes them."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.state import Region


def stored(region: Region, values: Float[Array, "place ..."]) -> Float[Array, "place ..."]:
    """The values, on CPU by way of memory.

    XLA would fuse what they come from, such as sums over neighbours, into each of the passes that take them, and
    compute it again in each. It fuses nothing across a condition of which it does not know that it always holds.
    """

    def by_way_of_memory(residents, values):
        return jax.lax.cond(residents >= 0, lambda: values, lambda: jnp.zeros_like(values))

    return jax.lax.platform_dependent(
        jnp.asarray(region.population)[0], values, cpu=by_way_of_memory, default=lambda _, values: values
    )
