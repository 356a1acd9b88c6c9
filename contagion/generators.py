"""Random numbers: a fast hash of counters beside JAX's threefry, and draws for all replicates at once.

A generator makes keys; everything else follows from the key. Replicates, weeks and processes have keys of their own,
derived by threefry whichever generator is chosen: what differs is how one key becomes many numbers.
"""

import math

import jax
import jax.numpy as jnp
from jax.extend.random import define_prng_impl
from jaxtyping import Array, Float, Key, UInt32

THREEFRY = "threefry2x32"


def hashed(key: UInt32[Array, "2"], counter: UInt32[Array, "..."]) -> UInt32[Array, "..."]:
    """32 random bits for each counter: a bijection of 32 bits with the key added before and within.

    Shifts and multipliers are those of triple32, found by search for the least bias of avalanche (Wellons 2018).
    Three multiplications, against twenty rounds of threefry.
    """
    word = jnp.uint32
    bits = counter + key[0]
    bits = (bits ^ (bits >> word(17))) * word(0xED5AD4BB)
    bits = ((bits ^ (bits >> word(11))) + key[1]) * word(0xAC4C1B51)
    bits = (bits ^ (bits >> word(15))) * word(0x31848BAB)
    return bits ^ (bits >> word(14))


def _random_bits(key: UInt32[Array, "2"], width: int, shape: tuple[int, ...]) -> Array:
    words = 2 if width == 64 else 1
    bits = hashed(key, jax.lax.iota(jnp.uint32, words * math.prod(shape)))
    if words == 2:
        high, low = bits.reshape(2, *shape).astype(jnp.uint64)
        return (high << jnp.uint64(32)) | low
    return (bits >> jnp.uint32(32 - width)).astype(f"uint{width}").reshape(shape)


def _threefry(key: UInt32[Array, "2"]) -> Key[Array, ""]:
    return jax.random.wrap_key_data(key, impl=THREEFRY)


HASH = define_prng_impl(
    key_shape=(2,),
    seed=lambda seed: jax.random.key_data(jax.random.key(seed, impl=THREEFRY)),
    split=lambda key, shape: jax.random.key_data(jax.random.split(_threefry(key), shape)),
    random_bits=_random_bits,
    fold_in=lambda key, data: jax.random.key_data(jax.random.fold_in(_threefry(key), data)),
    name="hash",
    tag="hash",
)
GENERATORS = {"hash": HASH, "threefry": THREEFRY}


def bits(keys: Key[Array, " replicate"], *shape: int) -> UInt32[Array, "*shape replicate"]:
    """32 random bits for each entry of `shape` and replicate."""
    return jax.vmap(lambda key: jax.random.bits(key, shape), out_axes=-1)(keys)


def uniform(keys: Key[Array, " replicate"], shape: tuple[int, ...], dtype) -> Float[Array, "*shape replicate"]:
    """Uniform numbers in [0, 1) for each entry of `shape` and replicate."""
    return jax.vmap(lambda key: jax.random.uniform(key, shape, dtype), out_axes=-1)(keys)


def normal(keys: Key[Array, " replicate"], shape: tuple[int, ...], dtype) -> Float[Array, "*shape replicate"]:
    """Standard normal numbers for each entry of `shape` and replicate."""
    return jax.vmap(lambda key: jax.random.normal(key, shape, dtype), out_axes=-1)(keys)


def exponential(keys: Key[Array, " replicate"], shape: tuple[int, ...], dtype) -> Float[Array, "*shape replicate"]:
    """Exponential numbers of mean 1 for each entry of `shape` and replicate."""
    return jax.vmap(lambda key: jax.random.exponential(key, shape, dtype), out_axes=-1)(keys)
