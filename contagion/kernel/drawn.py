"""An option some of whose numbers, or the week of which, differ between replicates."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PyTree

from contagion.kernel.controls import Controls
from contagion.kernel.intervention import Intervention, Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


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


def of_replicates(interventions: PyTree, taken: Int[Array, " replicate"] | slice) -> PyTree:
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
