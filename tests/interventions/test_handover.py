"""The concentric handover: a plan for each centre and ring."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import play

from contagion.errors import InputError
from contagion.interventions._rings import rings_around
from contagion.interventions.concentric_handover import AGAIN, MILITARY, OVERLAP, POLICE, WAITING
from contagion.interventions.registry import load_intervention

CENTRES = (0, 41)  # opposite corners of the grid of 6 x 7 places, 100 km apart
PLAN = dict(
    start=1, centred_on="chosen", chosen="towns", centres=2, ring_km=150.0, rings=1, dwell_weeks=1, overlap_weeks=1,
    threshold=1.0, relapse=1.2, capability_growth=0.0, capability_needed=0.5, pullback_weeks=0, personnel=1e6,
)  # fmt: skip


@pytest.fixture
def towns(region):
    marked = np.zeros(len(region.population), np.float32)
    marked[list(CENTRES)] = 1
    return replace(region, areas=region.areas | {"towns": marked})


@pytest.fixture
def ready(view):
    """Violence as at the start, and police who are ready."""
    return replace(view, capability=jnp.ones_like(view.capability))


def louder(view, factor, places=slice(None)):
    """The same with so many times the recorded homicides in some places."""
    return replace(view, recorded=view.recorded.at[places].multiply(factor))


def phases(plan, region, views):
    """Phases after each week, [week, place]."""
    memory, found = plan.init_memory(region, views[0]), []
    for week, seen in enumerate(views):
        _, memory = plan.act(memory, seen, region, jnp.int32(week))
        found.append(np.asarray(memory.phase)[:, 0])
    return np.array(found)


def around(region, centre, km=150.0):
    return np.hypot(region.easting - region.easting[centre], region.northing - region.northing[centre]) < km


def by_place(controls, name, region):
    shape = (len(region.population), 1)
    return np.stack([np.broadcast_to(getattr(control, name), shape)[:, 0] for control in controls])


def in_ledger(controls, name):
    return np.array([np.sum(np.asarray(getattr(control.ledger, name))) for control in controls])


def test_parts_are_rings_around_each_centre(region):
    """Every place belongs to its nearest centre; the next inner part has the same one, also where a ring is empty."""
    found = rings_around(region, jnp.array([0, 41, *range(1, 41)]), jnp.int32(2), jnp.float32(110.0), 9)
    places = np.arange(42)
    away = np.array(
        [np.hypot(region.easting - region.easting[c], region.northing - region.northing[c]) for c in CENTRES]
    )
    centre, ring = away.argmin(axis=0), np.minimum(away.min(axis=0) // 110, 9).astype(int)
    assert np.array_equal(found.ring, ring)
    for place in places:
        same = (centre == centre[place]) & (ring == ring[place])
        assert found.part[place] == np.flatnonzero(same)[0]
        inside = ring[(centre == centre[place]) & (ring < ring[place])]
        if not inside.size:
            assert found.inner[place] == -1
        else:
            inner = int(found.inner[place])
            assert (centre[inner], ring[inner]) == (centre[place], inside.max())
    values = np.random.default_rng(0).random((42, 3)).astype(np.float32)
    totals = np.array([values[np.asarray(found.part) == part].sum(axis=0) for part in np.asarray(found.part)])
    np.testing.assert_allclose(found.total(jnp.asarray(values)), totals, rtol=1e-5)
    ranks = ring * 2 + centre  # by ring, then by centre
    ahead = np.array([sum(totals[p] for p in set(np.asarray(found.part)[ranks <= ranks[m]])) for m in places])
    np.testing.assert_allclose(found.ahead(jnp.asarray(totals)), ahead, rtol=1e-5)
    assert int(found.count(jnp.ones((42, 1), bool))[0]) == len(set(np.asarray(found.part).tolist()))


def test_centres_are_safe_towns_or_chosen(towns, view):
    """The lowest rate among the larger half of places; and the places of an area."""
    numbers = dict(centres=1, ring_km=50.0, rings=3)
    safest = load_intervention("concentric_handover", centred_on="safest", **numbers).parts(towns)
    rate = np.where(towns.population >= np.median(towns.population), towns.homicides / towns.population, np.inf)
    assert np.flatnonzero(np.asarray(safest.ring) == 0).tolist() == [int(rate.argmin())]
    chosen = load_intervention("concentric_handover", centred_on="chosen", chosen="towns", **numbers | dict(centres=9))
    assert np.flatnonzero(np.asarray(chosen.parts(towns).ring) == 0).tolist() == list(CENTRES)


def test_rings_come_no_faster_than_planned(region, ready):
    handover = load_intervention(
        "concentric_handover", start=1, centres=1, ring_km=150.0, rings=3, dwell_weeks=0, overlap_weeks=0,
        threshold=10.0, relapse=10.0, ring_weeks=6,
    )  # fmt: skip
    found = phases(handover, region, [ready] * 20)
    ring = np.asarray(handover.parts(region).ring)
    entered = {int(r): int(np.flatnonzero((found[:, ring == r] > WAITING).all(axis=1))[0]) for r in range(3)}
    assert entered == {0: 1, 1: 7, 2: 13}


def test_a_bad_centre_stalls_nobody_else(towns, ready):
    """One centre stays violent: its part is secured for ever, that of the other is handed over."""
    good, bad = (around(towns, centre) for centre in CENTRES)
    views = [ready] * 2 + [louder(ready, 1.1, bad)] * 10
    plan = load_intervention("concentric_handover", **PLAN)
    found = phases(plan, towns, views)
    assert np.all(found[-1, good] == POLICE)
    assert np.all(found[-1, bad] == MILITARY)
    assert np.all(found[-1, ~(good | bad)] == WAITING)
    controls = play(plan, towns, views)
    assert in_ledger(controls, "stalled")[-1] == 1
    held, secured = (
        np.stack([np.broadcast_to(getattr(control.ledger, name), (42, 1))[:, 0] for control in controls])
        for name in ("held", "secured")
    )
    assert np.array_equal(held[-1] > 0, good)
    assert np.array_equal(secured[-1] > 0, bad)


def test_police_who_are_not_ready_stall_a_part(towns, ready):
    unready = replace(ready, capability=0.4 * ready.capability)
    assert phases(load_intervention("concentric_handover", **PLAN), towns, [unready] * 12).max() == OVERLAP


def test_one_plan_for_all_is_stalled_by_a_bad_centre(towns, ready):
    """What the plan for each is not: both centres are one part, which does not calm down as a whole."""
    good, bad = (around(towns, centre) for centre in CENTRES)
    views = [ready] * 2 + [louder(ready, 1.1, bad)] * 10
    found = phases(load_intervention("concentric_handover", **PLAN, plan="all"), towns, views)
    assert np.all(found[-1, good | bad] == MILITARY)
    calm = phases(load_intervention("concentric_handover", **PLAN, plan="all"), towns, [ready] * 12)
    assert np.all(calm[-1, good | bad] == POLICE)


@pytest.mark.parametrize(("asked", "secure"), [({"secure_rate": 0.9}, False), ({"secure_rate": 1.1}, True), ({}, True)])
def test_security_can_be_a_rate(towns, ready, asked, secure):
    """Recorded homicides of the part per 100,000 residents and year, on their own or beside the fall."""
    there = around(towns, CENTRES[0])
    rate = 52.1775e5 * float(ready.recorded[there].sum()) / towns.population[there].sum()
    numbers = {key: float(share * rate) for key, share in asked.items()}
    for threshold in (1.0, *([0.0] if asked else [])):
        plan = load_intervention("concentric_handover", **PLAN | numbers | dict(threshold=threshold))
        assert np.all((phases(plan, towns, [ready] * 5)[-1, there] >= OVERLAP) == secure)
    never = load_intervention("concentric_handover", **PLAN | numbers | dict(threshold=0.9))
    assert np.all(phases(never, towns, [ready] * 5)[-1, there] == MILITARY)


def test_nothing_asked_is_refused():
    with pytest.raises(InputError, match="threshold=0, secure_rate=0: must ask"):
        load_intervention("concentric_handover", threshold=0)
    with pytest.raises(InputError, match="chosen=null: must name an area"):
        load_intervention("concentric_handover", centred_on="chosen")


@pytest.mark.parametrize("replaced", [0.0, 1.0])
@pytest.mark.parametrize("weeks", [0, 4])
def test_the_military_leave_over_weeks(towns, ready, weeks, replaced):
    """Those of the plan, and those of the start where police replace them as well."""
    plan = load_intervention("concentric_handover", **PLAN | dict(pullback_weeks=weeks, replace_existing=replaced))
    views = [ready] * 14
    first = int(np.flatnonzero(phases(plan, towns, views)[:, CENTRES[0]] == POLICE)[0])
    military = by_place(play(plan, towns, views), "military", towns)[:, CENTRES[0]]
    sent, stationed = 0.004 * towns.population[CENTRES[0]], towns.military[CENTRES[0]]
    np.testing.assert_allclose(military[1:first], sent, rtol=1e-5)
    gone = np.minimum(np.arange(14 - first) / weeks, 1) if weeks else np.ones(14 - first)
    expected = (1 - gone) * sent - replaced * gone * stationed
    np.testing.assert_allclose(military[first:], expected, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("keep", [0.0, 1.0])
def test_police_who_stay_after_a_relapse_shorten_the_next_securing(towns, ready, keep):
    """They are there from the first week, and are trained on; else only from the next overlap."""
    there = around(towns, CENTRES[0])
    half = replace(ready, capability=0.5 * ready.capability)
    plan = load_intervention("concentric_handover", **PLAN | dict(keep_police=keep, capability_growth=0.1))
    views = [half] * 8 + [louder(half, 2.0, there)] + [half] * 9
    found = phases(plan, towns, views)[:, CENTRES[0]]
    assert found[7] == POLICE
    assert found[8] == AGAIN
    assert found[-1] == POLICE
    controls = play(plan, towns, views)
    assert in_ledger(controls, "relapses").tolist() == [0] * 8 + [1] + [0] * 9
    military, police, growth = (
        by_place(controls, name, towns)[:, CENTRES[0]] for name in ("military", "police", "capability")
    )
    again = found == AGAIN
    assert np.all(military[again] > 0)
    assert np.all((police[again] > 0) == (keep > 0))
    assert np.all((growth[again] > 0) == (keep > 0))


def test_a_ring_waits_for_troops(towns, ready):
    """The second centre is entered when the military have left the first; without waiting both share what there is."""
    first, second = (around(towns, centre) for centre in CENTRES)
    need = [0.004 * towns.population[part].sum() for part in (first, second)]
    enough = dict(personnel=float(max(need)) * 1.01)
    waits = phases(load_intervention("concentric_handover", **PLAN | enough), towns, [ready] * 14)
    assert waits[1, CENTRES[0]] == MILITARY
    assert waits[1, CENTRES[1]] == WAITING
    handed = int(np.flatnonzero(waits[:, CENTRES[0]] == POLICE)[0])
    assert np.flatnonzero(waits[:, CENTRES[1]] == MILITARY)[0] == handed + 1
    thin = load_intervention("concentric_handover", **PLAN | enough | dict(wait_for_troops=0))
    assert np.all(phases(thin, towns, [ready] * 3)[-1, [*CENTRES]] >= MILITARY)
    np.testing.assert_allclose(
        by_place(play(thin, towns, [ready] * 3), "military", towns)[-1].sum(), enough["personnel"], rtol=1e-5
    )


@pytest.mark.parametrize("confrontation", [0.0, 0.4, 1.0])
def test_troops_confront_as_far_as_they_seek_it(towns, ready, confrontation):
    controls = play(load_intervention("concentric_handover", **PLAN, confrontation=confrontation), towns, [ready] * 3)
    military, restrained = (by_place(controls, name, towns)[-1] for name in ("military", "restrained"))
    np.testing.assert_allclose(restrained, (1 - confrontation) * military, rtol=1e-5)
