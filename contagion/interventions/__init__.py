"""What a state can do: one file per option, each a final class that returns `Controls`."""

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PyTree

from contagion.processes.groups import over_places
from contagion.state import Controls, Region, View

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

    def remember(self, region: Region, view: View) -> Memory:
        """What the intervention must remember between steps, as it is before the first."""
        del region, view
        return ()

    @abstractmethod
    def act(self, memory: Memory, view: View, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        """Controls of this week and what to remember for the next. `week` counts from 0."""


def rank(values: Float[Array, "group replicate"]) -> Int[Array, "group replicate"]:
    """Place of each group in the order of `values`: 0 for the largest, ties to the earlier slot."""
    order = jnp.arange(values.shape[0])
    ahead = (values[None] > values[:, None]) | (
        (values[None] == values[:, None]) & (order[None, :, None] < order[:, None, None])
    )
    return ahead.sum(axis=1)


def hottest(recorded: Float[Array, "place replicate"], count: Int[Array, ""]) -> Bool[Array, "place replicate"]:
    """The `count` places with most recorded homicides; more where the last of them tie, none without homicides."""
    ordered = jnp.sort(recorded, axis=0, descending=True)
    threshold = ordered[jnp.clip(count, 1, len(ordered)) - 1]
    return (count > 0) & (recorded >= threshold) & (recorded > 0)


def average_capability(view: View, region: Region) -> Float[Array, " replicate"]:
    """Capability of the police that an average resident has."""
    residents = region.population / region.population.sum()
    return over_places(residents[:, None] * view.capability)
