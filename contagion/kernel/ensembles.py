"""Replicates: ensembles in chunks, shared out over devices."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Int, PyTree

from contagion.kernel.flows import Flows, Stocks
from contagion.kernel.initial import Model, init
from contagion.kernel.intervention import drawn_of
from contagion.kernel.numerics.random import replicate_keys
from contagion.kernel.processes.anchor import Anchor
from contagion.kernel.region import Region
from contagion.kernel.rollouts import compiled_rollout

CHUNK_SIZE = 32  # replicates advanced together on CPU: enough to fill vectors and cores, few enough to stay in cache
HOSTILITIES = 4096  # entries of H [group, group, replicate] that stay in the first cache of a CPU: each place reads all
LAYER = 3 << 18  # entries of a layer [place, group, replicate], a few of which stay in the last cache of a CPU
VECTOR = (
    8  # the replicates of a chunk on a device are a multiple: other numbers of them are computed with other roundings
)


def chunk_size_in_cache(region: Region) -> int:
    """Replicates that are best advanced together on CPU: `CHUNK_SIZE`, or fewer for many groups or places."""
    groups, places = region.members.shape
    least = VECTOR if groups >= 2 * VECTOR else 2 * VECTOR  # in shorter rows [group, replicate] XLA makes no vectors
    fitting = min(HOSTILITIES // groups**2, LAYER // (places * groups)) // least * least
    return min(CHUNK_SIZE, max(least, fitting)) if places > groups else CHUNK_SIZE


def ensemble(
    model: Model,
    periods: Sequence[tuple[int, int]],
    replicates: int,
    seed: int,
    chunk_size: int | None = None,
    deterministic: bool = False,
    generator: str = "hash",
    first: int = 0,
    concatenate: Callable[..., Any] = jnp.concatenate,
    anchors: Iterable[Anchor] | None = None,
) -> Iterator[tuple[Flows, Stocks]]:
    """Advance replicates through periods, and yield the flows and stocks of each.

    Replicates are computed in chunks that are shared out over all devices of this process; only one period of one
    strategy is ever held. A replicate draws from its own key, so counts do not depend on `chunk_size` or on the
    replicates beside it, and other numbers do by the last digit at most.

    Parameters
    ----------
    model
        Region, parameters and interventions.
    periods
        First week of each period, and the week after its last.
    replicates, seed
        Number of replicates, and the seed of their random numbers.
    chunk_size
        Replicates that are computed at once; by default as many as fit the cache of a CPU, or all on an accelerator.
    deterministic
        Take expectations for counts, and no shocks.
    generator
        Of random numbers: hash or threefry.
    first
        Number of the first replicate.
    concatenate
        Joins the chunks along the replicate axis, as NumPy's or JAX's.
    anchors
        Levels of each period that homicides are counted around, with all replicates; all of one shape.

    Yields
    ------
    Flows
        Sums over the weeks of the period, replicates last.
    Stocks
        State at the end of the period, replicates last.
    """
    devices = jax.local_devices()
    platform = devices[0].platform
    if platform != "cpu":
        model = replace(model, region=model.region.widened())
    if chunk_size is None:
        chunk_size = chunk_size_in_cache(model.region) if platform == "cpu" else replicates
    width = VECTOR * len(devices)
    chunk_size = -(-min(chunk_size, replicates) // width) * width
    advance = compiled_rollout(platform)
    chunks = []
    for low in range(0, replicates, chunk_size):
        indices = jnp.arange(low, low + chunk_size)
        keys = None if deterministic else share(replicate_keys(seed, first + indices, generator), chunk_size)
        taken = jnp.minimum(indices, replicates - 1)  # replicates beyond the last are dropped below
        params = jax.tree.map(lambda leaf, taken=taken: leaf[taken] if leaf.ndim else leaf, model.params)
        interventions = drawn_of(model.interventions, taken)
        chunk = share(replace(model, params=params, interventions=interventions), chunk_size)
        carry, constants = init(chunk, chunk_size, keys, anchors is not None)
        chunks.append([chunk, carry, share(constants, chunk_size), keys, taken])

    def advanced(chunk: list, week: int, last: int, anchor: Anchor | None) -> tuple[Flows, Stocks]:
        """Moves a chunk through a period."""
        part_of_model, carry, constants, keys, taken = chunk
        here = share(of_replicates(anchor, taken), chunk_size)
        chunk[1], flows, stocks = advance(part_of_model, share(carry, chunk_size), constants, keys, week, last, here)
        return flows, stocks

    def joined(*leaves: Array) -> Any:
        return concatenate(leaves, axis=-1)[..., :replicates]

    for (week, last), anchor in zip(periods, anchors or repeat(None), strict=False):
        # Without names for its parts, nothing of a period is alive while the next one is computed.
        yield jax.tree.map(joined, *(advanced(chunk, week, last, anchor) for chunk in chunks))


def of_replicates(anchor: Anchor | None, taken: Int[Array, " replicate"]) -> Anchor | None:
    """The anchor of some replicates."""
    if anchor is None:
        return None
    return replace(anchor, level=anchor.level[..., taken], reference=anchor.reference[..., taken])


def share(tree: PyTree, chunk_size: int) -> PyTree:
    """Spreads arrays whose last axis has `chunk_size` entries, as replicates have, over the devices in equal parts.

    All others lie whole on each device. Where an array lies never changes what is computed from it.
    """
    devices = jax.local_devices()
    if len(devices) == 1:
        return tree
    mesh = Mesh(devices, "replicate")

    def place(leaf):
        has_replicates = jnp.ndim(leaf) > 0 and leaf.shape[-1] == chunk_size
        spec = PartitionSpec(*[None] * (jnp.ndim(leaf) - 1), "replicate") if has_replicates else PartitionSpec()
        return jax.device_put(leaf, NamedSharding(mesh, spec))

    return jax.tree.map(place, tree)
