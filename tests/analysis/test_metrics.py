"""Outcomes and their comparison, against what is counted by hand on a made-up run."""

import warnings

import numpy as np
import pytest
import xarray as xr

import contagion
from contagion.analysis.comparison import ceiling, ceiling_sentence, write
from contagion.analysis.metrics import OUTCOMES
from contagion.kernel.units import WEEKS_OF_YEAR as YEAR
from contagion.simulation.schema import GROUP_VARIABLES, PLACE_VARIABLES, REPLICATE_VARIABLES

STRATEGIES = ["nothing", "patrol", "truce"]
WEEKS = np.array([4, 4, 5, 4])
TIMED = ("strategy", "replicate", "time")


def made(**known: object) -> xr.Dataset:
    """Three strategies, two replicates, four months, two groups: all is zero but what is `known`, which spreads."""
    sizes = dict(zip(TIMED, (3, 2, 4), strict=True))
    by_replicate = dict.fromkeys((*REPLICATE_VARIABLES, *(f"{name}_total" for name in PLACE_VARIABLES)), TIMED)
    dims = by_replicate | dict.fromkeys(GROUP_VARIABLES, (*TIMED, "group"))
    dims["homicides_run_total"] = ("strategy", "replicate", "place")
    assert known.keys() <= dims.keys()
    shapes = {name: tuple((sizes | dict(group=2, place=2))[axis] for axis in axes) for name, axes in dims.items()}
    values = {name: (axes, np.broadcast_to(known.get(name, 0.0), shapes[name])) for name, axes in dims.items()}
    return xr.Dataset(
        values, coords=dict(strategy=STRATEGIES, weeks=("time", WEEKS), population=("place", [1000.0, 4000.0]))
    )


def per_strategy(*values: float) -> np.ndarray:
    """A number for each strategy, the same in all replicates and months."""
    return np.array(values)[:, None, None]


@pytest.fixture
def run() -> xr.Dataset:
    """Under nothing 10 homicides a month; the patrol brings 26 soldiers, clashes and staff; groups agree to a truce."""
    months = np.array([1.0, 2.0, 3.0, 4.0])
    homicides = np.array([[10, 10, 10, 10], [10, 10, 9, 9.5], [10, 6, 4, 12.0]])[:, None]
    groups = np.broadcast_to([30.0, 10.0], (3, 1, 4, 2)).copy()
    groups[2] = [40.0, 0.0]
    operators = 0.1 * groups  # for a month less than half of them, under the truce from the second on
    operators[:2, :, 1, 0] = 0.04 * 30
    operators[2, :, :, 0] = [4, 1.9, 1, 1.5]
    return made(
        homicides_total=homicides,
        homicides_run_total=np.array([[9, 5], [10, 5], [8, 6]])[:, None],
        conflict_homicides_total=per_strategy(3, 3, 2),
        clash_homicides_total=per_strategy(0, 1, 0),
        abuses_total=per_strategy(1, 2, 1),
        members_total=months * 10,
        operators_total=months,
        military_total=per_strategy(100, 126, 100),
        police_total=50,
        trust_total=months / 10,
        displaced_total=months * 2,
        controlled_total=months * 3,
        occupied_total=months * 4,
        violent_total=months * 5,
        newly_violent_total=months * 6,
        newly_violent_residents_total=months * 7,
        reporting_total=months / 5,
        extortion_total=WEEKS / 4,
        served_total=YEAR,
        blocked_total=YEAR / 2,
        attacks_total=0.25,
        confrontations=per_strategy(0, 2, 0),
        wounded=per_strategy(0, 4, 0),
        agreement=per_strategy(0, 0, 1) * WEEKS,
        consumption=per_strategy(1, 1, 0.8) * WEEKS,
        staff=per_strategy(0, YEAR, 0),
        spending=per_strategy(0, 0.5, 0),
        members_of_group=groups,
        operators_of_group=operators,
        places_of_group=groups > 0,
        known=1,
        leaked=2,
        absorbed=3,
        entries=4,
        stalled=3,
        relapses=1,
        held_total=WEEKS / 4,
        capability_total=months / 5,
        disappeared=1,
        civilians=2,
        captures=1,
        demobilised=2,
        recruits=3,
        incapacitated=4,
        convicted=0.5,
        killed_by_state=per_strategy(0, 3, 0)[..., None],
        swept=5,
        splits=6,
        blocked_splits=7,
    )


ADDED = 26 * 17 / YEAR + 4  # person-years: soldiers for 17 weeks, and staff
BY_HAND = {  # under nothing, the patrol and the truce; one number where it is the same under all
    "homicides": [40, 38.5, 32],
    "homicide_rate": np.array([40, 38.5, 32]) / 5000 * 1e5 * YEAR / 17,
    "conflict_homicides": [12, 12, 8],
    "clash_homicides": [0, 4, 0],
    "ordinary_homicides": [28, 22.5, 24],
    "violent_places_at_end": 20,
    "newly_violent_places_at_end": 24,
    "newly_violent_residents_at_end": 28,
    "displaced_at_end": 8,
    "controlled_at_end": 12,
    "extortion": 0.25,
    "members_at_end": 40,
    "operators_at_end": 4,
    "places_with_groups_at_end": 16,
    "groups_at_end": [2, 2, 1],
    "members_per_group_at_end": [20, 20, 40],
    "group_concentration_at_end": [0.75**2 + 0.25**2, 0.75**2 + 0.25**2, 1],
    "splits": 48,
    "blocked_splits": 56,
    "recruits": 24,
    "captures": 8,
    "incapacitated": 32,
    "operators_swept": 40,
    "known_at_strikes": 8,
    "leaked": 16,
    "weeks_disabled": [4, 4, 13],
    "absorbed": 24,
    "entries": 32,
    "arrests": 72,
    "convictions": 4,
    "demobilised": 16,
    "deaths_per_clash": [np.nan, 3, np.nan],  # 3 dead of each of 2 groups in 2 clashes, every month
    "deaths_per_wounded": [np.nan, 1.5, np.nan],
    "disappeared": 4,
    "civilians_killed_by_state": 8,
    "complaints": np.array([4 / 150, 8 / 176, 4 / 150]) * 1000 * YEAR / 17,
    "trust_at_end": 0.4,
    "police_capability_at_end": 0.8,
    "handover_stalled": 12,
    "handover_relapses": 4,
    "residents_held_by_police": 1250,
    "soldiers_freed": [0, -26, 0],
    "served": 4,
    "blocked": 2,
    "attacks": 1,
    "reporting_at_end": 0.8,
    "agreement": [0, 0, 17],
    "consumption": [1, 1, 0.8],
    "staff_years": [0, 4, 0],
    "personnel_years": np.array([150, 176, 150]) * 17 / YEAR + [0, 4, 0],
    "added_personnel_years": [0, ADDED, 0],
    "cost": [0, 2, 0],
    "time_to_visible_operation": 4,
    "time_to_visible_result": [np.inf, 17, 13],  # the patrol's last quarter, 28.5 of 30, is at its end
    "averted_per_1000_personnel_years": [np.nan, 1500 / ADDED, np.nan],
    "averted_per_million_dollars": [np.nan, 0.75, np.nan],  # 1.5 for the 2 million of the patrol
    "regret": [8, 6.5, 0],
    "residents_made_worse": [0, 0.2, 0.8],
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome_by_hand(run, name):
    values = OUTCOMES[name].of(run).transpose("strategy", "replicate")
    np.testing.assert_allclose(values, np.broadcast_to(np.transpose([BY_HAND[name]]), (3, 2)), rtol=1e-12, atol=1e-12)
    assert OUTCOMES[name].unit
    assert OUTCOMES[name].worse in (-1, 0, 1)


def test_a_result_is_visible_at_the_end_of_its_quarter():
    """Months and weeks; a rise, a fall of less than 5 % and a quarter without homicides anywhere are none."""
    soon, late, never = [8.0, 8, 8, 40], [10.0, 10, 10, 8], [10.0, 10, 10, 8.6]
    homicides = np.array([[[10.0] * 4] * 2, [soon, late], [never, [20.0] * 4]])
    weeks = OUTCOMES["time_to_visible_result"].of(made(homicides_total=homicides))
    never = np.inf
    np.testing.assert_array_equal(weeks, [[never, never], [13, 17], [never, never]])
    assert np.isinf(OUTCOMES["time_to_visible_result"].of(made())).all()
    weekly = np.ones((2, 1, 40))
    weekly[1, :, 10:] = 0.9
    dataset = xr.Dataset(dict(homicides_total=(TIMED, weekly)), coords=dict(weeks=("time", np.ones(40, int))))
    found = OUTCOMES["time_to_visible_result"].of(dataset)  # the first 13 weeks with 7 of the lower 0.9: weeks 5 to 17
    np.testing.assert_array_equal(found, [[np.inf], [17]])
    short = OUTCOMES["time_to_visible_result"].of(dataset.isel(time=slice(3)))
    assert np.isinf(short).all()


def test_nobody_and_nothing_has_no_ratio():
    for name in ("members_per_group_at_end", "group_concentration_at_end", "complaints", "deaths_per_clash"):
        assert OUTCOMES[name].of(made()).isnull().all()


def test_money_counts_from_one_million_beyond_the_first() -> None:
    """The first spends 5 million itself; less than 1 more has no ratio, 1 has; what does harm averts less than none."""
    spending = per_strategy(5, 5.99, 6)
    homicides = per_strategy(10, 4, 13)
    run = made(spending=spending / 4, homicides_total=homicides / 4)
    averted = OUTCOMES["averted_per_million_dollars"].of(run).transpose("strategy", "replicate")
    np.testing.assert_allclose(averted, np.transpose([[np.nan, np.nan, -3]] * 2))
    twice = OUTCOMES["averted_per_million_dollars"].of(made(spending=spending / 2, homicides_total=homicides / 4))
    np.testing.assert_allclose(twice.sel(strategy="patrol"), 6 / 1.98)


def row(dataset: xr.Dataset, outcome: str, strategy: str, baseline: str | None = None) -> dict:
    """A row of the comparison."""
    table = contagion.compare(dataset, baseline).set_index(["outcome", "strategy"])
    return table.loc[(outcome, strategy)].to_dict()


def test_known_effect_is_found():
    """Strategies that differ by 7 homicides a month in every replicate."""
    base = np.array([[10.0], [20.0]])
    dataset = made(homicides_total=np.stack([base, base - 7, base]))
    found = row(dataset, "homicides", "patrol")
    assert [found["difference"], found["difference_q05"], found["difference_q95"]] == [-28, -28, -28]
    assert found["probability_better"] == found["probability_best"] == 1
    assert found["difference_percent"] == pytest.approx(-100 * 7 / 15)
    assert row(dataset, "homicides", "truce")["probability_better"] == 0.5


def test_all_is_compared_with_the_chosen_baseline(run):
    """It comes first, and what outcomes compare with is it."""
    table = contagion.compare(run, "truce")
    assert table["strategy"].unique().tolist() == ["truce", "nothing", "patrol"]
    assert row(run, "homicides", "nothing", "truce")["difference"] == 8
    assert row(run, "added_personnel_years", "patrol", "truce")["mean"] == pytest.approx(ADDED)
    averted = row(run, "averted_per_1000_personnel_years", "patrol", "truce")
    assert averted["mean"] == pytest.approx(-6500 / ADDED)
    itself = row(run, "time_to_visible_result", "truce", "truce")
    assert np.isnan(itself["mean"])
    assert itself["median"] == np.inf
    assert itself["seen"] == 0
    assert row(run, "regret", "nothing", "truce")["mean"] == row(run, "regret", "nothing")["mean"] == 8


def test_the_unknown_is_left_out(tmp_path):
    """Clashes under nothing in the first replicate alone, under the patrol in both, under the truce in none."""
    clashes = np.array([[[2.0], [0.0]], [[1.0], [1.0]], [[0.0], [0.0]]])
    killed = np.array([[[2.0], [2.0]], [[2.0], [4.0]], [[0.0], [0.0]]])[..., None]
    dataset = made(confrontations=clashes, killed_by_state=killed, homicides_total=per_strategy(1, 2, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = contagion.compare(dataset)
    nothing, patrol, truce = (row(dataset, "deaths_per_clash", name) for name in STRATEGIES)
    assert [nothing["mean"], nothing["q05"], nothing["q95"]] == [2, 2, 2]
    assert [patrol["mean"], patrol["q05"], patrol["q95"]] == pytest.approx([6, 4.2, 7.8])  # 4 and 8
    assert [patrol["difference"], patrol["difference_q95"], patrol["difference_percent"]] == [2, 2, 100]
    assert patrol["probability_better"] == 0
    assert patrol["probability_best"] == 0.5  # alone in the second replicate
    assert nothing["probability_best"] == 1
    numbers = [value for value in truce.values() if not isinstance(value, str)]
    assert np.isnan(numbers).all()
    write(table, tmp_path / "comparison.csv")
    lines = (tmp_path / "comparison.csv").read_text().splitlines()
    assert "truce,deaths_per_clash,persons per clash,,,,,,,,,,,,,,,conditional on assumed parameters" in lines


def test_the_ceiling_is_what_fighting_and_its_consequences_make_up():
    totals = {"homicides_total": 100.0, "conflict_homicides_total": 8.0, "clash_homicides_total": 2.0}
    dims = ("strategy", "replicate", "time")
    values = {name: (dims, value * np.ones((2, 3, 4)) * [[[1]], [[9]]]) for name, value in totals.items()}
    run = xr.Dataset(values, dict(strategy=["baseline", "other"]), dict(branching_ratio=0.5))
    assert ceiling(run) == pytest.approx(0.2)
    assert "makes up 20 % of homicides under baseline" in ceiling_sentence(run)
    assert ceiling(run.assign_attrs(branching_ratio=0.95)) == 1
