"""Which strategy is best, by province, and where it does harm: against what is counted by hand."""

import numpy as np
import pytest
import xarray as xr

from contagion.analysis.by_place import probability_of_harm, residents_harmed
from contagion.analysis.by_state import WHOLE, best_by_province, best_of
from contagion.regions.areas import UNNAMED

NAMES = ["none", "patrol", "truce"]


def made(homicides: object, state: object, population: object = (1.0, 1.0, 2.0)) -> xr.Dataset:
    """A run of homicides [strategy, replicate, place]."""
    values = np.asarray(homicides, np.float32)
    return xr.Dataset(
        dict(homicides_run_total=(("strategy", "replicate", "place"), values)),
        coords=dict(
            time=("time", np.array(["2020-01-01"], "datetime64[ns]")),
            weeks=("time", [4]),
            strategy=NAMES[: len(values)],
            state=("place", np.array(state, dtype=object)),
            population=("place", np.array(population, float)),
        ),
    )


@pytest.fixture
def run() -> xr.Dataset:
    """Two replicates, three places: in the north a patrol averts 4 and 2, in the south a truce 6 and then -3."""
    usual = np.array([[6.0, 4, 10], [8, 2, 20]])
    patrol = usual - [[4, 0, 0], [0, 2, 0]]
    truce = usual - [[0, 0, 6], [0, 0, -3]]
    return made([usual, patrol, truce], ["north", "north", "south"])


def test_states_are_summed_and_paired(run: xr.Dataset) -> None:
    found = best_by_province(run)
    assert found.where == [WHOLE, "north", "south"]
    assert found.best == [1, 1, 2]
    numbers = found.numbers
    np.testing.assert_allclose(numbers["mean"], [[25, 10, 15], [22, 7, 15], [23.5, 10, 13.5]])
    np.testing.assert_allclose(numbers["change"], [[0, 0, 0], [-3, -3, 0], [-1.5, 0, -1.5]])
    np.testing.assert_allclose(numbers["change_low"][:, 2], [0, 0, -6 + 0.05 * 9])
    np.testing.assert_allclose(numbers["change_high"][:, 2], [0, 0, 3 - 0.05 * 9])
    np.testing.assert_allclose(numbers["low"][0, 0], 20 + 0.05 * 10)
    np.testing.assert_allclose(numbers["high"][0, 0], 30 - 0.05 * 10)
    np.testing.assert_allclose(numbers["fewer"], [[0.5, 0.5, 0.5], [1, 1, 0.5], [0.5, 0.5, 0.5]])
    np.testing.assert_allclose(numbers["fewest"][:, 1], [0, 1, 0])
    np.testing.assert_allclose(numbers["fewest"][:, 2], [0.5, 0, 0.5])  # the patrol does nothing there


def test_the_best_is_named_with_what_it_rests_on(run: xr.Dataset) -> None:
    found = best_by_province(run)
    assert found.sentences[1] == "Undecided between patrol and none."
    assert found.evidence[1] == (
        "patrol has the lowest mean, 7 homicides over the run, and fewest of all in 100\N{NO-BREAK SPACE}% of "
        "replicates; none has 3 more (90\N{NO-BREAK SPACE}% confidence interval \N{MINUS SIGN}3 to 9). "
        "truce changes nothing: equal to none in every replicate, and not ranked."
    )
    assert found.sentences[2] == "Undecided between truce and none."
    assert found.verdicts == [
        ["", "", ""],
        ["undecided", "undecided", "no difference"],
        ["undecided", "no difference", "undecided"],
    ]
    assert "none has 2 more (90\N{NO-BREAK SPACE}% confidence interval \N{MINUS SIGN}" in found.evidence[2]


def test_where_nothing_acts() -> None:
    """As before a strategy acts, or where nobody is killed at all."""
    for level in (5.0, 0.0):
        words, evidence = best_of(NAMES, np.full((3, 4), level))
        assert words == "No strategy changes what none has."
        assert evidence == (
            f"It has {level:.0f} homicides over the run. patrol and truce change nothing: equal to none in every "
            "replicate, and not ranked."
        )


def test_only_those_not_told_apart_are_named() -> None:
    """The truce is worse in every replicate; the patrol varies around what is under none."""
    noise = np.array([-3.0, 2, -1, 3])
    words, evidence = best_of(NAMES, np.stack([np.full(4, 50.0), 50 + noise, np.full(4, 90.0)]))
    assert words == "Undecided between none and patrol."
    assert "patrol has 0 more (90\N{NO-BREAK SPACE}% confidence interval" in evidence


def test_what_decides_is_the_mean_difference() -> None:
    """Of twenty replicates the patrol is better in two, yet the mean leaves no doubt."""
    ahead = np.array([8.0] * 18 + [-4.0] * 2)
    words, evidence = best_of(NAMES[:2], np.stack([np.full(20, 50.0), 50 + ahead]))
    assert words == "none is best."
    assert "fewest of all in 90\N{NO-BREAK SPACE}% of replicates; patrol has 7 more" in evidence


def test_rivals_need_not_come_next() -> None:
    """The next by mean is told apart, the one after it varies more and is not."""
    wide = np.array([-10.0, 10, 10, 10, 10])
    words, evidence = best_of(NAMES, np.stack([np.full(5, 50.0), np.full(5, 51.0), 50 + wide]))
    assert words == "Undecided between none and truce."
    assert "truce has 6 more" in evidence


def test_one_replicate_and_one_strategy_decide_nothing() -> None:
    words, evidence = best_of(NAMES, np.array([[9.0], [4.0], [5.0]]))
    assert words == "Undecided between patrol, truce and none."
    assert evidence == (
        "Fewer than two replicates do not show the effect of chance; in this one, patrol has fewest, 4 homicides over "
        "the run."
    )
    words, evidence = best_of(NAMES[:1], np.array([[9.0, 11.0]]))
    assert words == "There is nothing to compare none with."
    assert evidence == "It has 10 homicides over the run."


@pytest.mark.parametrize("state", [["all"] * 3, [""] * 3, [None] * 3])
def test_one_state_is_the_whole(run: xr.Dataset, state: list) -> None:
    found = best_by_province(run.assign_coords(state=("place", np.array(state, dtype=object))))
    assert found.where == [WHOLE]
    assert found.numbers["mean"].shape == (3, 1)


def test_places_without_a_state_are_a_state_of_their_own(run: xr.Dataset) -> None:
    found = best_by_province(run.assign_coords(state=("place", np.array(["north", None, ""], dtype=object))))
    assert found.where == [WHOLE, UNNAMED, "north"]
    np.testing.assert_allclose(found.numbers["mean"][0, 1:], [18, 7])


def test_harm_is_more_than_under_the_first(run: xr.Dataset) -> None:
    np.testing.assert_allclose(probability_of_harm(run).values, [[0.5, 0.5, 0.5], [0.25, 0.25, 0.5], [0.5, 0.5, 0.5]])


def test_residents_are_made_worse_where_homicides_are_more() -> None:
    """A push into the second place in both replicates, into the third, of half of all residents, in one."""
    found = residents_harmed(made([[[5, 5, 5], [5, 5, 5]], [[5, 6, 6], [5, 6, 4]]], ["a"] * 3))
    np.testing.assert_allclose(found["mean"], [0, (0.75 + 0.25) / 2])
    np.testing.assert_allclose(found["low"], [0, 0.25 + 0.05 * 0.5])
    np.testing.assert_allclose(found["high"], [0, 0.75 - 0.05 * 0.5])
    np.testing.assert_allclose(found["sure"], [0, 0.25])
