"""The study of planted differences at a small size."""

import pytest
from conftest import load_script

import contagion

pytestmark = pytest.mark.slow

STUDIES = 40


@pytest.fixture(scope="module")
def table():
    script = load_script("experiments/planted_truth.py")
    script.WEEKS, script.DRAWS, script.MOST = 52, 256, 64
    atlas = contagion.load_region("lattice", rows=3, columns=3)
    return script.study(atlas, STUDIES).set_index(["case", "replicates"]).sort_index()


def test_intervals_hold_the_known_difference(table):
    """Of 40 studies nine in ten, within what chance allows at one in a thousand."""
    known = table.drop(index="the same strategy")
    assert (known["covered"] >= 0.75).all()
    assert known.loc["chance alone", "covered"].iloc[0] < 1


def test_what_is_the_same_is_never_better_or_worse(table):
    same = table.loc["the same strategy"].iloc[0]
    assert same["undecided"] == 1
    assert same["known_difference"] == 0


def test_verdicts_are_seldom_wrong(table):
    assert (table["known_difference"].drop(index=["the same strategy", "chance alone"]) < 0).all()
    assert (table["wrong"].drop(index="chance alone") <= 0.05).all()
    assert table.loc["chance alone", "wrong"].iloc[0] <= 0.25
