"""One verdict: every table, sentence and page says the same of a pair of strategies."""

import json
import re
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import contagion
from contagion import report
from contagion._util.text import sentence
from contagion.analysis import comparison, paired
from contagion.analysis.ranking import rank, sentences
from contagion.study.terminal.summary import summary

PACKAGE = Path(contagion.__file__).parent


def test_a_difference_is_that_of_what_is_known_in_both():
    found = paired.paired_difference(np.array([3.0, np.nan, 5.0, 9.0]), np.array([1.0, 2.0, np.nan, 5.0]), worse=1)
    assert (found.mean, found.probability_better, found.replicates) == (3.0, 0.0, 2)
    assert found.verdict == paired.UNDECIDED
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
        ({"b": "no difference", "c": "undecided"}, "Undecided between a, b and c; a and b do not differ"),
        ({"b": "no difference", "c": "worse"}, "a and b do not differ and are better than all others"),
        ({"b": "no difference"}, "a and b do not differ"),
    ],
)
def test_the_best_strategy_in_words(verdicts, sentence):
    assert paired.best_sentence("a", verdicts) == sentence


def test_strategies_that_do_nothing():
    homicides = np.array([[3.0, 4], [3, 4], [3, 5]])
    assert paired.idle(homicides).tolist() == [False, True, False]
    assert not paired.idle(homicides[:, :1]).any()  # one replicate may be equal by chance
    assert paired.best_sentence("a", {}, ["b"]) == "No strategy changes what a has"
    assert paired.idle_sentence(["b"], "a") == "b changes nothing: equal to a in every replicate, and not ranked."
    assert paired.idle_sentence([], "a") == ""


def test_replicates_that_would_settle_a_difference():
    values = np.array([-1.0, 3.0, np.nan])
    assert paired.replicates_needed(values) == np.ceil(1.6448536**2 * 8)
    assert paired.replicates_needed(np.array([-1.0, 1.0])) == np.inf
    assert paired.replicates_needed(np.zeros(3)) == np.inf
    assert np.isnan(paired.replicates_needed(np.array([4.0])))


@pytest.fixture(scope="module")
def run():
    """Four strategies, of which two are the same."""
    atlas = contagion.load_region("lattice", rows=4, columns=5, homicide_rate=60.0)
    strategies = {
        "baseline": (),
        "same": (),
        "kingpin": (contagion.load_intervention("kingpin", start=1, every=2),),
        "middle_layer": (contagion.load_intervention("middle_layer", start=2),),
    }
    return contagion.simulate(atlas, strategies, weeks=26, replicates=8), atlas.polygons


def of_homicides(dataset, baseline, folder):
    """The column `verdict` of comparison.csv against a baseline, by strategy."""
    comparison.write(contagion.compare(dataset, baseline), folder / "comparison.csv")
    table = pd.read_csv(folder / "comparison.csv", keep_default_na=False)
    return table.query("outcome == 'homicides'").set_index("strategy")["verdict"].to_dict()


def test_the_tables_agree_on_every_pair(run, tmp_path):
    dataset, _ = run
    against = {name: of_homicides(dataset, name, tmp_path) for name in dataset.strategy.values.tolist()}
    comparison.write(rank(dataset), tmp_path / "ranking.csv")
    ranked = pd.read_csv(tmp_path / "ranking.csv", keep_default_na=False).set_index("strategy")
    best, *_ = ranked.index
    assert "same" in ranked.index[~ranked["acts"]]
    names = ranked.index[ranked["acts"]].tolist()
    for here, below in pairwise(names):
        assert ranked.loc[here, "verdict"] == against[below][here]
    assert ranked["verdict_against_best"].to_dict() == against[best]
    opposite = {"better": "worse", "worse": "better"}
    for here, below in combinations(names, 2):
        assert against[below][here] == opposite.get(against[here][below], against[here][below])
    assert against["baseline"]["same"] == "no difference"
    assert len({*against["baseline"].values()}) >= 3  # of which one is empty, that of the baseline itself


def test_terminal_page_and_sentences_say_what_the_tables_say(run, tmp_path):
    dataset, polygons = run
    expected = of_homicides(dataset, None, tmp_path)
    table = contagion.compare(dataset)
    _, named, _ = summary(table).renderables
    shown = [cells[-1] for cells in named.cells]
    assert shown == list(expected.values())

    page = report.render(dataset, polygons, table, [])
    (rows,) = re.findall(r"<caption>Homicides over the run</caption>.*?<tbody>(.*?)</tbody>", page, re.S)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows.strip().splitlines()]
    assert [row[3] for row in cells] == [word or "\N{EN DASH}" for word in expected.values()]
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    found = json.loads(data)["best_by_province"]
    assert [of_one[0] for of_one in found["verdicts"]] == list(expected.values())

    ranked = rank(dataset)
    best, *others = ranked.loc[ranked["acts"], "strategy"]
    against_best = of_homicides(dataset, best, tmp_path)
    words = paired.best_sentence(best, {name: against_best[name] for name in others})
    assert found["sentences"][0] == sentence(f"{words}.")
    assert sentences(ranked)[0].startswith(f"{words} in homicides")


@pytest.mark.parametrize("room", ["analysis", "plots", "report", "export", "study"])
def test_words_of_verdicts_have_one_home(room):
    """No other module decides whether two strategies differ, or has words of its own for it."""
    own_words = re.compile(
        r"""not surely|on average, but|\bdecided\b|["'](better|worse|undecided|no difference)["']"""
        r"""|ppf\(0\.95"""
    )
    for path in (PACKAGE / room).rglob("*"):
        if path.suffix in (".py", ".js", ".html") and path.name != "paired.py":
            found = own_words.search(path.read_text(encoding="utf-8"))
            assert not found, (path, found)
