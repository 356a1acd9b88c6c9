"""One verdict: every table, sentence and page says the same of a pair of strategies."""

import re
from pathlib import Path

import numpy as np
import pytest

import contagion
from contagion.analysis import paired
from contagion.analysis.by_state import best_by_province
from contagion.analysis.ranking import rank, sentences
from contagion.study.cli import _summary

PACKAGE = Path(contagion.__file__).parent


def test_a_difference_is_that_of_what_is_known_in_both():
    found = paired.paired_difference(np.array([3.0, np.nan, 5.0, 9.0]), np.array([1.0, 2.0, np.nan, 5.0]), worse=1)
    assert (found.mean, found.probability_better, found.verdict) == (3.0, 0.0, paired.UNDECIDED)
    assert (found.q05, found.q95) == pytest.approx((2.1, 3.9))
    assert paired.paired_difference(np.ones(3), np.zeros(3), worse=-1).verdict == paired.BETTER
    neither = paired.paired_difference(np.ones(3), np.zeros(3), worse=0)
    assert np.isnan(neither.probability_better)
    assert neither.verdict == paired.UNKNOWN


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ({}, "There is nothing to compare a with"),
        ({"b": "worse", "c": "worse"}, "a is best"),
        ({"b": "undecided", "c": "worse"}, "Undecided between a and b"),
        ({"b": "no difference", "c": "undecided"}, "Undecided between a, b and c"),
        ({"b": "no difference", "c": "worse"}, "a and b do not differ and are better than all others"),
        ({"b": "no difference"}, "a and b do not differ"),
    ],
)
def test_the_best_strategy_in_words(verdicts, sentence):
    assert paired.best_sentence("a", verdicts) == sentence


def test_tables_terminal_and_page_agree():
    atlas = contagion.load_region("lattice", rows=4, columns=4, homicide_rate=60.0)
    strategies = {
        "baseline": (),
        "same": (),
        "kingpin": (contagion.load_intervention("kingpin", start=1, every=2),),
        "surge": (contagion.load_intervention("reactive_surge", start=2),),
    }
    results = contagion.simulate(atlas, strategies, weeks=26, replicates=8)
    compared = contagion.compare(results).query("outcome == 'homicides'").set_index("strategy")
    ranked = rank(results)
    best, *others = ranked["strategy"]
    # Against the best one, by the comparison with it as the baseline.
    against_best = contagion.compare(results, best).query("outcome == 'homicides'").set_index("strategy")["verdict"]
    assert ranked.set_index("strategy")["verdict_against_best"].to_dict() == against_best.to_dict()
    answer = best_by_province(results).answers[0].removesuffix(".")
    assert answer == paired.best_sentence(best, {name: against_best[name] for name in others})
    assert sentences(ranked)[0].startswith(f"{answer} in homicides")
    assert compared["verdict"]["same"] == "no difference"
    shown = [str(cell) for cell in _summary(contagion.compare(results)).columns[-1].cells]
    assert shown[1:] == compared["verdict"].tolist()[1:]


def test_words_of_sureness_have_one_home():
    """No other module decides, or says in words of its own, how sure a difference is."""
    for path in PACKAGE.rglob("*"):
        if path.suffix in (".py", ".js", ".html") and path.name != "paired.py":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"not surely|on average, but", text), path
            assert "ppf(0.95" not in text, path
