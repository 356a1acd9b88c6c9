"""What each intervention does, given what it sees."""

from dataclasses import replace
from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest

from contagion.config import load_intervention
from contagion.ensemble import Model, begin
from contagion.interventions.concentric_handover import MILITARY, OVERLAP, POLICE, WAITING
from contagion.processes.observe import observe
from contagion.state import Controls


@pytest.fixture
def view(region, params):
    """What is seen at the start, one replicate."""
    carry, _ = begin(Model(region, params, ()), 1)
    return observe(carry.state, params, region)


def play(intervention, region, views) -> list[Controls]:
    """Controls week by week under a script of views."""
    memory = intervention.remember(region, views[0])
    controls = []
    for week, seen in enumerate(views):
        returned, memory = intervention.act(memory, seen, region, jnp.int32(week))
        controls.append(returned)
    return controls


def test_kingpin_strikes_the_strongest_groups_in_turn(region, view):
    seen = replace(view, attributed=jnp.array([[3.0], [9.0], [5.0], [0.0]]))
    kingpin = load_intervention("kingpin", start=2, every=3, breadth=2, severity=0.8, killing=0.5)
    struck = {week: control for week, control in enumerate(play(kingpin, region, [seen] * 9)) if control.removal.any()}
    assert list(struck) == [2, 5, 8]
    assert [int(control.removal[:, 0].argmax()) for control in struck.values()] == [1, 2, 1]
    assert all(float(control.removal.sum()) == pytest.approx(0.8) for control in struck.values())
    assert all(float(control.killing.sum()) == pytest.approx(0.5) for control in struck.values())


def test_middle_layer_sweeps_once_the_groups_it_chose(region, view):
    """Chosen by what was attributed at the start; what happens meanwhile does not change the targets."""
    at_first = replace(view, attributed=jnp.array([[3.0], [9.0], [5.0], [0.0]]))
    later = replace(view, attributed=jnp.array([[9.0], [0.0], [0.0], [9.0]]))
    sweep = load_intervention("middle_layer", start=1, intelligence_weeks=4, breadth=2, coverage=0.9, leak=0.0)
    controls = play(sweep, region, [at_first] * 2 + [later] * 8)
    assert [week for week, control in enumerate(controls) if control.sweep.any()] == [5]
    np.testing.assert_allclose(controls[5].sweep[:, 0], [0, 0.9, 0.9, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("capability", "known"), [(1.0, 0.9), (0.0, 0.9 * np.exp(-0.1 * 4)), (0.5, 0.9 * np.exp(-0.1 * 2))]
)
def test_intelligence_leaks_with_corruption(region, view, capability, known):
    seen = replace(view, capability=jnp.full_like(view.capability, capability))
    sweep = load_intervention("middle_layer", start=0, intelligence_weeks=4, breadth=64, coverage=0.9, leak=0.1)
    assert float(play(sweep, region, [seen] * 5)[4].sweep[0, 0]) == pytest.approx(known, rel=1e-5)


def test_surge_follows_the_heat_and_ends(region, view):
    def hot(place):
        return replace(view, recorded=jnp.zeros_like(view.recorded).at[place].set(5.0))

    surge = load_intervention("reactive_surge", start=1, every=3, duration=6, places=1, personnel=1000)
    controls = play(surge, region, [hot(4)] * 3 + [hot(7)] * 7)
    troops = np.stack([np.broadcast_to(control.military, view.recorded.shape)[:, 0] for control in controls])
    assert troops.sum(axis=1).tolist() == [0] + [1000] * 6 + [0] * 3
    assert troops.argmax(axis=1).tolist() == [0] + [4] * 3 + [7] * 3 + [0] * 3


def test_barracks_withdraw_everybody_from_a_date(region, view):
    controls = play(load_intervention("barracks", start=2, share=0.7), region, [view] * 4)
    assert [float(control.withdrawal) for control in controls] == pytest.approx([0, 0, 0.7, 0.7])


@pytest.fixture
def handover():
    return load_intervention(
        "concentric_handover", start=1, centres=1, ring_km=150.0, rings=3, dwell_weeks=2, overlap_weeks=2,
        threshold=1.0, relapse=1.5, capability_needed=0.5, personnel=1e7,
    )  # fmt: skip


def phases(handover, region, views) -> list[list[int]]:
    """Phase of each ring, week by week."""
    memory, history = handover.remember(region, views[0]), []
    for week, seen in enumerate(views):
        _, memory = handover.act(memory, seen, region, jnp.int32(week))
        history.append(memory.phase[:, 0].tolist())
    return history


def test_handover_goes_outward_ring_by_ring(handover, region, view):
    ready = replace(view, capability=jnp.full_like(view.capability, 0.6))
    history = phases(handover, region, [ready] * 20)
    assert history[0] == [WAITING] * 3
    assert history[1] == [MILITARY, WAITING, WAITING]
    assert history[-1] == [POLICE] * 3
    for before, after in pairwise(history):
        assert all(b <= a <= b + 1 for b, a in zip(before, after, strict=True))
    entered = [next(week for week, row in enumerate(history) if row[ring] >= MILITARY) for ring in range(3)]
    overlapped = [next(week for week, row in enumerate(history) if row[ring] >= OVERLAP) for ring in range(3)]
    assert entered[1] > overlapped[0]
    assert entered[2] > overlapped[1]


def test_handover_stalls_while_police_are_not_ready(handover, region, view):
    unready = replace(view, capability=jnp.full_like(view.capability, 0.4))
    assert max(phase for row in phases(handover, region, [unready] * 20) for phase in row) == OVERLAP


def test_handover_stalls_while_violence_does_not_calm_down(handover, region, view):
    rising = replace(view, recorded=1.2 * view.recorded, capability=jnp.full_like(view.capability, 0.6))
    history = phases(handover, region, [view] * 2 + [rising] * 18)
    assert history[-1] == [MILITARY, WAITING, WAITING]


def test_handover_retreats_where_violence_returns(handover, region, view):
    ready = replace(view, capability=jnp.full_like(view.capability, 0.6))
    relapsing = replace(ready, recorded=2 * ready.recorded)
    history = phases(handover, region, [ready] * 20 + [relapsing] * 2)
    assert history[19] == [POLICE] * 3
    assert history[-1] == [MILITARY] * 3


def test_handover_stays_within_its_personnel(handover, region, view):
    limited = replace(handover, personnel=jnp.float32(50))
    controls = play(limited, region, [view] * 10)
    assert max(float(control.military.sum()) for control in controls) == pytest.approx(50, rel=1e-5)


def test_rings_are_distances_from_the_most_violent_place(handover, region, view):
    ring = np.asarray(handover.remember(region, view).ring)
    centre = int(np.argmax(region.homicides))
    distance = np.hypot(region.easting - region.easting[centre], region.northing - region.northing[centre])
    assert np.array_equal(ring, np.minimum(distance // 150, 3))
