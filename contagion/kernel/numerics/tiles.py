"""What happens within places, and its sums over places: one kernel on a GPU, ordinary operations elsewhere."""

from collections.abc import Callable
from dataclasses import fields

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from contagion.kernel.fields import has_places
from contagion.kernel.numerics.sums import over_places
from contagion.kernel.xla import compiling_for, interpreted, own_kernels

REPLICATES = 32  # of a tile: whole lines of memory, and few enough to hold all groups of a place in registers
PLACES = 64  # that a program takes one after the other, while it adds up

Kept = PyTree[Array]


def within_places(
    function: Callable[..., tuple[Kept, Kept, Kept]],
    modules: tuple[eqx.Module, ...],
    places: tuple[Array, ...] = (),
    others: tuple[Array, ...] = (),
) -> tuple[Kept, Kept, Kept]:
    """Apply a function that mixes no places and no replicates.

    Parameters
    ----------
    function
        Of all that follows, to three trees of arrays with places first and replicates last: what is kept, what is
        summed over places, and what is summed in an order that does not depend on the number of replicates, as what
        decides about others has to be. What is kept by the name of a field of the first module replaces it in
        memory.
    modules
        Arrays whose axes the fields of the modules name.
    places
        Arrays with places first and replicates last.
    others
        Arrays with replicates last, and numbers.

    Returns
    -------
    PyTree, PyTree, PyTree
        What is kept, and the sums.
    """
    groups = {leaf.shape[1] for leaf in jax.tree.leaves((modules, places)) if jnp.ndim(leaf) == 3}
    if not own_kernels() or any(count & (count - 1) for count in groups):  # Triton has powers of two alone
        kept, added, ordered = function(*modules, *places, *others)
        return kept, jax.tree.map(lambda value: value.sum(axis=0), added), jax.tree.map(over_places, ordered)
    # Pallas takes a third of a second to import.
    from contagion.kernel.numerics.tile_kernel import tiled

    parts = [eqx.partition(module, has_places(module)) for module in modules]
    here = [of_places for of_places, _ in parts], places
    everywhere = [rest for _, rest in parts], others

    def of_parts(here, everywhere):
        whole = map(eqx.combine, here[0], everywhere[0])
        return function(*whole, *here[1], *everywhere[1])

    before = {field.name: getattr(modules[0], field.name) for field in fields(modules[0])} if modules else {}
    as_operations = interpreted()
    with compiling_for("tile"):
        return tiled(
            of_parts, here, everywhere, PLACES, REPLICATES, before, function.__name__.strip("_"), as_operations
        )
