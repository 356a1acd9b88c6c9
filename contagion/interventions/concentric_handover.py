"""Concentric handover: the military secure rings around centres, overlap with police, then police hold."""

from functools import partial

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from contagion.interventions._areas import named
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, choice, number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation

WAITING, MILITARY, OVERLAP, POLICE = range(4)


class Progress(eqx.Module):
    """Progress of the plan."""

    ring: Int[Array, " place"]  # 0 at the centre; `rings` outside the plan
    phase: Int[Array, "ring replicate"]  # WAITING, MILITARY, OVERLAP or POLICE
    clock: Float[Array, "ring replicate"]  # weeks that the condition for the next phase has held
    before: Float[Array, "ring replicate"]  # recorded homicides per week when the ring was entered


class ConcentricHandover(Option):
    """Secures places ring by ring around centres and hands each ring from military to police.

    Centres are the municipalities with most recorded homicides, the safest towns (lowest rates in the more populous
    half of municipalities; the ink-spot strategy), or chosen ones. A ring is entered when the next inner ring has
    reached the overlap phase, at most one ring per `ring_weeks`. The military secure it until recorded homicides have
    stayed below `threshold` times those on entry for `dwell_weeks`; then police join and are trained. After
    `overlap_weeks` with a police capability of at least `capability_needed` the military leave and police hold the
    ring. A ring whose homicides rise above `relapse` times those on entry is secured again; one that does not calm
    down, or whose police are not ready, stalls. After the ink spots and expanding circles of Felbab-Brown (2019). No
    study measures the effect in Mexico: every number is assumed.
    """

    effects = ("military_per_1000", "police_per_1000", "capability_growth", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    centred_on: str = choice("violent", "safest", "chosen")
    chosen: str = area("none: only centred_on=chosen takes it")
    centres: Int[Array, ""] = number("municipalities", 1, 1000)
    ring_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    ring_km: Float[Array, ""] = number("km", 1e-3, 10_000)
    military_per_1000: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    police_per_1000: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    personnel: Float[Array, ""] = number("persons, at most, military", 0, 10_000_000)
    dwell_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    overlap_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    threshold: Float[Array, ""] = number("share of recorded homicides on entry", 0, 10)
    relapse: Float[Array, ""] = number("share of recorded homicides on entry", 0, 10)
    capability_growth: Float[Array, ""] = number("share of the gap to 1 per week", 0, 1)
    capability_needed: Float[Array, ""] = number("share", 0, 1)
    rings: int = number("rings", 1, 50, static=True)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def contradiction(self) -> str | None:
        if self.centred_on == "chosen" and not self.chosen:
            return "chosen=null: must name an area of the region where centred_on=chosen"
        return None

    def init_memory(self, region: Region, view: Observation) -> Progress:
        """Divide places into rings, bands of distance around the centres."""
        bands = jnp.floor(self.distance(region) / self.ring_km)
        nothing = jnp.zeros((self.rings, view.recorded.shape[1]), view.recorded.dtype)
        ring = jnp.minimum(bands, self.rings).astype(jnp.int32)
        return Progress(ring=ring, phase=nothing.astype(jnp.int32), clock=nothing, before=nothing)

    def distance(self, region: Region) -> Float[Array, " place"]:
        """Kilometres to the nearest centre."""
        easting, northing = jnp.asarray(region.easting), jnp.asarray(region.northing)
        residents = jnp.asarray(region.population)
        if self.centred_on == "chosen":
            wanted = named(region, self.chosen)[:, 0]
        elif self.centred_on == "safest":  # excludes villages without homicides
            towns = residents >= jnp.median(residents)
            wanted = jnp.where(towns, -region.homicides / residents, -jnp.inf)
        else:
            wanted = jnp.asarray(region.homicides)
        order = jnp.argsort(wanted, descending=True)

        def nearer(nth, distance):
            centre = order[nth]
            return jnp.minimum(distance, jnp.hypot(easting - easting[centre], northing - northing[centre]))

        available = (wanted > 0).sum() if self.centred_on == "chosen" else easting.shape[0]
        count = jnp.minimum(self.centres, available)
        return lax.fori_loop(0, count, nearer, jnp.full_like(easting, jnp.inf))

    def act(self, memory: Progress, view: Observation, region: Region, week: Int[Array, ""]):
        residents = region.population[:, None]
        in_ring = (memory.ring == jnp.arange(self.rings)[:, None]).astype(view.recorded.dtype)
        # These sums are compared with thresholds, so devices must not use reduced precision.
        total = partial(jnp.matmul, in_ring, precision=lax.Precision.HIGHEST)
        recorded = total(view.recorded)
        capability = total(residents * view.capability) / jnp.maximum(total(residents), 1)

        phase, clock, before = self.advance(memory, recorded, capability, week)

        secured = self.military_per_1000 / 1000 * residents * in_phase(phase, memory.ring, MILITARY, OVERLAP)
        wanted = secured.sum(axis=0)
        military = secured * jnp.minimum(1, self.personnel / jnp.maximum(wanted, 1))
        held = in_phase(phase, memory.ring, OVERLAP, POLICE)
        controls = Controls(
            military=military,
            police=self.police_per_1000 / 1000 * residents * held,
            capability=self.capability_growth * held,
            ledger=Ledger(spending=(week >= self.start) * self.cost),
        )
        return controls, Progress(ring=memory.ring, phase=phase, clock=clock, before=before)

    def advance(self, memory: Progress, recorded, capability, week):
        """Advance each ring to its next phase, or back, if the condition has held long enough."""
        phase, clock, before = memory.phase, memory.clock, memory.before
        inside = jnp.concatenate([jnp.full_like(phase[:1], OVERLAP), phase[:-1]])
        due = self.start + self.ring_weeks * jnp.arange(self.rings)[:, None]
        enters = (phase == WAITING) & (week >= due) & (inside >= OVERLAP)
        before = jnp.where(enters, recorded, before)

        calm = recorded <= self.threshold * before
        ready = capability >= self.capability_needed
        holds = jnp.where(phase == MILITARY, calm, ready)
        clock = jnp.where(holds & ((phase == MILITARY) | (phase == OVERLAP)), clock + 1, 0)
        secured = (phase == MILITARY) & (clock > self.dwell_weeks)
        handed = (phase == OVERLAP) & (clock > self.overlap_weeks)
        relapses = (phase >= OVERLAP) & (recorded > self.relapse * before)
        moved = jnp.where(enters, MILITARY, phase + (secured | handed))
        moved = jnp.where(relapses, MILITARY, moved)
        return moved, jnp.where(moved == phase, clock, 0), before


def in_phase(phase: Int[Array, "ring replicate"], ring: Int[Array, " place"], *phases: int):
    """Whether the ring of each place is in one of `phases`; False outside the plan."""
    outside = jnp.full_like(phase[:1], WAITING)
    here = jnp.concatenate([phase, outside])[ring]
    return sum(here == each for each in phases)
