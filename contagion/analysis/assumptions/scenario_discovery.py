"""Scenario discovery: where among the assumed numbers a strategy fails.

Bryant and Lempert (2010) describe the futures in which a strategy fails by boxes: few limits on few parameters, within
which it mostly fails (density) and most of its failures lie (coverage). The boxes here are nodes of a small
classification tree (CART, Breiman et al. 1984), which finds much the same as the patient rule induction (PRIM) of
Friedman and Fisher (1999), as Lempert, Bryant and Bankes (2008) compare. A box is reported only if boxes that were
found in the same way on other draws hold more failures than chance among draws that were held out.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import hypergeom, norm

from contagion._util.language import label, reason, say
from contagion._util.text import enumerated, percent, significant
from contagion.analysis.assumptions.robustness import values_of
from contagion.analysis.assumptions.sensitivity import LEAST, NOT_COMPUTED, parameters
from contagion.analysis.finding import Finding
from contagion.analysis.paired import wins

DEPTH = 3  # limits of a box, at most: what a reader can remember
SMALLEST = 0.1  # share of the draws that a box holds, at least
RAREST = 10  # replicates in which a strategy fails, and in which it does not, at least
FOLDS = 5  # of cross-validation
CHANCE = 0.05  # that any box is reported where no parameter matters to any failure
BOXES = 3  # of one failure, at most
FOUND, NONE = "found", "none told from chance"
MORE, NOT_BEST = "has more homicides than ", "is not best"  # ways to fail, the first before the name of a strategy
# fmt: off
COLUMNS = [
    "strategy", "failure", "replicates", "overall", "box", "remaining", "parameter", "above", "below", "draws",
    "density", "coverage", "held_out_density", "held_out_coverage", "p_value", "verdict",
]
# fmt: on

Limits = dict[int, tuple[float, float]]  # by column of the parameters, above what and up to what; infinite if open


class Failure(NamedTuple):
    """A way in which a strategy fails, or not, in each replicate."""

    strategy: str
    failure: str
    fails: NDArray[np.bool_]  # (replicate,)


def scenario_table(dataset: xr.Dataset, seed: int = 0) -> pd.DataFrame:
    """In which boxes of draws each strategy fails (scenario discovery).

    The table has a row for each limit of each box. A strategy fails where it has more homicides than the first, and
    where it is not best of all. Columns: strategy, failure, replicates, `overall`, the share of them in which it fails;
    box, numbered from 1, each found among the draws that lie in none before, of which it fails in the share
    `remaining`; parameter, above and below, its limits, empty where open; `draws` in the box, `density`, the share of
    them in which it fails, `coverage`, the share of all its failures that lie there; `held_out_density` and
    `held_out_coverage`, the same of boxes found without the draws that they are counted in (cross-validation);
    `p_value` of these; `verdict`. Where no box is told from chance, or there are too few failures to look for one, a
    row without a parameter says so.

    Where no parameter matters, the chance that any box is reported is at most 5 %. Of parameters drawn jointly, one may
    stand for another.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    seed
        Of permutations and folds.

    Returns
    -------
    pandas.DataFrame
        The table described above.

    Raises
    ------
    InputError
        If no parameter is drawn.
    """
    names, drawn = parameters(dataset)
    drawn = drawn.astype(np.float32)  # as trees take them
    strategies = [str(name) for name in dataset["strategy"].values]
    failures = list(_failures(strategies, values_of(dataset, "homicides")))
    rows: list[dict[str, Any]] = []
    for strategy, failure, fails in failures:
        words = dict(strategy=strategy, failure=failure, replicates=len(fails), overall=fails.mean())
        boxes = []
        why = _obstacle(fails, len(names))
        if not why:
            boxes = list(_boxes(drawn, fails, CHANCE / len(failures), seed))
        for number, (limits, numbers) in enumerate(boxes, start=1):
            for column, (above, below) in limits.items():
                bounds = dict(
                    above=above if np.isfinite(above) else np.nan, below=below if np.isfinite(below) else np.nan
                )
                rows.append(words | dict(box=number, parameter=names[column]) | bounds | numbers | dict(verdict=FOUND))
        if not boxes:
            rows.append(words | dict(parameter="", verdict=NOT_COMPUTED + why if why else NONE))
    return pd.DataFrame(rows, columns=COLUMNS)


def _failures(strategies: list[str], homicides: NDArray[np.float64]) -> Iterator[Failure]:
    """The ways in which each strategy may fail, from homicides [strategy, replicate]."""
    best = wins(homicides) > 0
    for index, strategy in enumerate(strategies):
        if index:
            yield Failure(strategy, f"{MORE}{strategies[0]}", homicides[index] > homicides[0])
        yield Failure(strategy, NOT_BEST, ~best[index])


def _obstacle(fails: NDArray[np.bool_], parameters: int = 1) -> str:
    """In how many replicates it fails and why no box can be looked for there; empty if one can."""
    failed, count = int(fails.sum()), len(fails)
    if failed in (0, count):
        return f"in {'all' if failed else 'none'} of {count} replicates"
    if count < LEAST:
        return f"in {failed} of {count} replicates, of which it takes at least {LEAST} to say where"
    if min(failed, count - failed) < RAREST:
        return f"in {failed} of {count} replicates, too {'few' if failed < RAREST else 'many'} to say where"
    return "" if parameters else f"in {failed} of {count} replicates, between which no parameter varies"


def _boxes(
    drawn: NDArray[np.float32], fails: NDArray[np.bool_], level: float, seed: int
) -> Iterator[tuple[Limits, dict[str, float]]]:
    """Boxes one after the other, each among the draws outside those before, while they are told from chance."""
    left = np.ones(len(fails), bool)
    for _ in range(BOXES):
        if _obstacle(fails[left]) or not (limits := densest(drawn[left], fails[left])):
            return
        held_out = _held_out(drawn[left], fails[left], seed)
        p_value = _p_value(held_out, fails[left])
        if p_value > level:
            return
        box = within(drawn, limits) & left
        yield (
            limits,
            dict(
                remaining=fails[left].mean(),
                draws=int(box.sum()),
                density=fails[box].mean(),
                coverage=fails[box].sum() / fails.sum(),
                held_out_density=fails[left][held_out].mean(),
                held_out_coverage=fails[left][held_out].sum() / fails.sum(),
                p_value=p_value,
            ),
        )
        left &= ~box


def densest(drawn: NDArray[np.float32], fails: NDArray[np.bool_]) -> Limits:
    """The node of a tree in which failures are furthest above their share of all; empty if there is none.

    Furthest by sqrt(draws in the node) (density - share of all), the statistic of a test of a share: a limit that only
    makes the box smaller is left out.
    """
    from sklearn.tree import DecisionTreeClassifier  # which takes long to import

    smallest = int(np.ceil(SMALLEST * len(fails)))
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=smallest, random_state=0).fit(drawn, fails).tree_
    above_chance = np.sqrt(tree.n_node_samples) * (tree.value[:, 0, 1] - fails.mean())
    node, limits = int(np.argmax(above_chance)), Limits()
    while node:  # up to the root
        left, right = tree.children_left == node, tree.children_right == node
        parent = int(np.flatnonzero(left | right)[0])
        low, high = limits.get(column := int(tree.feature[parent]), (-np.inf, np.inf))
        threshold = float(tree.threshold[parent])
        limits[column] = (low, min(high, threshold)) if left[parent] else (max(low, threshold), high)
        node = parent
    return dict(reversed(limits.items()))


def within(drawn: NDArray[np.float32], limits: Limits) -> NDArray[np.bool_]:
    """Which draws [replicate, parameter] lie within the limits."""
    inside = np.ones(len(drawn), bool)
    for column, (above, below) in limits.items():
        inside &= (drawn[:, column] > above) & (drawn[:, column] <= below)
    return inside


def _held_out(drawn: NDArray[np.float32], fails: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """Whether each draw lies in the box that is found without it and its fold."""
    from sklearn.model_selection import StratifiedKFold

    inside = np.zeros(len(fails), bool)
    for others, fold in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(drawn, fails):
        limits = densest(drawn[others], fails[others])
        inside[fold] = within(drawn[fold], limits) if limits else False
    return inside


def _p_value(held_out: NDArray[np.bool_], fails: NDArray[np.bool_]) -> float:
    """The chance of so many failures in boxes, were they nothing to do with them.

    How far their number is above that of a hypergeometric draw, in standard deviations that are widened because boxes
    of several folds are found from the same draws: by 1 + FOLDS / (FOLDS - 1), after Nadeau and Bengio (2003).
    """
    expected = hypergeom(len(fails), int(fails.sum()), int(held_out.sum()))
    deviation = expected.std() * np.sqrt(1 + FOLDS / (FOLDS - 1))
    above = (held_out & fails).sum() - expected.mean()
    return float(norm.sf(above / deviation)) if deviation else 1.0


def finding(table: pd.DataFrame) -> Finding:
    """What the `table` of `scenario_table` says, in sentences, and the boxes that were found."""
    groups: dict[tuple, list[dict]] = {}
    for row in table.to_dict("records"):
        groups.setdefault((row["strategy"], row["failure"], row["box"]), []).append(row)
    found = [row for rows in groups.values() for row in rows if row["verdict"] == FOUND]
    sentences = [_sentence(rows) for rows in groups.values()]
    return Finding(say("scenario.heading"), sentences, pd.DataFrame([_shown(row) for row in found]))


def _failure(row: dict) -> str:
    """A way to fail in words."""
    if row["failure"] == NOT_BEST:
        return say("scenario.not_best")
    return say("scenario.more", first=label(row["failure"].removeprefix(MORE)))


def _shown(row: dict) -> dict[str, str]:
    """A limit of a box as a page shows it."""
    return {
        say("page.strategy"): label(row["strategy"]),
        say("scenario.failure"): _failure(row),
        say("sensitive.name"): row["parameter"],
        say("scenario.from"): significant(row["above"], 2),
        say("scenario.to"): significant(row["below"], 2),
        say("scenario.density"): percent(row["density"]),
        say("scenario.held_out"): percent(row["held_out_density"]),
        say("scenario.coverage"): percent(row["coverage"]),
    }


def _sentence(rows: list[dict]) -> str:
    """A box in words, or that there is none."""
    first = rows[0]
    failing = f"{label(first['strategy'])} {_failure(first)}"
    if first["verdict"] == NONE:
        return say("scenario.no_box", failing=failing, share=percent(first["overall"]))
    if first["verdict"] != FOUND:
        why = reason(first["verdict"].removeprefix(NOT_COMPUTED))
        return say("scenario.not_computed", failing=failing, reason=why)
    limits = []
    for row in rows:
        bounds = [
            say(f"scenario.{word}", value=significant(row[word], 2))
            for word in ("above", "below")
            if not np.isnan(row[word])
        ]
        limits.append(f"{row['parameter']} {enumerated(bounds)}")
    names = dict(density="share", held_out_density="held_out", remaining="remaining", coverage="coverage")
    shares = {words: percent(first[name]) for name, words in names.items()}
    others = say("scenario.others" if first["box"] > 1 else "scenario.all")
    return say("scenario.box", failing=failing, limits=enumerated(limits), others=others, **shares)
