"""Chance alone beside unknown numbers drawn, counted by hand."""

import pandas as pd
import pytest
from draws import run

from contagion.analysis.assumptions.unknown_numbers import beside, finding, uncertainty_table
from contagion.errors import InputError

NO_BREAK, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
CHANCE = {"nothing": [100, 200], "patrol": [90, 180], "idle": [100, 200]}
DRAWN = {"nothing": [100, 100], "patrol": [120, 60], "idle": [100, 100]}


@pytest.fixture
def table() -> pd.DataFrame:
    return uncertainty_table(run(CHANCE), run(DRAWN))


def test_two_ensembles_by_hand(table: pd.DataFrame) -> None:
    patrol = table[table["strategy"] == "patrol"].set_index("ensemble")
    assert patrol["replicates"].tolist() == [2, 2]
    assert patrol["difference_percent"].tolist() == pytest.approx([-10, -10])
    assert patrol.loc["chance alone", ["percent_q05", "percent_q95"]].tolist() == pytest.approx([-10, -10])
    assert patrol.loc["unknown numbers drawn", ["percent_q05", "percent_q95"]].tolist() == pytest.approx([-37, 17])
    assert patrol["probability_better"].tolist() == [1, 0.5]
    assert table["acts"].tolist() == [True, True, False, False]


def test_finding_sets_them_side_by_side(table: pd.DataFrame) -> None:
    heading, sentences, shown = finding(table)
    assert heading == "How sure the change is"
    assert sentences[0] == (
        f"patrol changes homicides by {MINUS}10{NO_BREAK}% ({MINUS}37 to +17) with unknown numbers drawn, by "
        f"{MINUS}10{NO_BREAK}% ({MINUS}10 to {MINUS}10) by chance alone; it has fewer in 50{NO_BREAK}% of "
        "replicates with numbers drawn."
    )
    assert shown["Strategy"].tolist() == ["patrol"]
    assert finding(table[~table["acts"]]).table.empty


def test_the_comparison_has_both(table: pd.DataFrame) -> None:
    rows = [dict(strategy=name, outcome=outcome, mean=1.0) for name in CHANCE for outcome in ("homicides", "cost")]
    joined = beside(pd.DataFrame(rows), table).set_index(["strategy", "outcome"])
    assert joined.loc[("patrol", "homicides"), "drawn_percent"] == pytest.approx(-10)
    assert joined.loc[("patrol", "homicides"), "drawn_probability_better"] == 0.5
    assert joined["drawn_percent"].isna().tolist() == [True, True, False, True, False, True]


def test_other_strategies_are_refused() -> None:
    with pytest.raises(InputError, match="has other strategies than nothing, patrol, idle"):
        uncertainty_table(run(CHANCE), run({"nothing": [1], "truce": [2]}))


def test_where_nobody_is_killed() -> None:
    table = uncertainty_table(run({"a": [0, 0], "b": [0, 1]}), run({"a": [0, 0], "b": [1, 1]}))
    assert table["difference_percent"].isna().all()
    assert "b changes homicides by \N{EN DASH}" in finding(table).sentences[0]
