"""Agreements with groups and ways out of crime."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import by_name, play

from contagion.interventions.registry import load_intervention
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model


@pytest.fixture
def seen(view):
    """Three groups to which killings are attributed, and one to which none are."""
    return replace(view, attributed=jnp.array([[3.0], [9.0], [5.0], [0.0]]))


def weekly(controls, name, *shape) -> np.ndarray:
    """One field of the controls, [week, ...] of the first replicate."""
    return np.stack([np.broadcast_to(by_name(each)[name], (*shape, 1))[..., 0] for each in controls])


def truce(**numbers):
    return load_intervention("truce", **dict(start=1, duration=20, breadth=2, calm=0.8, rebound=0.5) | numbers)


def test_a_truce_breaks_by_chance_and_hostility_rebounds(region, seen):
    """It holds while chance is above the hazard, breaks when it is below, and is not made again."""
    lucky, unlucky = (replace(seen, chance=jnp.array([chance])) for chance in (0.99, 0.0))
    controls = play(truce(breakdown=0.1, rebound_weeks=2), region, [lucky] * 4 + [unlucky] + [lucky] * 4)
    hostility = weekly(controls, "hostility", 4, 4)[:, 1, 2]
    np.testing.assert_allclose(hostility, [1, 0.2, 0.2, 0.2, 1.5, 1.25, 1.125, 1.0625, 1.03125], rtol=1e-5)
    assert weekly(controls, "agreement").tolist() == [0, 1, 1, 1, 0, 0, 0, 0, 0]


def test_outsiders_corruption_and_want_of_incentives_break_a_truce(region, seen):
    """Its expected survival, from the least stable to the most."""

    def survival(capability=0.0, **numbers):
        view = replace(seen, capability=jnp.full_like(seen.capability, capability))
        option = truce(breakdown=0.02, outsiders=5, **dict(incentive=0.0, breadth=2) | numbers)
        return weekly(play(option, region, [view] * 15), "agreement")[-1]

    alone = survival()
    assert alone == pytest.approx((1 - 0.02 * (1 + 5 * 3 / 17)) ** 13, rel=1e-4)
    for better in (dict(breadth=4), dict(capability=0.5), dict(incentive=0.5)):
        assert survival(**better) > alone
    assert survival(capability=1.0) == pytest.approx(1)


def test_a_pact_calms_and_corrodes(region, seen):
    option = load_intervention("pact", start=1, duration=2, tolerance=0.4, calm=0.5, corruption=0.01, impunity=0.02)
    controls = play(option, region, [seen] * 4)
    assert weekly(controls, "incapacitation").tolist() == pytest.approx([1, 0.6, 0.6, 1])
    assert weekly(controls, "capability").tolist() == pytest.approx([0, -0.01, -0.01, 0])
    assert weekly(controls, "impunity").tolist() == pytest.approx([1, 1.02, 1.02, 1])
    assert weekly(controls, "hostility")[1] == pytest.approx(0.5)


def test_the_least_violent_groups_become_legal(region, seen):
    """Of those known: the slot without killings is nobody's. Who they are is decided once."""
    later = replace(seen, attributed=seen.attributed[::-1])
    option = load_intervention("group_legalisation", start=1, breadth=1, departure=0.1, inclusion=0.5, calm=0.6)
    controls = play(option, region, [seen] * 2 + [later] * 2)
    np.testing.assert_allclose(weekly(controls, "departure", 4), [[0] * 4] + [[0.05, 0, 0, 0]] * 3, rtol=1e-6)
    hostility = weekly(controls, "hostility", 4, 4)[2]
    np.testing.assert_allclose(hostility[0], 0.4, rtol=1e-6)
    assert np.all(hostility[1:, 1:] == 1)


def test_amnesties_individual_and_collective(region, seen):
    numbers = dict(start=1, duration=2, departure=0.1, eligible=0.5, recidivism=0.2, disclosure=0.3, precedent=0.1)
    one_by_one = play(load_intervention("amnesty", **numbers), region, [seen] * 4)
    np.testing.assert_allclose(weekly(one_by_one, "departure", 4)[:, 0], [0, 0.04, 0.04, 0], rtol=1e-5)
    assert weekly(one_by_one, "incapacitation").tolist() == pytest.approx([1, 1.3, 1.3, 1])
    whole = play(load_intervention("amnesty", **numbers, kind="collective", breadth=2), region, [seen] * 4)
    np.testing.assert_allclose(weekly(whole, "departure", 4)[1], [0, 0.08, 0.08, 0], rtol=1e-5)
    assert weekly(whole, "incapacitation").tolist() == [1] * 4
    assert weekly(whole, "recruitment", len(region.population))[1].max() == pytest.approx(1.1)


def test_some_who_leave_are_killed(region, params):
    """Those who left and live, and those killed for it, are all that an amnesty takes from groups."""
    amnesty = load_intervention("amnesty", start=0, departure=0.05, disclosure=0.0)
    flows, _ = next(ensemble(Model(region, params, (amnesty,)), [(0, 1)], 8, 0))
    without, _ = next(ensemble(Model(region, params, ()), [(0, 1)], 8, 0))
    assert np.all(np.asarray(flows.demobilised[:3]) > 0)
    killed = np.asarray(flows.killed - without.killed)[:3]
    ratio = killed / (killed + np.asarray(flows.demobilised[:3]))
    np.testing.assert_allclose(ratio, float(params.retribution), rtol=0.02)


def test_money_is_taken_from_small_groups_who_are_rounded_up(region, seen):
    option = load_intervention("financial", start=1, large=2, seized=0.4, focus=3)
    controls = play(option, region, [seen] * 2)
    np.testing.assert_allclose(weekly(controls, "income", 4), [[1] * 4, [0.6, 1, 1, 0.6]], rtol=1e-6)
    np.testing.assert_allclose(weekly(controls, "targeting", 4), [[1] * 4, [4, 1, 1, 4]], rtol=1e-6)
