"""Where the ranking turns: which strategy is best, by what is assumed."""

from typing import Any

import numpy as np
import pandas as pd
from xarray import Dataset

from contagion._util.language import label, say
from contagion._util.text import percent, significant
from contagion.analysis.assumptions.robustness import values_of
from contagion.analysis.assumptions.sensitivity import explain, obstacle, parameters
from contagion.analysis.finding import Finding
from contagion.analysis.paired import interval, wins
from contagion.errors import InputError

TOP = 6  # parameters shown
MANY = 200  # replicates from which on draws are cut into fifths, else into thirds


def reversal_table(dataset: Dataset, seed: int = 0) -> pd.DataFrame:
    """How often each strategy is best in parts of the draws of the parameters that may reverse the ranking.

    The table has a row per parameter, part of its draws, and strategy. Parameters are the `TOP` whose effect on the
    difference in homicides between the two strategies that are most often best, and not the same, is largest
    (`sensitivity.explain`): they are what may turn the two round. Columns: parameter; part, 1 being the lowest draws of
    it, in thirds or, from `MANY` replicates on, fifths; low and high, its draws there; replicates; strategy;
    probability_best, of fewest homicides, ties shared, and its 90 % interval probability_low to probability_high; best,
    whether it is most often so there; overall, its probability over all replicates; verdict, whether the parameter's
    part in the difference between the two is `determined`.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    seed
        Of the permutations.

    Returns
    -------
    pandas.DataFrame
        The table described above.

    Raises
    ------
    InputError
        If there is one strategy, no parameter is drawn, replicates are too few, or all strategies do the same.
    """
    names, drawn = parameters(dataset)
    strategies = [str(name) for name in dataset["strategy"].values]
    if len(strategies) < 2:
        raise InputError("the run has one strategy, which is always the best")
    homicides = values_of(dataset, "homicides")
    best = wins(homicides)
    overall = best.mean(axis=1)
    first, *others = np.argsort(-overall, kind="stable")
    differences = [homicides[other] - homicides[first] for other in others]
    reasons = [obstacle(between) for between in differences]
    if all(reasons) or not names:
        reason = reasons[0] if all(reasons) else "no parameter varies"
        raise InputError(f"what turns the ranking is not computed: {reason}")
    found = explain(drawn, differences[reasons.index("")], [seed])
    count = 5 if len(drawn) >= MANY else 3
    rows: list[dict[str, Any]] = []
    for column in np.argsort(-np.abs(found["effect"]), kind="stable")[:TOP]:
        order = np.argsort(drawn[:, column], kind="stable")
        for part, members in enumerate(np.array_split(order, count), start=1):
            inside = drawn[members, column]
            share = best[:, members].mean(axis=1)
            for index, strategy in enumerate(strategies):
                low, high = interval(share[index] * len(members), len(members))
                row = dict(
                    parameter=names[column],
                    part=part,
                    low=inside.min(),
                    high=inside.max(),
                    replicates=len(members),
                    strategy=strategy,
                    probability_best=share[index],
                    probability_low=low,
                    probability_high=high,
                    best=bool(share[index] == share.max()),
                    overall=overall[index],
                    verdict=found["verdict"][column],
                )
                rows.append(row)
    return pd.DataFrame(rows)


def finding(table: pd.DataFrame) -> Finding:
    """What the `table` of `reversal_table` says: which parameters turn the ranking round, and where."""
    rows = table.to_dict("records")
    usual = max(rows, key=lambda row: row["overall"])
    sentences = [say("turn.usual", strategy=label(usual["strategy"]), share=percent(usual["overall"]))]
    for name, group in by_parameter(rows).items():
        turns = [stretch for stretch in stretches(group) if stretch[0]["strategy"] != usual["strategy"]]
        if group[0]["verdict"] == "determined":
            sentences += [
                say("turn.where", parameter=name, within=_within(stretch, group), best=_best(stretch))
                for stretch in turns
            ]
    if len(sentences) == 1:
        sentences.append(say("turn.none"))
    return Finding(say("turn.heading"), sentences, table)


def by_parameter(rows: list[dict]) -> dict[str, list[dict]]:
    """Rows of a table by parameter, in the order of their first row."""
    groups: dict[str, list[dict]] = {}
    for row in rows:
        groups.setdefault(row["parameter"], []).append(row)
    return groups


def stretches(rows: list[dict]) -> list[list[dict]]:
    """The best strategy of each part of a parameter's draws, neighbours with the same one together.

    Where several are best, it is the one that is best most often overall.
    """
    found: list[list[dict]] = []
    for part in range(1, rows[-1]["part"] + 1):
        here = [row for row in rows if row["part"] == part]
        row = max(here, key=lambda row: (row["probability_best"], row["overall"]))
        if found and found[-1][0]["strategy"] == row["strategy"]:
            found[-1].append(row)
        else:
            found.append([row])
    return found


def _within(stretch: list[dict], rows: list[dict]) -> str:
    low, high = significant(stretch[0]["low"], 2), significant(stretch[-1]["high"], 2)
    if stretch[0]["part"] == 1:
        return say("turn.at_most", high=high)
    if stretch[-1]["part"] == rows[-1]["part"]:
        return say("turn.at_least", low=low)
    return say("turn.within", low=low, high=high)


def _best(stretch: list[dict]) -> str:
    count = sum(row["replicates"] for row in stretch)
    wins = sum(row["probability_best"] * row["replicates"] for row in stretch)
    low, high = map(percent, interval(wins, count))
    return say("turn.best", strategy=label(stretch[0]["strategy"]), share=percent(wins / count), low=low, high=high)
