"""Fractions of what may be nothing."""

import jax.numpy as jnp
from jaxtyping import Array, Float

LEAST_WHOLE = 1e-15  # in place of zero below a fraction: its square, in derivatives, does not underflow in float32


def fraction(part: Float[Array, "..."], whole: Float[Array, "..."]) -> Float[Array, "..."]:
    """`part` of `whole`; 0 where both are, also in derivatives."""
    return part / jnp.maximum(whole, LEAST_WHOLE)


def ratio(
    part: Float[Array, "..."], whole: Float[Array, "..."], otherwise: Float[Array, "..."] | float
) -> Float[Array, "..."]:
    """`part` per `whole`; `otherwise` where there is next to nothing of the whole, also in derivatives."""
    some = whole > LEAST_WHOLE
    return jnp.where(some, part / jnp.where(some, whole, 1), otherwise)
