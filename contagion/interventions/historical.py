"""Historical events of a region, dated removals and operations, and the strategies that leave some of them out."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.kernel.controls import Controls
from contagion.kernel.intervention import Intervention, Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class LeftOut(Intervention):
    """What a strategy leaves out of the historical events of a region: removals, operations, or both.

    It does nothing itself: `simulate` reads it.
    """

    effects = ()

    removals: bool = eqx.field(static=True)
    operations: bool = eqx.field(static=True)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        return Controls(), memory

    def keeps(self, event: Intervention) -> bool:
        """Whether a historical event happens under the strategy."""
        left_out = ((RecordedRemovals, self.removals), (RecordedOperations, self.operations))
        return not any(out and isinstance(event, kind) for kind, out in left_out)


def history_of(strategy: tuple[Intervention, ...], history: tuple[Intervention, ...]) -> tuple[Intervention, ...]:
    """The historical events of a region that happen under a strategy."""
    left_out = [option for option in strategy if isinstance(option, LeftOut)]
    return tuple(event for event in history if all(option.keeps(event) for option in left_out))


class RecordedRemovals(Intervention):
    """Leaders captured or killed, on the recorded date and in the recorded municipality.

    A removal whose group has no slot affects only its municipality.
    """

    effects = ("severity",)

    week: Int[Array, " event"]
    group: Int[Array, " event"]  # slot, -1 for none
    place: Int[Array, " event"]
    killed: Float[Array, " event"]  # 1 killed, 0 captured
    severity: Float[Array, " event"]  # share of leadership integrity removed

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        now = (week == self.week) * self.severity
        groups, places = view.attributed.shape[0], view.recorded.shape[0]
        of_group = self.group == jnp.arange(groups)[:, None]
        removal = (of_group * now).max(axis=1)
        killing = (of_group * now * self.killed).max(axis=1) / jnp.where(removal > 0, removal, 1)
        site = jnp.zeros(places, now.dtype).at[self.place].max(now)
        return Controls(removal=removal[:, None], killing=killing[:, None], site=site[:, None]), memory


class RecordedOperations(Intervention):
    """Military sent to places for the duration of operations, from their recorded dates.

    Troops of operations that are under way at the start are in their places then, as part of the region's military;
    they leave when the operation ends.
    """

    effects = ("military",)

    week: Int[Array, " operation"]  # first week; negative for operations under way at the start of the run
    weeks: Int[Array, ""]  # length of an operation
    military: Float[Array, "operation place"]  # persons

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        change = self.deployed(week) - self.deployed(-1)
        return Controls(military=change[:, None]), memory

    def deployed(self, week: Int[Array, ""] | int) -> Float[Array, " place"]:
        """Troops of the operations that are under way in a week, persons."""
        elapsed = week - self.week
        under_way = (elapsed >= 0) & (elapsed < self.weeks)
        return (under_way[:, None] * self.military).sum(axis=0)
