"""I1 and I7: one municipality without ranks is the national law, to first order in the step.

The system of the paper runs through the public interface, as `experiments/national_law.py` does.
"""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import load_script, make_region, settings
from scipy.integrate import solve_ivp

import contagion
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model
from contagion.kernel.region import Region
from contagion.parameters.presets import build_params, load_params
from contagion.study.settings import build_strategies

pytestmark = pytest.mark.slow

RHO, ETA, THETA, OMEGA = 2.527474e-3, 110.0, 1.549231e-8, 4e-8
MEMBERS = 115_000  # 2012


def one_place(hostility: np.ndarray, members: np.ndarray) -> Region:
    """All groups in one municipality that touches no other."""
    nowhere = np.zeros(0, np.int32)
    places = make_region()
    by_place = {
        name: np.asarray(getattr(places, name))[:1]
        for name in ("military", "police", "capability", "strategic", "easting", "northing", "province")
    }
    return replace(
        places,
        **by_place,
        population=np.float32([1.17e8]),
        homicides=np.float32([1e5]),  # room for any conflict the law asks for
        vulnerability=np.float32([1]),
        members=members[:, None].astype(np.float32),
        hostility=hostility.astype(np.float32),
        neighbours=np.zeros((1, 1), np.int32),
        weights=np.zeros((1, 1), np.float32),
        closeness=np.zeros((1, 1), np.float32),
        tail_place=nowhere,
        tail_neighbour=nowhere,
        tail_weight=nowhere.astype(np.float32),
        tail_closeness=nowhere.astype(np.float32),
        exchange=np.zeros((1, 1), np.float32),
        tail_exchange=nowhere.astype(np.float32),
        staying=np.ones(1, np.float32),
        provinces=1,
        areas={},
    )


def solution(hostility: np.ndarray, members: np.ndarray, weeks: int) -> np.ndarray:
    """Members by group at the end, by an independent integration in float64."""

    def law(_, c):
        return c * (RHO - ETA / c.sum() - THETA * hostility @ c - OMEGA * c)

    return solve_ivp(law, (0, weeks), members, rtol=1e-10, atol=1e-8).y[:, -1]


def simulated(region: Region, weeks: int):
    """Flows of the last week and stocks at its end, one replicate without noise."""
    model = Model(region, load_params("national_law"), ())
    flows, stocks = list(ensemble(model, [(0, weeks - 1), (weeks - 1, weeks)], 1, 0, deterministic=True))[-1]
    return jax.tree.map(np.asarray, (flows, stocks))


def assert_obeys(hostility: np.ndarray, members: np.ndarray, weeks: int):
    flows, stocks = simulated(one_place(hostility, members), weeks)
    before, after = solution(hostility, members, weeks - 1), solution(hostility, members, weeks)
    np.testing.assert_allclose(stocks.members_of_group[:, 0].sum(), after.sum(), rtol=5e-3)
    np.testing.assert_allclose(flows.recruits.sum(), RHO * before.sum(), rtol=5e-3)
    np.testing.assert_allclose(flows.incapacitated.sum(), ETA, rtol=1e-4)
    np.testing.assert_allclose(flows.killed.sum(), THETA * before @ hostility @ before, rtol=5e-3)
    np.testing.assert_allclose(flows.dropouts.sum(), OMEGA * (before**2).sum(), rtol=5e-3)
    large = after > 0.01 * after.sum()
    np.testing.assert_allclose(stocks.members_of_group[large, 0], after[large], rtol=1e-2)


def test_one_place_without_ranks_is_the_national_law():
    """Twelve groups with a made-up K, ten years."""
    generator = np.random.default_rng(4)
    hostility = generator.gamma(1, 0.3, (12, 12))
    np.fill_diagonal(hostility, 0)
    ranks = 1 / np.arange(1, 13)
    assert_obeys(hostility, MEMBERS * ranks / ranks.sum(), 522)


def assert_nation(atlas, years):
    """The law and nothing else in a spatial region: dropouts and deaths at the start, members after ten years."""
    run = dict(params=load_params("national_law"), anchor="none", replicates=1, deterministic=True)
    first = contagion.simulate(atlas, weeks=1, record="week", **run)
    assert float(first.dropouts.sum()) == pytest.approx(27.7, rel=0.02)
    assert float(first.killed.sum()) == pytest.approx(THETA * 0.328 * MEMBERS**2, rel=0.02)
    if not years:
        return
    last = contagion.simulate(atlas, weeks=522, record="run", **run)
    assert float(last.members_total.sum()) == pytest.approx(173_890, rel=0.02)


def test_a_schematic_nation_obeys_the_national_law():
    """With 7 groups for 150, in 2,469 places."""
    assert_nation(contagion.load_region("schematic"), years=True)


def test_mexico_obeys_the_national_law(public_files):
    atlas = contagion.load_region("mexico", mirror=str(public_files), start="2012-01-01", history=False)
    assert_nation(atlas, years=False)


@pytest.fixture(scope="module")
def study():
    """The script of the experiment."""
    return load_script("experiments/national_law.py")


@pytest.fixture(scope="module")
def courses(study, public_files):
    """The three scenarios, 2012 to 2027: simulated and solved."""
    atlas = contagion.load_region("national", mirror=str(public_files))
    return study.simulated(atlas), study.solved(atlas)


def test_the_published_groups_obey_the_national_law(courses, study):
    """Totals of every year, 2012 to 2027, and those of each large group, in all scenarios."""
    table = study.agreement(*courses)
    assert len(table) == 15
    assert table["nation"].max() < 5e-3
    assert table["large_group"].max() < 5e-3


@pytest.mark.parametrize(("week", "members", "deaths"), [(522, 173_837, 124.3), (783, 213_745, 169.4)])
def test_levels_of_the_posted_code(courses, week, members, deaths):
    baseline = courses[0]["baseline"]
    assert baseline.members[:, week].sum() == pytest.approx(members, rel=5e-3)
    assert baseline.flows["killed"][:, week].sum() == pytest.approx(deaths, rel=5e-3)


def test_published_changes_by_2027(courses, study):
    """From the dates of the published levels; arrests doubled is where posted rates and paper disagree most."""
    table = study.changes(*courses)
    taken = table[table["remark"] == study.CONVENTION]
    assert taken["published"].notna().sum() == 5
    difference = taken.set_index("id")["difference"]
    assert difference.drop("T10").abs().max() < 0.04
    assert difference["T10"] == pytest.approx(-0.06, abs=0.005)


def test_published_levels(courses, study):
    """Members, deaths and arrests are near; recruits are where posted rates and paper disagree, and it stays said."""
    difference = study.levels(*(course["baseline"] for course in courses)).set_index("id")["difference"]
    assert difference.drop("T05").abs().max() < 0.05
    assert difference["T05"] == pytest.approx(0.19, abs=0.02)


def test_the_command_runs_the_same(study):
    """`contagion experiment=national_law` and the script: the same strategies, parameters and weeks."""
    chosen = settings("experiment=national_law")
    assert (chosen.weeks, str(chosen.start), chosen.record) == (study.WEEKS, study.START, "week")
    assert (chosen.ensemble.replicates, chosen.ensemble.deterministic) == (1, True)
    for ours, theirs in (
        (build_strategies(chosen), study.strategies()),
        (build_params(chosen.params), load_params("national_law")),
    ):
        assert jax.tree.structure(ours) == jax.tree.structure(theirs)
        assert jax.tree.leaves(ours) == jax.tree.leaves(theirs)


def test_weeks_lie_in_the_year_of_their_middle_day(study):
    year = study.years()
    assert list(year) == list(range(2012, 2028))
    assert (year[2022][0], year[2027][0], year[2027][-1]) == (522, 783, 834)


def test_halving_the_step_halves_the_error():
    """I7: the deterministic result converges at first order. A half step has half of every rate."""
    generator = np.random.default_rng(4)
    hostility = generator.gamma(1, 3.0, (6, 6))
    np.fill_diagonal(hostility, 0)
    members = MEMBERS * np.arange(1, 7) / 21
    fast = 8  # times the national rates, so that the error stands above float32

    def law(_, c):
        return fast * c * (RHO - ETA / c.sum() - THETA * hostility @ c - OMEGA * c)

    exact = solve_ivp(law, (0, 104), members, rtol=1e-11, atol=1e-8).y[:, -1].sum()
    errors = []
    with jax.enable_x64(True):
        for parts in (1, 2, 4):
            share = fast / parts
            params = load_params("national_law", recruitment=share * RHO, incapacitation=share * ETA)
            params = replace(params, conflict=jnp.float64(share * THETA), saturation=jnp.float64(share * OMEGA))
            region = jax.tree.map(
                lambda leaf: leaf.astype(np.float64) if leaf.dtype.kind == "f" else leaf, one_place(hostility, members)
            )
            params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), params)
            (_, stocks) = list(ensemble(Model(region, params, ()), [(0, 104 * parts)], 1, 0, deterministic=True))[-1]
            errors.append(float(stocks.members_of_group.sum()) - exact)
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.1)
