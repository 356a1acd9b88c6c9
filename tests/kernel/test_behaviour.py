"""What each intervention does, given what it sees."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import play

from contagion.interventions.historical import RecordedOperations, RecordedRemovals
from contagion.interventions.registry import load_intervention
from contagion.kernel.controls import Controls
from contagion.kernel.initial import Model, init
from contagion.kernel.processes.conflict import conflict
from contagion.kernel.processes.leadership import leadership, unsettled


def test_kingpin_strikes_the_strongest_groups_in_turn(region, view):
    seen = replace(view, attributed=jnp.array([[3.0], [9.0], [5.0], [0.0]]))
    kingpin = load_intervention("kingpin", start=2, every=3, breadth=2, severity=0.8, killing=0.5, success=1.0)
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


def test_most_violent_first_turns_to_one_group_at_a_time_and_warns_the_others(region, view):
    """The choice is made anew every so many weeks; in between, what is attributed changes nothing."""
    first = replace(view, attributed=jnp.array([[3.0], [9.0], [5.0], [0.0]]))
    later = replace(view, attributed=jnp.array([[9.0], [3.0], [5.0], [0.0]]))
    option = load_intervention("most_violent_first", start=1, every=3, focus=4, threat=0.25)
    controls = play(option, region, [first] * 2 + [later] * 4)
    targeting = np.stack([np.broadcast_to(control.targeting, (4, 1))[:, 0] for control in controls])
    np.testing.assert_array_equal(targeting, [[1, 1, 1, 1]] + [[1, 5, 1, 1]] * 3 + [[5, 1, 1, 1]] * 2)
    hostility = np.broadcast_to(controls[1].hostility, (4, 4, 1))[..., 0]
    assert np.all(hostility[1] == 1)
    assert np.all(hostility[:, 1] == 1)
    assert hostility[0, 2] == hostility[2, 0] == 0.75


def test_leaders_fall_with_the_middle_layer(region, view):
    """What leaks is the middle layer; leaders are struck in the same week, whatever has leaked."""
    seen = replace(view, attributed=jnp.array([[3.0], [9.0], [5.0], [0.0]]), capability=jnp.zeros_like(view.capability))
    numbers = dict(start=1, intelligence_weeks=4, breadth=2, coverage=0.9, leak=0.1)
    both = play(load_intervention("leadership_and_middle", severity=0.8, killing=0.5, **numbers), region, [seen] * 8)
    middle = play(load_intervention("middle_layer", **numbers), region, [seen] * 8)
    for together, alone in zip(both, middle, strict=True):
        np.testing.assert_array_equal(together.sweep, alone.sweep)
    assert [week for week, control in enumerate(both) if control.removal.any()] == [5]
    np.testing.assert_allclose(both[5].removal[:, 0], [0, 0.8, 0.8, 0], rtol=1e-6)
    np.testing.assert_allclose(both[5].killing[:, 0], [0, 0.5, 0.5, 0], rtol=1e-6)


def test_police_reform_lasts_as_long_as_it_is_kept_up(region, view):
    reform = load_intervention("police_reform", start=1, duration=2, growth=0.01, police_per_1000=0.5)
    controls = play(reform, region, [view] * 5)
    assert [float(control.capability) for control in controls] == pytest.approx([0, 0.01, 0.01, 0, 0])
    added = [float(control.police.sum()) for control in controls]
    expected = 0.0005 * float(region.population.sum())
    assert added == pytest.approx([0, expected, expected, 0, 0], rel=1e-5)


def test_relapse_watch_keeps_forces_where_violence_fell(region, view):
    """In the place that was violent and is calm, as many of those who leave as are enough; it sends none."""
    per_week = region.population[:, None] / 52.1775e5  # of a rate of 1 per 100,000 and year
    rate = jnp.full_like(view.recorded, 10.0).at[3].set(60.0).at[5].set(60.0)
    calmed = rate.at[3].set(20.0).at[0].set(1.0)
    surge = jnp.zeros_like(view.military).at[jnp.array([3, 5])].set(0.003 * region.population[[3, 5], None])
    with_troops = replace(view, recorded=rate * per_week, military=view.military + surge)
    gone = replace(view, recorded=calmed * per_week)
    numbers = dict(violent=26.0, fallen=0.5, military_per_1000=2.0, police_per_1000=1.0, start=3)
    option, memory = load_intervention("relapse_watch", **numbers), None
    memory = option.init_memory(region, with_troops)
    kept, others = [], 0.0
    for week, seen in enumerate([with_troops] * 2 + [gone] * 4):
        seen = replace(seen, military=seen.military + others)  # what it keeps is among what is seen a week later
        control, memory = option.act(memory, seen, region, jnp.int32(week))
        others = control.military
        kept.append(np.asarray(control.military)[:, 0])
        np.testing.assert_array_equal(control.restrained, control.military)
        assert not np.asarray(control.police).any()  # all of whom are still there
    assert not np.any(kept[:3])
    wanted = 0.002 * region.population[3] - float(view.military[3, 0])
    for week in kept[3:]:
        assert np.flatnonzero(week).tolist() == [3]
        assert week[3] == pytest.approx(wanted, rel=1e-3)


def test_prevention_works_in_its_zones_where_it_is_safe_and_while_it_is_funded(region, view):
    per_week = region.population[:, None] / 52.1775e5  # of a rate of 1 per 100,000 and year
    rate = jnp.full_like(view.recorded, 1e-3).at[3].set(50.0).at[5].set(200.0)
    recorded = rate * per_week
    hot = np.argsort(np.asarray(recorded[:, 0]))[-2:]
    zones = load_intervention("prevention_zones", start=1, duration=2, zones=2, share=0.4, safe_half=50.0, growth=0.01)
    later = replace(view, recorded=recorded[::-1])  # heat elsewhere changes no zone
    controls = play(zones, region, [replace(view, recorded=recorded)] * 2 + [later] * 3)
    factor = np.stack([np.broadcast_to(control.recruitment, recorded.shape)[:, 0] for control in controls])
    assert [np.flatnonzero(week < 1).tolist() for week in factor] == [[], sorted(hot), sorted(hot), [], []]
    expected = 1 - 0.4 / (1 + np.asarray(rate[hot, 0]) / 50)
    np.testing.assert_allclose(factor[1, hot], expected, rtol=1e-5)
    np.testing.assert_allclose(np.flatnonzero(np.asarray(controls[1].capability)[:, 0]), sorted(hot))


def test_investment_stays_and_spreads(region, view):
    """Two places at first, one more a year later, the hottest of those left; none is given up."""
    heat = jnp.arange(len(region.population), dtype=view.recorded.dtype)[:, None]
    option = load_intervention("transformative_investment", start=0, first=2, expansion=1, build_weeks=4, share=0.8)
    controls = play(option, region, [replace(view, recorded=heat)] * 53)
    last = len(region.population) - 1
    prevented = np.stack([1 - np.asarray(control.recruitment)[:, 0] for control in controls])
    assert np.flatnonzero(prevented[51]).tolist() == [last - 1, last]
    assert np.flatnonzero(prevented[52]).tolist() == [last - 2, last - 1, last]
    np.testing.assert_allclose(prevented[:5, last], [0.2, 0.4, 0.6, 0.8, 0.8], rtol=1e-5)


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


def test_truce_binds_its_signatories_alone_and_rebounds(region, view):
    """The two groups of most killings at the start sign; what comes later does not change who did."""
    at_first = replace(view, attributed=jnp.array([[3.0], [9.0], [5.0], [0.0]]))
    later = replace(view, attributed=jnp.array([[9.0], [0.0], [0.0], [9.0]]))
    truce = load_intervention(
        "truce", start=2, duration=3, breadth=2, calm=0.7, breakdown=0, rebound=0.4, rebound_weeks=2
    )
    controls = play(truce, region, [at_first] * 3 + [later] * 6)
    hostility = np.stack([np.broadcast_to(control.hostility, (4, 4, 1))[..., 0] for control in controls])
    np.testing.assert_allclose(hostility[:, 1, 2], [1, 1, 0.3, 0.3, 0.3, 1.4, 1.2, 1.1, 1.05], rtol=1e-6)
    np.testing.assert_array_equal(hostility, hostility.transpose(0, 2, 1))
    others = np.ones((4, 4), bool)
    others[np.ix_([1, 2], [1, 2])] = False
    assert np.all(hostility[:, others] == 1)


def test_a_truce_stops_fighting_and_leaves_hostility_as_it_was(region, params):
    """Two groups alone: no killing while they keep it, and the state remembers what they are to each other."""
    carry, constants = init(Model(region, params, ()), 1)
    calm = jnp.ones((4, 4, 1)).at[0, 1].set(0.0).at[1, 0].set(0.0)
    alone = np.zeros_like(region.members)
    alone[:2] = 50
    state = replace(carry.state, members=jnp.asarray(alone.T)[..., None])
    everywhere = state.members.sum(axis=0)
    calmed = Controls(hostility=calm).ranked(state.shock.dtype)
    after, killed = conflict(state, everywhere, jnp.ones_like(everywhere), constants, calmed, params, region)
    assert killed.sum() == 0
    assert np.array_equal(after.hostility, state.hostility)
    nothing = Controls().ranked(state.shock.dtype)
    assert conflict(state, everywhere, jnp.ones_like(everywhere), constants, nothing, params, region)[1].sum() > 0


def test_recorded_removals_hit_group_place_and_week(region, view):
    """One with a group, one without in the same week, two of one group at once, and one before the start."""
    removals = RecordedRemovals(
        week=jnp.array([2, 2, 4, 4, -3]),
        group=jnp.array([1, -1, 0, 0, 2]),
        place=jnp.array([4, 7, 5, 6, 0]),
        killed=jnp.array([1.0, 1.0, 0.0, 1.0, 1.0]),
        severity=jnp.array([0.8, 0.5, 0.8, 0.3, 0.9]),
    )
    controls = play(removals, region, [view] * 6)
    removal, killing, site = (
        np.stack([getattr(control, name)[:, 0] for control in controls]) for name in ("removal", "killing", "site")
    )
    expected = np.zeros((6, 4))
    expected[2, 1], expected[4, 0] = 0.8, 0.8  # the larger of two removals at once
    np.testing.assert_allclose(removal, expected, rtol=1e-6)
    assert killing[2, 1] == 1
    assert killing[4, 0] == pytest.approx(0.3 / 0.8)
    hit = {(int(week), int(place)): float(site[week, place]) for week, place in np.argwhere(site)}
    assert hit == pytest.approx({(2, 4): 0.8, (2, 7): 0.5, (4, 5): 0.8, (4, 6): 0.3})


def test_a_removal_without_a_group_unsettles_its_place_alone(region, params, view):
    """Fighting grows there by exp(a_Y d), nowhere else, and no group loses its leader."""
    contested = int(np.argmax((region.members > 0).sum(axis=0)))
    removal = RecordedRemovals(*(jnp.array([value]) for value in (0, -1, contested)), jnp.ones(1), jnp.array([0.5]))
    carry, constants = init(Model(region, params, ()), 1)
    controls = play(removal, region, [view])[0].ranked(carry.state.shock.dtype)
    state = leadership(carry.state, jnp.ones_like(carry.state.shock), carry.totals.operators, controls, params)
    state = unsettled(state, controls, params)
    assert np.all(state.integrity == 1)
    assert not state.shock.any()
    nothing, everywhere = Controls().ranked(state.shock.dtype), state.members.sum(axis=0)
    before, after = (
        np.asarray(
            conflict(each, everywhere, jnp.ones_like(everywhere), constants, nothing, params, region)[1].sum(axis=1)[
                :, 0
            ]
        )
        for each in (carry.state, state)
    )
    assert before[contested] > 0
    np.testing.assert_allclose(after[contested] / before[contested], np.exp(0.5 * params.site_shock), rtol=0.02)
    assert np.array_equal(np.delete(after, contested), np.delete(before, contested))


def test_recorded_operations_begin_and_end(region, view):
    """One from week 2 on, one that was under way at the start and in its place by then, one that was over."""
    military = np.zeros((3, len(region.population)), np.float32)
    military[0, 3], military[1, 5], military[2, 7] = 100, 200, 400
    operations = RecordedOperations(jnp.array([2, -3, -9]), jnp.int32(4), jnp.asarray(military))
    sent = np.stack([control.military[:, 0] for control in play(operations, region, [view] * 8)])
    assert sent[:, 3].tolist() == [0, 0, 100, 100, 100, 100, 0, 0]
    assert sent[:, 5].tolist() == [0, -200, -200, -200, -200, -200, -200, -200]
    assert not sent[:, 7].any()
    assert operations.deployed(-1)[jnp.array([3, 5, 7])].tolist() == [0, 200, 0]
