"""Markets, crops, aid, and what citizens do."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import by_name, play

from contagion.interventions.registry import load_intervention
from contagion.kernel.numerics.sums import neighbour_mean


def by_place(controls, name, places) -> np.ndarray:
    """One field of the controls, [week, place] of the first replicate."""
    return np.stack([np.broadcast_to(by_name(control)[name], (places, 1))[:, 0] for control in controls])


@pytest.fixture
def cropped(region):
    """A region that knows where crops are grown."""
    crops = np.zeros(len(region.population), np.float32)
    crops[[10, 11]] = 1
    return replace(region, areas=region.areas | {"crops": crops})


@pytest.fixture
def violent(region, view):
    """Place 3 has 300 recorded homicides per 100,000 and year, all others 1."""
    per_week = region.population[:, None] / 52.1775e5
    return replace(view, recorded=jnp.ones_like(view.recorded).at[3].set(300.0) * per_week)


@pytest.mark.parametrize(("capability", "moved"), [(1.0, 0.4 * 0.75), (0.0, 0.4 * 0.75 * 0.2)])
def test_without_rule_of_law_groups_tax_the_legal_trade(region, view, capability, moved):
    seen = replace(view, capability=jnp.full_like(view.capability, capability))
    option = load_intervention(
        "legalisation", start=1, share=0.4, diversion=0.25, taxed=0.8, spike=0.2, spike_weeks=1,
        price_fall=0.5, elasticity=0.4,
    )  # fmt: skip
    controls = play(option, region, [seen] * 4)
    revenue = by_place(controls, "revenue", len(region.population))
    np.testing.assert_allclose(revenue[0], 1)
    np.testing.assert_allclose(revenue[1:], 1 - moved, rtol=1e-5)
    np.testing.assert_allclose(by_place(controls, "fighting", len(region.population))[:, 0], [1, 1.2, 1, 1], rtol=1e-6)
    assert float(controls[3].ledger.consumption) == pytest.approx(0.5**-0.4, rel=1e-5)


def test_poppy_is_licensed_where_it_grows(cropped, view):
    option = load_intervention("legalisation", start=0, drug="poppy", crops="crops", share=0.5)
    revenue = by_place(play(option, cropped, [view]), "revenue", len(cropped.population))[0]
    assert np.flatnonzero(revenue < 1).tolist() == [10, 11]


def test_eradication_moves_crops_next_door_and_growers_to_groups(cropped, view):
    option = load_intervention(
        "eradication", start=1, crops="crops", cut=0.4, displaced=0.5, insecurity=0.2, capital=0.1
    )
    places = len(cropped.population)
    controls = play(option, cropped, [view] * 2)
    revenue = by_place(controls, "revenue", places)
    assert np.all(revenue[0] == 1)
    np.testing.assert_allclose(revenue[1, [10, 11]], 0.6, rtol=1e-5)
    around = np.asarray(neighbour_mean(cropped, jnp.asarray(cropped.areas["crops"])))
    outside = np.delete(np.arange(places), [10, 11])
    np.testing.assert_allclose(revenue[1, outside], 1 + 0.2 * around[outside], rtol=1e-5)
    for name, size in (("fighting", 0.2), ("recruitment", 0.1)):
        np.testing.assert_allclose(by_place(controls, name, places)[1], 1 + size * cropped.areas["crops"], rtol=1e-5)


def test_livelihoods_need_security_access_and_time(cropped, view, violent):
    numbers = dict(start=0, crops="crops", build_weeks=2, share=0.8, access=0.5, safe_half=50.0)
    option = load_intervention("alternative_livelihoods", **numbers)
    calm = replace(view, recorded=0 * view.recorded)
    recruitment = by_place(play(option, cropped, [calm] * 4), "recruitment", len(cropped.population))
    np.testing.assert_allclose(recruitment[:, 10], [1, 0.8, 0.6, 0.6], rtol=1e-5)
    unsafe = replace(violent, recorded=violent.recorded.at[10].set(violent.recorded[3] / region_ratio(cropped)))
    later = by_place(play(option, cropped, [unsafe] * 4), "recruitment", len(cropped.population))
    np.testing.assert_allclose(later[3, 10], 1 - 0.4 / 7, rtol=1e-4)


def region_ratio(region) -> float:
    """Residents of place 3 per resident of place 10: the same rate there."""
    return float(region.population[3] / region.population[10])


def test_partners_serve_most_and_retreat_blocks(region, violent):
    served, blocked, revenue, support = {}, {}, {}, {}
    for mode in ("partners", "paid", "retreat"):
        option = load_intervention("humanitarian_access", start=0, mode=mode, need=0.4, need_half=100.0)
        fields = play(option, region, [violent])[0]
        served[mode], blocked[mode], revenue[mode], support[mode] = (
            float(np.broadcast_to(by_name(fields)[name], violent.recorded.shape)[3, 0])
            for name in ("served", "blocked", "revenue", "support")
        )
    needy = 0.4 * 0.75 * float(region.population[3])
    assert served["partners"] == pytest.approx(0.7 * needy, rel=1e-4)
    assert served["partners"] > served["paid"] > served["retreat"] > 0
    for mode in served:
        assert served[mode] + blocked[mode] == pytest.approx(needy, rel=1e-4)
    assert revenue == pytest.approx(dict(partners=1, paid=1 + 0.5 * 0.5 * 0.3, retreat=1), rel=1e-4)
    assert support["partners"] > support["paid"] == support["retreat"] == 0


def test_protection_works_as_far_as_it_is_funded(region, view):
    half, full, none = (
        play(load_intervention("protection_mechanism", start=0, funded=funded), region, [view])[0]
        for funded in (0.5, 1.0, 0.0)
    )
    assert float(half.support) == pytest.approx(float(full.support) / 2)
    assert float(half.ledger.spending) == pytest.approx(float(full.ledger.spending) / 2)
    assert (float(none.support), float(none.impunity), float(none.ledger.spending)) == (0, 1, 0)


def test_victims_wait_for_approval_funds_and_enforcement(region, view):
    option = load_intervention(
        "victims_support", start=1, approval_weeks=2, funding_weeks=1, enforcement_weeks=2, support=0.1, cost=5
    )
    controls = play(option, region, [view] * 8)
    assert [float(control.support) for control in controls] == pytest.approx([0, 0, 0, 0, 0.05, 0.1, 0.1, 0.1])
    assert [float(control.ledger.spending) for control in controls] == [0, 0, 0, 0, 5, 5, 5, 5]


def test_citizens_organise_where_it_is_violent(region, violent):
    option = load_intervention("mobilisation", start=1, violent=26, support=0.02, activists_per_1000=2)
    controls = play(option, region, [violent] * 2)
    places = len(region.population)
    support, exposed = (by_place(controls, name, places) for name in ("support", "exposed"))
    assert not support[0].any()
    assert np.flatnonzero(support[1]).tolist() == np.flatnonzero(exposed[1]).tolist() == [3]
    assert exposed[1, 3] == pytest.approx(0.002 * float(region.population[3]), rel=1e-5)


def test_recruitment_falls_in_chosen_places_alone(cropped, view):
    option = load_intervention("recruitment_reduction", start=0, share=0.5, places="crops")
    recruitment = by_place(play(option, cropped, [view]), "recruitment", len(cropped.population))[0]
    np.testing.assert_allclose(recruitment, 1 - 0.5 * cropped.areas["crops"])
