"""An option that begins, or ends, when an authority has seen something for long enough."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions._areas import named
from contagion.interventions._targeting import over_residents
from contagion.kernel.controls import Combined, Controls
from contagion.kernel.fields import area, choice, number
from contagion.kernel.intervention import Intervention, Memory, parts
from contagion.kernel.numerics.sums import over_places
from contagion.kernel.processes.memory import annual_rate
from contagion.kernel.region import Region
from contagion.kernel.state import Observation

ANY = 1e9  # a bound that nothing reaches


class Condition(eqx.Module):
    """What is to be seen, and for how many weeks on end.

    *capability* is the mean of police over residents; *homicide_rate* that of recorded homicides; *homicides* are
    recorded homicides as a share of those at the start; *agreement* is the share of an agreement with groups that
    holds. The first three can be seen in an area alone.
    """

    measure: str = choice("capability", "homicide_rate", "homicides", "agreement")
    area: str = area("the whole region")
    at_least: Float[Array, ""] = number("in the unit of what is measured", -ANY, ANY, default=-ANY)
    at_most: Float[Array, ""] = number("in the unit of what is measured", -ANY, ANY, default=ANY)
    weeks: Int[Array, ""] = number("weeks on end", 1, 5200, default=1)

    def holds(self, view: Observation, region: Region) -> Bool[Array, " replicate"]:
        """Whether it is seen in this week."""
        seen = self.seen(view, region)
        return (seen >= self.at_least) & (seen <= self.at_most)

    def seen(self, view: Observation, region: Region) -> Float[Array, " replicate"]:
        """What an authority measures."""
        if self.measure == "agreement":
            return view.agreement
        inside = named(region, self.area) if self.area else 1.0
        if self.measure == "capability":
            return over_residents(view.capability, region, inside)
        if self.measure == "homicide_rate":
            return over_residents(annual_rate(view.recorded, region), region, inside)
        usual = (inside * jnp.asarray(region.homicides)[:, None]).sum()
        return over_places(inside * view.recorded) / jnp.maximum(usual, jnp.finfo(usual.dtype).tiny)


class Wait(eqx.Module):
    """How long conditions have held, and since when the option acts."""

    option: Memory
    after: Int[Array, " replicate"]  # weeks on end for which the condition of the beginning has held
    until: Int[Array, " replicate"]  # the same of the end
    acting: Int[Array, " replicate"]  # weeks since the beginning, -1 before it
    ended: Bool[Array, " replicate"]


class Conditional(Intervention):
    """An option that starts when `after` has been seen, not before its own start, and stops when `until` has been seen.

    Whatever the option counts from its start it counts from the week in which the condition is met. After the end it
    does nothing; it does not begin again.
    """

    effects = ()

    option: Intervention  # Drawn, or within areas: it begins in another week in each replicate
    after: Condition | None
    until: Condition | None

    def init_memory(self, region: Region, view: Observation) -> Wait:
        zero = jnp.zeros(view.chance.shape, jnp.int32)
        return Wait(self.option.init_memory(region, view), zero, zero, zero - 1, zero > 0)

    def act(self, memory: Wait, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Wait]:
        start = next((vars(part)["start"] for part in parts(self.option) if "start" in vars(part)), 0)
        due, after = week >= start, memory.after
        if self.after is not None:
            after = jnp.where(self.after.holds(view, region), after + 1, 0)
            due = due & (after >= self.after.weeks)
        begins = due | (memory.acting >= 0)
        acting = jnp.where(begins, memory.acting + 1, -1)
        until, ended = memory.until, memory.ended
        if self.until is not None:
            until = jnp.where((acting > 0) & self.until.holds(view, region), until + 1, 0)
            ended = ended | (until >= self.until.weeks)
        controls, option = self.option.act(memory.option, view, region, start + acting)
        return _where(begins & ~ended, controls), Wait(option, after, until, acting, ended)


def _where(active: Bool[Array, " replicate"], controls: Combined) -> Any:
    """Controls where active, those that change nothing elsewhere."""
    nothing = type(controls)()

    def chosen(name):
        value = getattr(controls, name)
        if isinstance(value, Combined):
            return _where(active, value)
        return jnp.where(active, value, getattr(nothing, name)) if eqx.is_array(value) else value

    return type(controls)(**{name: chosen(name) for name in vars(controls)})
