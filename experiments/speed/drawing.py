"""How counts are drawn in JAX: by this library, and by JAX's own sampler."""

import jax
from jaxtyping import Array, Float, Key

from contagion.kernel.numerics.count_sampling import counts
from contagion.kernel.numerics.random import bits


def library(
    keys: Key[Array, " replicate"], mean: Float[Array, "place replicate"], dispersion: Float[Array, "..."]
) -> Float[Array, "place replicate"]:
    """Counts of the library, one uniform each, from a key per replicate."""
    return counts(bits(keys, len(mean)), mean, dispersion)


def rejection(
    keys: Key[Array, " replicate"], mean: Float[Array, "place replicate"], dispersion: Float[Array, "..."]
) -> Float[Array, "place replicate"]:
    """Poisson counts by `jax.random.poisson`; `dispersion` has to be 0."""
    del dispersion
    draw = jax.vmap(jax.random.poisson, in_axes=(0, -1), out_axes=-1)
    return draw(keys, mean).astype(mean.dtype)
