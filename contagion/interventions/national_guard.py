"""Deployment of the National Guard as announced."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._areas import named
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, choice, number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation

ANNOUNCED = ("published", "Felbab-Brown 2019")  # status and source


class Plan(eqx.Module):
    """Planned personnel of every deployment region; regions are numbered up to the number of places."""

    need: Float[Array, "place replicate"]  # planned personnel of each region, persons
    order: Int[Array, "place replicate"]  # regions in the order in which they are filled


class NationalGuard(Option):
    """Fills deployment regions with personnel, those with most recorded homicides first.

    A region is assigned `low`, `medium` or `high` personnel by tercile of its recorded rate; the `first` regions are
    assigned `high`, and the very first `first_region`. Personnel grow from `initial` to `personnel` over `phase_weeks`;
    a surplus over all needs is distributed in proportion. Within a region, personnel are proportional to residents. In
    *garrison* mode only a part of them deters, and violence moves by a few blocks; *proactive* patrols deter fully and
    train local police. Of its first members, `drawn_from_existing` come from the military of the start, who are missing
    where they were. Personnel numbers are those of the announced plan for 266 regions; effects are assumed
    (Felbab-Brown 2019).
    """

    effects = ("initial", "personnel", "capability_growth", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    regions: str = area("none: give deployment_regions or an area of numbers", districts=True)
    initial: Float[Array, ""] = number("persons", 0, 10_000_000, *ANNOUNCED)
    personnel: Float[Array, ""] = number("persons", 0, 10_000_000, *ANNOUNCED)
    phase_weeks: Int[Array, ""] = number("weeks", 1, 5200, *ANNOUNCED)
    low: Float[Array, ""] = number("persons per region", 0, 1_000_000, *ANNOUNCED)
    medium: Float[Array, ""] = number("persons per region", 0, 1_000_000, *ANNOUNCED)
    high: Float[Array, ""] = number("persons per region", 0, 1_000_000, *ANNOUNCED)
    first: Int[Array, ""] = number("regions", 0, 100_000, *ANNOUNCED)
    first_region: Float[Array, ""] = number("persons", 0, 1_000_000, *ANNOUNCED)
    mode: str = choice("garrison", "proactive")
    garrison_effect: Float[Array, ""] = number("share of personnel that deters in garrison", 0, 1)
    capability_growth: Float[Array, ""] = number("share of the gap to 1 per week, where proactive", 0, 1)
    confrontation: Float[Array, ""] = number("share of clashes that forces seek", 0, 1)
    drawn_from_existing: Float[Array, ""] = number("persons", 0, 1_000_000, *ANNOUNCED)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def contradiction(self) -> str | None:
        if not self.regions:
            return "regions=null: must name an area of district numbers, such as deployment_regions"
        if self.initial > self.personnel:
            return f"initial={self.initial:.0f}: must not exceed personnel={self.personnel:.0f}"
        return None

    def init_memory(self, region: Region, view: Observation) -> Plan:
        return Plan(need=jnp.zeros_like(view.recorded), order=jnp.zeros_like(view.recorded, jnp.int32))

    def act(self, memory: Plan, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        plan = jax.lax.cond(elapsed == 0, lambda: self.plan(view, region), lambda: memory)
        grown = jnp.clip(elapsed / self.phase_weeks, 0, 1)
        total = (elapsed >= 0) * (self.initial + grown * (self.personnel - self.initial))
        posted = self.posted(plan, total)

        district = self.district(region)
        residents = jnp.asarray(region.population)[:, None]
        share = residents / self.by_district(residents, region)[district]
        present = share * posted[district]
        active = elapsed >= 0
        garrison = self.mode == "garrison"
        deterring = self.garrison_effect if garrison else 1.0
        stationed = jnp.asarray(region.military)[:, None]
        drawn = jnp.minimum(self.drawn_from_existing, total) / jnp.maximum(stationed.sum(), 1)
        military = deterring * present
        controls = Controls(
            military=military - jnp.minimum(drawn, 1) * stationed,
            restrained=(1 - self.confrontation) * military,
            capability=0.0 if garrison else active * self.capability_growth,
            ledger=Ledger(staff=(1 - deterring) * total, spending=active * self.cost),
        )
        return controls, plan

    def plan(self, view: Observation, region: Region) -> Plan:
        """Order of regions by recorded homicides, and personnel of each by its recorded rate."""
        recorded = self.by_district(view.recorded, region)
        residents = self.by_district(jnp.asarray(region.population)[:, None], region)
        exists = residents > 0
        rate = jnp.where(exists, recorded / jnp.where(exists, residents, 1), jnp.inf)
        count = exists.sum(axis=0)
        below = jnp.argsort(jnp.argsort(rate, axis=0), axis=0) / count  # share of regions with lower rates
        by_class = jnp.where(below < 1 / 3, self.low, jnp.where(below < 2 / 3, self.medium, self.high))
        order = jnp.argsort(jnp.where(exists, recorded, -1), axis=0, descending=True)
        place = jnp.argsort(order, axis=0)
        need = jnp.where(place < self.first, self.high, by_class)
        need = jnp.where((place == 0) & (self.first > 0), self.first_region, need)
        return Plan(need=need * exists, order=order.astype(jnp.int32))

    def posted(self, plan: Plan, total: Float[Array, ""]) -> Float[Array, "place replicate"]:
        """Personnel in each region out of `total`."""
        need = jnp.take_along_axis(plan.need, plan.order, axis=0)
        filled = jnp.cumsum(need, axis=0)
        given = jnp.clip(total - (filled - need), 0, need)
        everything = filled[-1]
        left = jnp.maximum(total - everything, 0)
        given = given + left * need / jnp.maximum(everything, 1)
        return jnp.take_along_axis(given, jnp.argsort(plan.order, axis=0), axis=0)

    def district(self, region: Region) -> Int[Array, " place"]:
        """Number of the deployment region of each place."""
        return named(region, self.regions)[:, 0].astype(jnp.int32)

    def by_district(self, values: Float[Array, "place ..."], region: Region) -> Float[Array, "place ..."]:
        """Sums over the places of each deployment region."""
        return jnp.zeros_like(values).at[self.district(region)].add(values)
