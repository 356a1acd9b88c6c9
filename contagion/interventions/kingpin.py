"""High-value targeting."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions._areas import named
from contagion.interventions._targeting import by_chance, rank, slots
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, choice, group_names, number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation

CAUGHT = ("published", "Felbab-Brown 2019")  # status and source


class Hunt(eqx.Module):
    """What the hunt for leaders remembers."""

    attempts: Float[Array, " replicate"]  # strikes tried so far
    target: Bool[Array, "group replicate"]  # group of the next strike
    struck: Bool[Array, "group replicate"]  # group of the last one


class Kingpin(Option):
    """Captures or kills leaders of groups.

    Every `every` weeks the leadership integrity of one group falls by `severity`, in turn among the first `breadth`
    `by` attributed killings, by size at the start, or of named groups; `protected` groups are never struck (selective
    enforcement). With `opportunistic` strikes come by chance, as often on average. A strike succeeds with probability
    `success` and happens in a municipality drawn by the members of the group, in the capital, the most populous
    municipality, or in a chosen area; violence there grows (parameter `site_shock`). From `reposition_weeks` before a
    strike until as many after it, `reposition` of the military of the start move to the places where the group was at
    the start, by recorded homicides there, and hold them.

    Of 122 designated targets 120 were caught and violence increased (Felbab-Brown 2019); homicides rose by 36 % in the
    municipality of a capture in the following 6 months (Calderon et al. 2015). The size of the effect on a whole
    country is assumed.
    """

    effects = ("severity", "reposition", "cost", "staff")

    start: Int[Array, ""] = number("week", 0, 5200)
    every: Int[Array, ""] = number("weeks", 1, 5200)
    opportunistic: Float[Array, ""] = number("switch", 0, 1)
    by: str = choice("attributed", "size", "named")
    groups: tuple[str, ...] = group_names("only by=named takes them")
    protected: tuple[str, ...] = group_names("nobody is protected")
    breadth: Int[Array, ""] = number("groups", 1, 64)
    severity: Float[Array, ""] = number("share of leadership integrity", 0, 1)
    success: Float[Array, ""] = number("probability", 0, 1, *CAUGHT)
    killing: Float[Array, ""] = number("share killed rather than captured", 0, 1)
    place: str = choice("members", "capital", "chosen")
    chosen: str = area("none: only place=chosen takes it")
    reposition: Float[Array, ""] = number("persons", 0, 1_000_000)
    reposition_weeks: Int[Array, ""] = number("weeks", 0, 520)
    staff: Float[Array, ""] = number("persons", 0, 1_000_000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def contradiction(self) -> str | None:
        if (self.by == "named") != bool(self.groups):
            return f"by={self.by}, groups={list(self.groups)}: groups are named where by=named, and only there"
        if both := sorted(set(self.groups) & set(self.protected)):
            return f"protected={list(self.protected)}: {both[0]} is to be struck and protected"
        if self.place == "chosen" and not self.chosen:
            return "chosen=null: must name an area of the region where place=chosen"
        if self.reposition > 0 and self.opportunistic > 0:
            return f"reposition={self.reposition:g}: forces cannot move before strikes that come by chance"
        return None

    def init_memory(self, region: Region, view: Observation) -> Hunt:
        nobody = jnp.zeros_like(view.attributed, bool)
        return Hunt(attempts=jnp.zeros_like(view.chance), target=nobody, struck=nobody)

    def act(self, memory: Hunt, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Hunt]:
        elapsed = week - self.start
        active = elapsed >= 0
        until = jnp.where(active, -elapsed % self.every, -elapsed)  # weeks to the next strike, where they have a clock
        due = active * jnp.where(self.opportunistic > 0, 1 / self.every, until == 0)
        tried = by_chance(view.chance, due)
        succeeded = by_chance(view.chance, due * self.success)
        chosen_before = until < jnp.minimum(self.reposition_weeks, self.every - 1)
        prepared = chosen_before & (week > 0) & (self.reposition > 0)
        target = jnp.where(prepared, memory.target, self.next_target(memory.attempts, view, region))
        struck = jnp.where(tried > 0, target, memory.struck)
        hit = succeeded * target
        controls = Controls(
            removal=hit * self.severity,
            raid=hit * self.severity,
            ground=self.ground(region),
            killing=hit * (self.severity > 0) * self.killing,
            ledger=Ledger(staff=active * self.staff, spending=active * self.cost),
        )
        since = elapsed % self.every
        after = (since <= self.reposition_weeks) & active
        watched = jnp.where(until <= self.reposition_weeks, target, after & struck)
        return controls.combine(self.repositioned(watched, view, region)), Hunt(memory.attempts + tried, target, struck)

    def next_target(
        self, attempts: Float[Array, " replicate"], view: Observation, region: Region
    ) -> Bool[Array, "group replicate"]:
        """Group whose turn it is."""
        eligible = ~slots(region, self.protected)
        if self.by == "named":
            eligible = eligible & slots(region, self.groups)
        values = jnp.asarray(region.members).sum(axis=1)[:, None] if self.by == "size" else view.attributed
        ranks = rank(jnp.where(eligible, jnp.broadcast_to(values, view.attributed.shape), -1))
        turn = jnp.floor(attempts) % jnp.minimum(self.breadth, eligible.sum())
        return (ranks == turn) & eligible

    def ground(self, region: Region) -> Float[Array, "place 1"] | float:
        """Relative weight of each place in where strikes happen."""
        if self.place == "chosen":
            return named(region, self.chosen)
        residents = jnp.asarray(region.population)[:, None]
        return (residents == residents.max()).astype(residents.dtype) if self.place == "capital" else 1.0

    def repositioned(self, watched: Bool[Array, "group replicate"], view: Observation, region: Region) -> Controls:
        """Military of the start on their way to the places of the group that is struck, and missing elsewhere."""
        territory = (jnp.asarray(region.members) > 0).astype(view.recorded.dtype)
        contested = view.recorded * (territory.T @ watched.astype(view.recorded.dtype))
        total = contested.sum(axis=0)
        stationed = jnp.asarray(region.military)[:, None]
        moved = jnp.minimum(self.reposition, stationed.sum()) * (total > 0)
        sent = moved * contested / jnp.where(total > 0, total, 1)
        return Controls(military=sent - moved * stationed / jnp.maximum(stationed.sum(), 1), restrained=sent)
