"""A function of places as one kernel, which holds all groups of a place and a few replicates in registers."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton
from jax.extend.core import Var
from jaxtyping import Array, PyTree

WARPS = 4


class Part(NamedTuple):
    """How an array is cut: what a program takes of it for one place, and whether it differs between places."""

    tile: jax.ShapeDtypeStruct
    of_places: bool  # and then has places first
    split: bool  # whether the last axis is that of replicates


def tiled(
    function: Callable[[Any, Any], tuple[PyTree, PyTree, PyTree]],
    places: PyTree,
    others: PyTree,
    tall: int,
    wide: int,
    before: dict[str, Array],
    name: str,
    interpret: bool = False,
) -> tuple[PyTree, PyTree, PyTree]:
    """What `within_places` says, in one kernel.

    A program takes `tall` places one after the other, with up to `wide` replicates, and adds up as it goes.

    Parameters
    ----------
    function
        Of `places` and `others`, to what is kept, and two trees of what is summed over places.
    places
        Arrays with places first, and replicates last where they have more than one axis.
    others
        Arrays with replicates last, and numbers.
    tall, wide
        Size of a tile.
    before
        Arrays among `places` that what is kept by the same name takes the place of.
    name
        Of the kernel.
    interpret
        Run as ordinary operations, on any device.
    """
    plan = _planned(function, places, others, wide)
    kept, added = plan.kept, plan.added
    shapes = sorted({total.shape for total in added})
    height = [sum(total.shape == shape for total in added) for shape in shapes]
    blocks = -(-plan.places // tall)
    layers = [jax.ShapeDtypeStruct((plan.places, *one.shape[1:-1], plan.replicates), one.dtype) for one in kept]
    stacks = [
        jax.ShapeDtypeStruct((blocks, number, *shape[1:-1], plan.replicates), added[0].dtype)
        for shape, number in zip(shapes, height, strict=True)
    ]
    results = pl.pallas_call(
        partial(_program, plan, tall, shapes),
        grid=(blocks, plan.replicates // plan.wide),
        in_specs=[_block(one.tile.shape or (1,), one.of_places * tall, one.split) for one in plan.taken],
        out_specs=[
            *(_block(one.shape, tall, True) for one in kept),
            *(_block((1, number, *shape[1:]), 1, True) for shape, number in zip(shapes, height, strict=True)),
        ],
        out_shape=[*layers, *stacks],
        compiler_params=triton.CompilerParams(num_warps=WARPS),
        input_output_aliases=_replaced(plan, before),
        interpret=interpret,
        name=name,
    )(*plan.given)
    sums = {shape: iter(stack.sum(axis=0)) for shape, stack in zip(shapes, results[len(kept) :], strict=True)}
    found = [*results[: len(kept)], *(next(sums[total.shape]) for total in added)]
    return jax.tree.unflatten(jax.tree.structure(plan.found), found)


class Plan(NamedTuple):
    """What a kernel computes, from what."""

    function: Callable[..., tuple[PyTree, PyTree, PyTree]]  # of all tiles
    parts: list[Part]  # of everything that is given
    used: list[bool]  # whether anything is computed from it
    given: list[Array]  # what is used of it
    found: tuple[PyTree, PyTree, PyTree]  # shapes of tiles
    places: int
    replicates: int
    wide: int  # replicates of a tile

    @property
    def taken(self) -> list[Part]:
        """Parts of what is used."""
        return [part for part, used in zip(self.parts, self.used, strict=True) if used]

    @property
    def kept(self) -> list[jax.ShapeDtypeStruct]:
        """Tiles of what is kept."""
        return jax.tree.leaves(self.found[0])

    @property
    def added(self) -> list[jax.ShapeDtypeStruct]:
        """Tiles of what is added up."""
        return jax.tree.leaves(self.found[1:])


def _planned(function: Callable[[Any, Any], tuple], places: PyTree, others: PyTree, wide: int) -> Plan:
    """Trace a function for one tile."""
    leaves, structure = jax.tree.flatten((places, others))
    first = len(jax.tree.leaves(places))
    layers = [leaf for leaf in leaves[:first] if jnp.ndim(leaf) > 1]
    count, replicates = max(leaf.shape[0] for leaf in layers), max(leaf.shape[-1] for leaf in layers)
    wide = min(wide, replicates & -replicates)

    def part(leaf: Array, number: int) -> Part:
        shape, here = list(jnp.shape(leaf)), number < first
        split = len(shape) > here and shape[-1] == replicates
        shape[:1] = [1] if here else shape[:1]
        shape[-1:] = [wide] if split else shape[-1:]
        return Part(jax.ShapeDtypeStruct(tuple(shape), jnp.result_type(leaf)), here and leaf.shape[0] > 1, split)

    def of_tiles(*tiles):
        return function(*jax.tree.unflatten(structure, tiles))

    parts = [part(leaf, number) for number, leaf in enumerate(leaves)]
    traced, found = jax.make_jaxpr(of_tiles, return_shape=True)(*(part.tile for part in parts))
    used = _used(traced)
    given = [leaf if jnp.ndim(leaf) else jnp.reshape(leaf, 1) for leaf, one in zip(leaves, used, strict=True) if one]
    return Plan(of_tiles, parts, used, given, found, count, replicates, wide)


def _program(plan: Plan, tall: int, shapes: list[tuple[int, ...]], *references: Any) -> None:
    """One program of the kernel: a number of places, one after the other, and a part of the replicates."""
    taken, kept, added = plan.taken, plan.kept, plan.added
    inputs, outputs = references[: len(taken)], references[len(taken) :]
    start = pl.program_id(0) * tall
    shared = [None if one.of_places else _read(reference, one) for reference, one in zip(inputs, taken, strict=True)]

    def one_place(place, totals):
        values = iter(
            _read(reference, one, place) if one.of_places else value
            for reference, value, one in zip(inputs, shared, taken, strict=True)
        )
        tiles = (next(values) if one else _unused(part) for one, part in zip(plan.used, plan.parts, strict=True))
        results = jax.tree.leaves(plan.function(*tiles))
        for reference, result in zip(outputs, results[: len(kept)], strict=False):
            reference[pl.ds(place, 1)] = result
        return tuple(map(jnp.add, totals, results[len(kept) :]))

    nothing = tuple(jnp.zeros(total.shape, total.dtype) for total in added)
    totals = jax.lax.fori_loop(0, jnp.minimum(tall, plan.places - start), one_place, nothing)
    for shape, stack in zip(shapes, outputs[len(kept) :], strict=True):
        for number, total in enumerate(total for total in totals if total.shape == shape):
            stack[pl.ds(0, 1), number] = total


def _replaced(plan: Plan, before: dict[str, Array]) -> dict[int, int]:
    """Which of what is kept takes the place of what is given."""
    names = sorted(plan.found[0]) if isinstance(plan.found[0], dict) else []
    position = {id(leaf): number for number, leaf in enumerate(plan.given)}
    pairs = ((position.get(id(before.get(name))), number) for number, name in enumerate(names))
    return {there: number for there, number in pairs if there is not None}


def _block(tile: tuple[int, ...], tall: int, split: bool) -> pl.BlockSpec:
    """Block of an array by its tile: `tall` places, or all of it where that is 0, and a part of the replicates."""

    def where(row, column):
        first = [row] if tall else [0]
        last = [column] if split else [0]
        return tuple([*first, *[0] * (len(tile) - 2), *last] if len(tile) > 1 else last if split else first)

    return pl.BlockSpec((tall or tile[0], *tile[1:]) if not (split and len(tile) == 1) else tile, where)


def _used(traced: Any) -> list[bool]:
    """Which arguments of a traced function anything is computed from."""
    arguments = [each for step in traced.jaxpr.eqns for each in step.invars] + list(traced.jaxpr.outvars)
    taken = {each for each in arguments if isinstance(each, Var)}
    return [each in taken for each in traced.jaxpr.invars]


def _read(reference: Any, part: Part, place: Any = 0) -> Array:
    """What a program takes of an array; a number is one."""
    if not part.tile.shape:
        return reference[0]
    return reference[pl.ds(place, 1)] if part.of_places else reference[...]


def _unused(part: Part) -> Any:
    """In place of what nothing is computed from; an array of JAX where Triton has one."""
    shape, dtype = part.tile.shape, part.tile.dtype
    return jnp.zeros(shape, dtype) if all(length & (length - 1) == 0 for length in shape) else np.zeros(shape, dtype)
