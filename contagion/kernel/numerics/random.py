"""Random numbers: a fast hash of counters beside JAX's threefry, and draws for all replicates at once.

A generator makes keys; everything else follows from the key. Replicates, weeks and processes have keys of their own,
derived by threefry whichever generator is chosen: what differs is how one key becomes many numbers.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, overload

import jax
import jax.numpy as jnp
from jax.extend.random import define_prng_impl
from jaxtyping import Array, Float, Int, Key, UInt32

THREEFRY = "threefry2x32"


def hashed(key: UInt32[Array, "2 ..."], counter: UInt32[Array, "..."]) -> UInt32[Array, "..."]:
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


def replicate_keys(seed: int, indices: Int[Array, " replicate"], generator: str = "hash") -> Key[Array, " replicate"]:
    """The key of each replicate, from its index alone.

    Parameters
    ----------
    seed
        Seed of all random numbers of a run.
    indices
        Numbers of the replicates, from 0.
    generator
        hash or threefry.
    """
    return jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(seed, impl=GENERATORS[generator]), indices)


@overload
def stream(keys: Key[Array, " replicate"], number: Int[Array, ""] | int) -> Key[Array, " replicate"]: ...


@overload
def stream(keys: None, number: Int[Array, ""] | int) -> None: ...


@overload
def stream(keys: Key[Array, " replicate"] | None, number: Int[Array, ""] | int) -> Key[Array, " replicate"] | None: ...


def stream(keys: Key[Array, " replicate"] | None, number: Int[Array, ""] | int) -> Key[Array, " replicate"] | None:
    """Keys of one week or process, by its number; None in the deterministic mode."""
    return None if keys is None else jax.vmap(jax.random.fold_in, (0, None))(keys, number)


def streams(keys: Key[Array, " replicate"] | None, count: int) -> Sequence[Any]:
    """What `stream` gives for each number below `count`, made together in the loops that one takes."""
    if keys is None:
        return [None] * count
    made = jax.vmap(lambda number: stream(keys, number))(jnp.arange(count))
    return [made[number] for number in range(count)]


def bits(keys: Key[Array, " replicate"], *shape: int) -> UInt32[Array, "*shape replicate"]:
    """32 random bits for each entry of `shape` and replicate."""
    if jax.random.key_impl(keys) == HASH:  # the same numbers, made where they lie: a transposition costs more than they
        counters = jax.lax.iota(jnp.uint32, math.prod(shape)).reshape(*shape, 1)
        return hashed(jax.random.key_data(keys).T, counters)
    return _each(keys, lambda key: jax.random.bits(key, shape))


def uniform(keys: Key[Array, " replicate"], shape: tuple[int, ...], dtype) -> Float[Array, "*shape replicate"]:
    """Uniform numbers in [0, 1) for each entry of `shape` and replicate."""
    return _each(keys, lambda key: jax.random.uniform(key, shape, dtype))


def normal(keys: Key[Array, " replicate"], shape: tuple[int, ...], dtype) -> Float[Array, "*shape replicate"]:
    """Standard normal numbers for each entry of `shape` and replicate."""
    return _each(keys, lambda key: jax.random.normal(key, shape, dtype))


def exponential(keys: Key[Array, " replicate"], shape: tuple[int, ...], dtype) -> Float[Array, "*shape replicate"]:
    """Exponential numbers of mean 1 for each entry of `shape` and replicate."""
    return _each(keys, lambda key: jax.random.exponential(key, shape, dtype))


def _each(keys: Key[Array, " replicate"], draw: Callable[[Key[Array, ""]], Array]) -> Array:
    """What is drawn with each key, replicates last."""
    return jax.vmap(draw, out_axes=-1)(keys)
