"""Concentric handover: the military secure rings around centres, overlap with police, then police hold."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions._areas import named
from contagion.interventions._rings import Rings, rings_around
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, choice, number
from contagion.kernel.processes.memory import annual_rate
from contagion.kernel.region import Region
from contagion.kernel.state import Observation

WAITING, MILITARY, AGAIN, OVERLAP, POLICE = range(5)
OfPlace = Float[Array, "place replicate"]
Places = Bool[Array, "place replicate"]


class Progress(eqx.Module):
    """Progress of the plan. Values of a part are values of each of its places."""

    parts: Rings
    phase: Int[Array, "place replicate"]  # WAITING, MILITARY, AGAIN (after a relapse), OVERLAP or POLICE
    clock: OfPlace  # weeks for which the condition for the next phase has held; of POLICE, since the handover
    before: OfPlace  # recorded homicides per week when the part was entered


class ConcentricHandover(Option):
    """Secures places ring by ring around centres and hands each ring from military to police.

    Centres are the municipalities with most recorded homicides, the safest towns (lowest rates in the more populous
    half of municipalities; the ink-spot strategy), or chosen ones. Each part of the plan, a ring around one centre,
    goes through phases of its own; with *all* instead of *each* a ring around all centres is one part. It is
    entered when the next inner part has reached the overlap, at most one ring per `ring_weeks`, and with
    `wait_for_troops` not before the military suffice for it; otherwise they are thinned out. The military secure it
    until recorded homicides have stayed at most at `threshold` times those on entry, and their rate at most at
    `secure_rate`, for `dwell_weeks`; what is 0 of the two is not asked. Then police join and are trained. After
    `overlap_weeks` with a police capability of at least `capability_needed` police hold the part and the military
    leave over `pullback_weeks`; with `replace_existing` those of the start leave as well. Where homicides rise
    above `relapse` times those on entry the military come back, and with `keep_police` beside the police. A part
    that does not calm down, or whose police are not ready, stalls, and no other part for it. Arrivals clash as far
    as they seek `confrontation`. After the plan for each area and the ever greater circles of Felbab-Brown (2019).
    No study measures the effect in Mexico: every number is assumed.
    """

    effects = ("military_per_1000", "police_per_1000", "capability_growth", "replace_existing", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    centred_on: str = choice("violent", "safest", "chosen")
    chosen: str = area("none: only centred_on=chosen takes it")
    plan: str = choice("each", "all")
    centres: Int[Array, ""] = number("municipalities", 1, 1000)
    ring_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    ring_km: Float[Array, ""] = number("km", 1e-3, 10_000)
    rings: int = number("rings", 1, 50, static=True)
    military_per_1000: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    police_per_1000: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    personnel: Float[Array, ""] = number("persons, at most, military", 0, 10_000_000)
    wait_for_troops: Float[Array, ""] = number("switch", 0, 1)
    confrontation: Float[Array, ""] = number("share of clashes that arrivals seek", 0, 1)
    threshold: Float[Array, ""] = number("share of recorded homicides on entry, 0 for any", 0, 10)
    secure_rate: Float[Array, ""] = number("recorded homicides per 100,000 and year, 0 for any", 0, 100_000)
    dwell_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    capability_growth: Float[Array, ""] = number("share of the gap to 1 per week", 0, 1)
    capability_needed: Float[Array, ""] = number("share", 0, 1)
    overlap_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    pullback_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    replace_existing: Float[Array, ""] = number("share of the military of the start that leaves as well", 0, 1)
    relapse: Float[Array, ""] = number("share of recorded homicides on entry", 0, 10)
    keep_police: Float[Array, ""] = number("switch", 0, 1)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def contradiction(self) -> str | None:
        if self.centred_on == "chosen" and not self.chosen:
            return "chosen=null: must name an area of the region where centred_on=chosen"
        if not self.threshold and not self.secure_rate:
            return "threshold=0, secure_rate=0: must ask for one of the two, or for both"
        return None

    def init_memory(self, region: Region, view: Observation) -> Progress:
        """Divide places into parts, none of which is entered."""
        nothing = jnp.zeros_like(view.recorded)
        phase = jnp.full(nothing.shape, WAITING, jnp.int32)
        return Progress(parts=self.parts(region), phase=phase, clock=nothing, before=nothing)

    def parts(self, region: Region) -> Rings:
        """Rings around each centre."""
        residents = jnp.asarray(region.population)
        if self.centred_on == "chosen":
            wanted = named(region, self.chosen)[:, 0]
        elif self.centred_on == "safest":  # excludes villages without homicides
            towns = residents >= jnp.median(residents)
            wanted = jnp.where(towns, -region.homicides / residents, -jnp.inf)
        else:
            wanted = jnp.asarray(region.homicides)
        available = (wanted > 0).sum() if self.centred_on == "chosen" else len(residents)
        count = jnp.minimum(self.centres, available)
        order = jnp.argsort(wanted, descending=True)
        return rings_around(region, order, count, self.ring_km, self.rings, self.plan == "all")

    def act(self, memory: Progress, view: Observation, region: Region, week: Int[Array, ""]):
        progress, stalled, relapses = self.advance(memory, view, region, week)
        phase, parts = progress.phase, progress.parts
        held = phase == POLICE
        pulled_back = held * jnp.where(
            self.pullback_weeks > 0, jnp.minimum(progress.clock / jnp.maximum(self.pullback_weeks, 1), 1), 1
        )
        secured = self.needed(region) * (phase >= MILITARY) * (1 - pulled_back)
        sent = secured * jnp.minimum(1, self.personnel / jnp.maximum(secured.sum(axis=0), 1))
        there = (self.military_per_1000 > 0).astype(secured.dtype)  # without military nothing is secured
        policed = (phase >= OVERLAP) | ((phase == AGAIN) & (self.keep_police > 0))
        controls = Controls(
            military=sent - self.replace_existing * pulled_back * region.military[:, None],
            restrained=(1 - self.confrontation) * sent,
            police=self.police_per_1000 / 1000 * region.population[:, None] * policed,
            capability=self.capability_growth * policed,
            ledger=Ledger(
                secured=there * ((phase >= MILITARY) & ~held),
                held=there * held,
                stalled=there * parts.count(stalled),
                relapses=there * parts.count(relapses),
                spending=(week >= self.start) * self.cost,
            ),
        )
        return controls, progress

    def needed(self, region: Region) -> Float[Array, "place 1"]:
        """Military that it takes to secure each place, persons."""
        return self.military_per_1000 / 1000 * region.population[:, None]

    def advance(
        self, memory: Progress, view: Observation, region: Region, week: Int[Array, ""]
    ) -> tuple[Progress, Places, Places]:
        """Advance each part to its next phase, or back; also whether it stalls, and whether it relapses."""
        parts, phase, clock = memory.parts, memory.phase, memory.clock
        residents, living = region.population[:, None], parts.residents[:, None]
        recorded = parts.total(view.recorded)
        enters = self.enters(memory, region, week)
        before = jnp.where(enters, recorded, memory.before)

        calm = (self.threshold == 0) | (recorded <= self.threshold * before)
        rate = annual_rate(recorded / living * residents, region)
        calm = calm & ((self.secure_rate == 0) | (rate <= self.secure_rate))
        ready = parts.total(residents * view.capability) >= self.capability_needed * living
        securing = (phase == MILITARY) | (phase == AGAIN)
        advances = jnp.where(securing, calm, ready | (phase == POLICE)) & (phase > WAITING)
        clock = jnp.where(advances, clock + 1, 0)
        secured = securing & (clock > self.dwell_weeks)
        handed = (phase == OVERLAP) & (clock > self.overlap_weeks)
        relapses = (phase >= OVERLAP) & (recorded > self.relapse * before)
        moved = jnp.where(enters, MILITARY, jnp.where(secured, OVERLAP, jnp.where(handed, POLICE, phase)))
        moved = jnp.where(relapses, AGAIN, moved)
        clock = jnp.where(moved == phase, clock, 0)
        stalled = (phase > WAITING) & ~advances
        return Progress(parts=parts, phase=moved, clock=clock, before=before), stalled, relapses

    def enters(self, memory: Progress, region: Region, week: Int[Array, ""]) -> Places:
        """Whether each part is entered: the next inner one has reached the overlap, and there are troops for it."""
        parts, phase = memory.parts, memory.phase
        inner = jnp.where(parts.inner[:, None] < 0, OVERLAP, phase[parts.inner])
        due = (week >= self.start + self.ring_weeks * parts.ring) & (parts.ring < self.rings)
        open_now = (phase == WAITING) & (inner >= OVERLAP) & due[:, None]
        needed = self.needed(region)
        under_way = (needed * ((phase >= MILITARY) & (phase <= OVERLAP))).sum(axis=0)
        wanted = parts.ahead(parts.total(needed * open_now))
        return open_now & ((self.wait_for_troops == 0) | (under_way + wanted <= self.personnel))
