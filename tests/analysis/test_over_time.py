"""When differences show, counted by hand: by year, where the ranking turns, and of strategies that do nothing."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from contagion.analysis.over_time import break_even, differences_by_year, finding, turns, visible
from contagion.errors import InputError

NO_BREAK = "\N{NO-BREAK SPACE}"
STRATEGIES = ["nothing", "early", "late", "idle"]
MONTHS = 27  # two years, and a rest


@pytest.fixture
def run() -> xr.Dataset:
    """Of 10 homicides a month in each of two provinces, `early` averts 2 in the north in its first year, then adds 1.

    `late` adds 1 in the south in the first year and averts 4 later, with a half of that in two of four replicates.
    """
    change = np.zeros((4, 4, MONTHS, 2))
    change[1, :, :12, 0], change[1, :, 12:, 0] = -2, 1
    change[2, :, :12, 1], change[2, :, 12:, 1] = 1, -4
    change[2, 2:] /= 2
    chance = np.array([0.0, 1, 2, 3])[:, None, None]
    homicides = 10 + chance + change
    dims = ("strategy", "replicate", "time")
    return xr.Dataset(
        {
            "homicides_by_state": ((*dims, "province"), homicides),
            "homicides_total": (dims, homicides.sum(axis=-1)),
        },
        coords=dict(
            strategy=STRATEGIES,
            replicate=np.arange(4),
            province=["north", "south"],
            time=pd.date_range("2020-01-01", periods=MONTHS, freq="MS"),
            weeks=("time", np.array([4, 4, 5] * 9)),
        ),
    )


def test_years_and_what_adds_up(run: xr.Dataset) -> None:
    table = differences_by_year(run)
    assert table["year"].unique().tolist() == ["2020", "2021", "Jan 2022 to Mar 2022"]
    assert table["area"].unique().tolist() == ["Whole region", "north", "south"]
    table = table.set_index(["strategy", "area", "year", "span"]).sort_index()
    whole = table.loc[("late", "Whole region")]
    # 12 and 6 more in the first year, 48 and 24 fewer in the second, 12 and 6 in the rest.
    assert whole.loc[("2020", "in the year"), "difference"] == 9
    assert whole["difference"].xs("cumulative", level="span").tolist() == [9, -27, -36]
    assert whole["weeks"].xs("cumulative", level="span").tolist() == [52, 104, 117]
    assert whole["weeks"].xs("in the year", level="span").tolist() == [52, 52, 13]
    last = whole.loc[("2021", "in the year")]
    assert (last["difference_q05"], last["difference_q95"]) == (-48, -24)
    apart = 2.353363 * np.std([48, 48, 24, 24], ddof=1) / 2
    assert last[["expected_low", "expected_high"]].tolist() == pytest.approx([-36 - apart, -36 + apart], rel=1e-5)
    assert last["difference_percent"] == pytest.approx(100 * -36 / (24 * 11.5))
    assert table.loc[("late", "north", "2021", "cumulative"), "verdict"] == "no difference"
    assert table.loc[("early", "north", "2020", "cumulative"), "verdict"] == "better"
    assert table.loc[("early", "Whole region", "2020", "in the year"), "probability_better"] == 1


def test_one_province_is_the_region(run: xr.Dataset) -> None:
    table = differences_by_year(run.isel(province=[0]))
    assert table["area"].unique().tolist() == ["Whole region"]
    with pytest.raises(InputError, match="the run has no homicides_by_state"):
        differences_by_year(run.drop_vars("homicides_by_state"))


def test_break_even_lasts_to_the_end(run: xr.Dataset) -> None:
    """After 9 more, 3 fewer a month on average: level in the third month of 2021, below in the fourth."""
    table = break_even(run).set_index("strategy")
    assert table.loc["late", "break_even"] == pd.Timestamp("2021-04-01")
    assert table.loc["late", "weeks"] == 52 + 4 + 4 + 5 + 4
    assert table.loc["early", "break_even"] == pd.Timestamp("2020-01-01")
    assert table["broken_even"].tolist() == [1, 1, 0]
    assert table["acts"].tolist() == [True, True, False]
    lost = run.assign(homicides_total=run["homicides_total"] + xr.where(run.strategy == "early", 1, 0))
    table = break_even(lost).set_index("strategy")
    assert pd.isna(table.loc["early", "break_even"])
    assert np.isnan(table.loc["early", "weeks"])
    assert table.loc["early", "broken_even"] == 0


def test_the_ranking_turns(run: xr.Dataset) -> None:
    assert turns(run) == [("2020", "early"), ("2021", "late")]
    assert turns(run.isel(strategy=[0, 3])) == []


def test_findings_name_when_and_leave_out_what_does_nothing(run: xr.Dataset) -> None:
    heading, sentences, table = finding(run, differences_by_year(run), break_even(run))
    words = " ".join(sentences)
    assert heading == "When it shows"
    assert "The ranking turns in 2021: until then early has fewest cumulative homicides, from then on late." in words
    assert "late breaks even from April 2021 on (week 69): mean cumulative homicides stay below those under" in words
    assert f"in 100{NO_BREAK}% of replicates" in words
    assert "idle changes nothing: equal to nothing in every replicate, and not ranked." in words
    assert "early 13 (seen in" in words
    assert table["Strategy"].tolist() == ["early", "late"]
    assert table.columns.tolist()[1:] == [f"To the end of {year}" for year in ("2020", "2021", "Mar 2022")]
    assert table.iloc[1, 3].endswith("better")
    alone = run.isel(replicate=[0])
    assert "Fewer than two replicates" in finding(alone, differences_by_year(alone), break_even(alone)).sentences[-1]


def test_a_run_in_which_nothing_acts(run: xr.Dataset) -> None:
    still = run.isel(strategy=[0, 3])
    _, sentences, table = finding(still, differences_by_year(still), break_even(still))
    assert sentences == ["idle changes nothing: equal to nothing in every replicate, and not ranked."]
    assert table.empty


@pytest.mark.parametrize(
    ("median", "seen", "expected"),
    [
        (117.0, 0.75, f"117 (seen in 75{NO_BREAK}% of replicates)"),
        (np.inf, 0.25, f"none within 260 weeks (seen in 25{NO_BREAK}% of replicates)"),
        (np.inf, 0.0, "none within 260 weeks"),
    ],
)
def test_weeks_to_a_visible_result(median: float, seen: float, expected: str) -> None:
    assert visible(median, seen, 260) == expected
