"""Process 13: counts by inversion of one uniform."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

# -log P(0) up to which probabilities are summed from zero: exp(-80) is still a normal float32.
LARGEST_EXPONENT = 80.0
# Below this a float32 sum near one no longer moves, and a float32 uniform cannot tell the difference.
NEGLIGIBLE = 1e-9
UNROLLED = 4


def counts(
    uniform: Float[Array, "..."], mean: Float[Array, "..."], dispersion: Float[Array, "..."]
) -> Float[Array, "..."]:
    """The smallest k with P(Y <= k) > u for Y of mean `mean` and variance mean + dispersion mean^2.

    Negative binomial, Poisson where `dispersion` is 0; one uniform in [0, 1) per count, and monotone in
    the mean, so two strategies under one seed share their noise. Probabilities follow from
    P(k + 1) / P(k) = mean (1 + dispersion k) / ((1 + dispersion mean) (k + 1)) and are summed from zero.
    Sums in float32 are good to about 1e-6: in tails below 1e-4 a count may be off by one. Where P(0)
    underflows (Poisson means above 80), a Cornish-Fisher expansion takes over, kept above the count at that
    mean.
    """
    mean = jnp.maximum(mean, 0)
    tiny = jnp.finfo(mean.dtype).tiny
    poisson = dispersion < 1e-6  # the limit, which the formulas below cannot reach
    size = jnp.where(poisson, 1, dispersion)
    largest = jnp.where(poisson, LARGEST_EXPONENT, jnp.expm1(jnp.minimum(LARGEST_EXPONENT * size, 60)) / size)
    summed = jnp.minimum(mean, largest)
    ratio = jnp.where(poisson, summed, summed / (1 + size * summed))
    growth = jnp.where(poisson, 0, ratio * size)
    exponent = jnp.where(poisson, summed, jnp.log1p(size * summed) / size)

    def unfinished(k, probability, remaining):
        """Each count ends by itself: what it is does not depend on what is counted beside it."""
        return (remaining >= 0) & ((probability > NEGLIGIBLE) | (k < summed))

    def next_counts(carry):
        k, probability, remaining, count = carry
        for _ in range(UNROLLED):
            count = count + unfinished(k, probability, remaining)
            k = k + 1
            probability = probability * (ratio + growth * (k - 1)) / k
            remaining = remaining - probability
        return k, probability, remaining, count

    none = jnp.zeros_like(mean)
    probability = jnp.maximum(jnp.exp(-exponent), tiny)
    first = (jnp.zeros((), mean.dtype), probability, uniform - probability, none)
    count = jax.lax.while_loop(lambda carry: jnp.any(unfinished(*carry[:3])), next_counts, first)[-1]

    def with_large(count):
        """Cornish-Fisher quantile to the second order in skewness."""
        variance = mean * (1 + dispersion * mean)
        deviation = jnp.sqrt(jnp.maximum(variance, tiny))
        skewness = (1 + 2 * dispersion * mean) / deviation
        normal = jax.scipy.special.ndtri(jnp.clip(uniform, 6e-8, 1 - 6e-8))
        shift = (
            normal
            + skewness * (normal**2 - 1) / 6
            + (1 / variance + 6 * dispersion) * (normal**3 - 3 * normal) / 24
            - skewness**2 * (2 * normal**3 - 5 * normal) / 36
        )
        return jnp.where(mean > largest, jnp.maximum(count, jnp.floor(mean + deviation * shift + 0.5)), count)

    return jax.lax.cond(jnp.any(mean > largest), with_large, lambda count: count, count)
