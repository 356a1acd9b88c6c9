"""Intervention: the interface of an option."""

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
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
