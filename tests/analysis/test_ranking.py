"""Which strategy is best, and between which it is undecided: counted by hand."""

import numpy as np
import pytest
import xarray as xr

import contagion
from contagion.analysis.paired import mean_interval, verdict
from contagion.analysis.ranking import error, rank, sentences

HOMICIDES = {"baseline": [10, 12, 11, 13], "guard": [9, 9, 9, 9], "same": [10, 12, 11, 13]}


def dataset(homicides):
    """A run of one period with the homicides of each strategy and replicate."""
    values = np.array(list(homicides.values()), float)[:, :, None]
    return xr.Dataset(
        {"homicides_total": (("strategy", "replicate", "time"), values)},
        coords={"strategy": list(homicides), "replicate": np.arange(values.shape[1])},
    )


def test_ranks_are_means_over_replicates():
    table = rank(dataset(HOMICIDES)).set_index("strategy")
    assert table.index.tolist() == ["guard", "baseline", "same"]
    assert table["rank"].tolist()[:2] == [1, 2]
    assert table["probability_best"].tolist()[:2] == [1, 0]
    assert table.loc["same", ["rank", "rank_error", "probability_best", "margin"]].isna().all()
    assert table.loc["guard", "margin"] == 2.5
    assert table.loc["guard", "verdict"] == "better"
    assert table["rank_error"].tolist()[:2] == [0, 0]


def test_standard_error_of_a_rank():
    table = rank(dataset({"a": [1, 1, 1, 2], "b": [2, 2, 2, 1]})).set_index("strategy")
    assert table["rank"].tolist() == [1.25, 1.75]
    expected = np.std([1, 1, 1, 2], ddof=1) / 2
    assert table["rank_error"].tolist() == pytest.approx([expected] * 2)
    assert error(table) == pytest.approx(expected)
    assert table["probability_error"].tolist() == pytest.approx([expected] * 2)
    said = "of the replicates, a in 75 %, b in 25 % come first (standard errors up to 25 %)"
    assert said in sentences(table.reset_index())[0]


def test_what_does_nothing_is_named_and_not_ranked():
    table = rank(dataset(HOMICIDES)).set_index("strategy")
    assert table["verdict"].tolist() == ["better", "", ""]
    assert table["verdict_against_best"].tolist() == ["", "worse", "worse"]
    assert table["acts"].tolist() == [True, True, False]
    words = " ".join(sentences(rank(dataset(HOMICIDES))))
    assert "guard is best in homicides: guard comes first in every replicate." in words
    assert "same changes nothing: equal to the first strategy in every replicate, and not ranked." in words
    alike = rank(dataset({"a": [3, 4], "b": [3, 4], "c": [3, 4]}))
    assert sentences(alike) == [
        "No strategy changes what a has in homicides.",
        "b and c change nothing: equal to the first strategy in every replicate, and not ranked.",
    ]


def test_strategies_that_do_not_differ_from_each_other_are_ranked():
    """Both of them act: neither equals the first."""
    twins = rank(dataset({"baseline": [5, 6], "a": [3, 4], "b": [3, 4]}))
    assert twins["rank"].tolist() == [1.5, 1.5, 3]
    assert sentences(twins)[0].startswith("a and b do not differ and are better than all others in homicides: ")
    assert "No difference (equal in every replicate): a and b." in sentences(twins)


def test_how_many_replicates_would_settle_what_is_open():
    """Of a mean difference of 1 with a standard deviation of 3: (1.645 x 3)^2, if both stay."""
    ahead = np.array([1 - 3, 1 + 3, 1 - 3, 1 + 3]) * np.sqrt(3 / 4)
    ahead += 1 - ahead.mean()
    table = rank(dataset({"a": [10] * 4, "b": 10 + ahead}))
    assert table["verdict"].iloc[0] == "undecided"
    assert table["replicates_needed"].iloc[0] == np.ceil(1.6448536**2 * ahead.var(ddof=1))
    said = "would settle what is open, if the mean differences stay as they are: a and b about"
    assert any(said in words for words in sentences(table))
    near = rank(dataset({"a": [10, 10, 10], "b": [9, 10, 11 + 1e-6]}))
    assert "a and b more than a million" in " ".join(sentences(near))
    assert np.isnan(rank(dataset(HOMICIDES))["replicates_needed"]).all()


def test_one_replicate_decides_nothing():
    table = rank(dataset({"a": [3], "b": [4]}))
    assert table["verdict"].iloc[0] == "undecided"
    assert np.isnan(error(table))
    assert sentences(table) == [
        "Undecided between a and b in homicides: fewer than two replicates do not show the effect of chance."
    ]


def test_one_strategy_has_nothing_to_rank():
    table = rank(dataset({"baseline": [3, 4]}))
    assert table["rank"].tolist() == [1]
    assert sentences(table) == []


def test_more_can_be_better():
    """Trust: the strategy with most of it comes first, and margins are in its own unit."""
    run = dataset({"a": [1, 1], "b": [1, 1]}).assign(
        trust_total=(("strategy", "replicate", "time"), [[[0.2], [0.3]], [[0.5], [0.7]]])
    )
    table = rank(run, "trust_at_end")
    assert table["strategy"].tolist() == ["b", "a"]
    assert table["margin"].iloc[0] == pytest.approx(-0.35)


def test_an_outcome_without_a_better_ranks_nothing():
    message = "outcome 'cost': a cost or a count, neither good nor bad; the nearest that ranks strategies is "
    with pytest.raises(contagion.InputError, match=message):
        rank(dataset(HOMICIDES), "cost")


def test_interval_of_a_mean_is_that_of_student():
    values = np.array([1.0, 2.0, 4.0, np.nan, 7.0])
    low, high = mean_interval(values)
    assert (low + high) / 2 == pytest.approx(3.5)
    assert high - low == pytest.approx(2 * 2.353363 * np.std([1, 2, 4, 7], ddof=1) / 2, rel=1e-5)
    assert np.isnan(mean_interval(np.array([1.0]))).all()


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([-1, -2, -1], "better"),
        ([1, 2, 1], "worse"),
        ([-1, 1, 0], "undecided"),
        ([0, 0], "no difference"),
        ([0], "undecided"),
        ([np.nan], ""),
        ([-5], "undecided"),
    ],
)
def test_verdict(losses, expected):
    assert verdict(np.array(losses, float)) == expected
