"""Intervention: the interface of an option; and one whose numbers, or whose week, differ between replicates."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PyTree

from contagion.kernel.controls import Controls
from contagion.kernel.region import Region
from contagion.kernel.state import Observation

Memory = PyTree[Array]


class Intervention(eqx.Module):
    """Reads what an authority can see and returns what it does.

    A subclass declares its numbers with `number`, among them `start`, and names in `effects` those that make it do
    nothing when all are zero; default values live in `conf/intervention/<name>.yaml`. With zero effect and before
    its start it returns Controls equal to the empty ones.
    """

    effects: ClassVar[tuple[str, ...]]

    def contradiction(self) -> str | None:
        """What is wrong with numbers that are each legal, in words that follow the name of the option."""
        return None

    def init_memory(self, region: Region, view: Observation) -> Memory:
        """What the intervention must remember between steps, as it is before the first."""
        del region, view
        return ()

    @abstractmethod
    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        """Controls of this week and what to remember for the next. `week` counts from 0."""


class Drawn(Intervention):
    """An option that acts in each replicate by itself, with the numbers that were drawn for it.

    Numbers of the `option` are scalars or have a value for each replicate, and so has the week. What the option
    remembers is kept for each replicate, replicates last.
    """

    effects = ()

    option: Intervention

    def init_memory(self, region: Region, view: Observation) -> Memory:
        """What the option remembers in each replicate."""
        return _each(lambda option, view: option.init_memory(region, view), self.option, view)

    def act(
        self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""] | Int[Array, " replicate"]
    ) -> tuple[Controls, Memory]:
        """What the option does in each replicate; the week may be another in each."""

        def one(option, view, memory, week):
            controls, memory = option.act(memory, view, region, week)
            ranked = controls.ranked(view.recorded.dtype)
            only_set = jax.tree.map(lambda given, whole: whole if eqx.is_array(given) else None, controls, ranked)
            return only_set, memory

        if not week.ndim:
            week = jnp.broadcast_to(week, view.chance.shape)
        controls, memory = _each(one, self.option, view, memory, week)
        there = jax.tree.map(lambda value: value[..., 0, :], controls)
        return eqx.combine(there, Controls()), memory


def parts(option: eqx.Module) -> Iterator[eqx.Module]:
    """An option, and what it is made of: one with a dose, drawn numbers or conditions holds others."""
    yield option
    for part in vars(option).values():
        if isinstance(part, eqx.Module):
            yield from parts(part)


def innermost(option: Intervention) -> Intervention:
    """The option itself, in whatever scales, draws, or bounds it."""
    inner = getattr(option, "option", None)
    return option if inner is None else innermost(inner)


def drawn_of(interventions: PyTree, taken: Int[Array, " replicate"] | slice) -> PyTree:
    """Interventions with what was drawn for some replicates."""

    def part(intervention):
        if not isinstance(intervention, Drawn):
            return intervention
        return jax.tree.map(lambda leaf: leaf[taken] if leaf.ndim == 1 else leaf, intervention)

    return jax.tree.map(part, interventions, is_leaf=lambda node: isinstance(node, Drawn))


def _each(function, option: Intervention, view: Observation, *carried: Memory):
    """`function` of an option and of what it sees and carries, for each replicate; results have replicates last."""
    numbers, same = eqx.partition(option, lambda leaf: eqx.is_array(leaf) and leaf.ndim == 1)

    def one(numbers, view, *carried):
        alone = jax.tree.map(lambda value: value[..., None], view)
        return function(eqx.combine(numbers, same), alone, *carried)

    return jax.vmap(one, in_axes=-1, out_axes=-1)(numbers, view, *carried)
