"""Which strategy has fewest homicides, in the whole region and in each of its states, and how sure that is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xarray import Dataset

from contagion._util.text import PERCENT, count
from contagion.analysis.paired import mean_interval, wins

WHOLE, UNNAMED = "Whole region", "no state named"


@dataclass(frozen=True)
class Answers:
    """Homicides over the run by strategy and where: the whole region first, then its states where it has several."""

    where: list[str]
    verdicts: list[str]  # by where: which strategy is best, or between which it is undecided
    evidence: list[str]  # by where: the numbers that say so
    best: list[int]  # by where: the strategy with the lowest mean
    numbers: dict[str, NDArray[np.float64]]  # [strategy, where]: what `compared` returns


def states(dataset: Dataset) -> tuple[list[str], NDArray[np.integer]]:
    """Names of the states in order, and the number of the state of each place."""
    labels = [UNNAMED if pd.isna(label) or not str(label) else str(label) for label in dataset.state.values]
    numbers, names = pd.factorize(np.array(labels, dtype=object), sort=True)
    return names.tolist(), numbers


def answers(dataset: Dataset) -> Answers:
    """The answers of a run, from homicides of every replicate and place."""
    names, numbers = states(dataset)
    where, member = [WHOLE], np.ones((dataset.place.size, 1))
    if len(names) > 1:
        where, member = [WHOLE, *names], np.hstack([member, np.eye(len(names))[numbers]])
    of_run = dataset.homicides_run_total.transpose("strategy", "replicate", "place").values
    every = np.moveaxis(of_run.astype(float) @ member, -1, 0)
    strategies = dataset.strategy.values.tolist()
    found = [compared(homicides) for homicides in every]
    verdicts, evidence = zip(*(verdict(strategies, homicides) for homicides in every), strict=True)
    return Answers(
        where=where,
        verdicts=list(verdicts),
        evidence=list(evidence),
        best=[int(homicides.mean(axis=1).argmin()) for homicides in every],
        numbers={name: np.stack([part[name] for part in found], axis=-1) for name in found[0]},
    )


def compared(homicides: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Strategies by homicides [strategy, replicate]: their mean and 90 % interval over replicates, the paired change
    from the first strategy with its interval, the probability of fewer than the first, and of fewest, ties shared."""
    change = homicides - homicides[:1]
    return {
        "mean": homicides.mean(axis=1),
        "low": np.quantile(homicides, 0.05, axis=1),
        "high": np.quantile(homicides, 0.95, axis=1),
        "change": change.mean(axis=1),
        "change_low": np.quantile(change, 0.05, axis=1),
        "change_high": np.quantile(change, 0.95, axis=1),
        "fewer": (1 - np.sign(change)).mean(axis=1) / 2,
        "fewest": wins(homicides).mean(axis=1),
    }


def verdict(strategies: list[str], homicides: NDArray[np.float64]) -> tuple[str, str]:
    """Which strategy has the lowest mean of `homicides` [strategy, replicate], or that this is undecided; and why.

    Undecided it is where the 90 % confidence interval of the mean paired difference of another strategy from it
    includes zero. Where none does, but the 90 % interval over replicates of some, it is best on average only.
    """
    order = homicides.mean(axis=1).argsort(kind="stable")
    best, *others = (strategies[number] for number in order)
    mean = f"{count(homicides[order[0]].mean())} homicides over the run"
    if not others:
        return f"There is nothing to compare {best} with.", f"It has {mean}."
    if homicides.shape[1] == 1:
        return "Undecided: one replicate says nothing of chance.", f"In it, {best} has fewest, {mean}."
    behind = homicides[order] - homicides[order[0]]
    low, high = np.quantile(behind, (0.05, 0.95), axis=1)
    rivals = [rank for rank in range(1, len(order)) if low[rank] <= 0]
    open_to = [rank for rank in rivals if mean_interval(behind[rank])[0] <= 0]
    rivals = open_to or rivals
    second = rivals[0] if rivals else 1
    share = f"fewest of all in {100 * wins(homicides)[order[0]].mean():.0f}{PERCENT} of replicates"
    more = f"{count(behind[second].mean())} more (90{PERCENT} interval {count(low[second])} to {count(high[second])})"
    more = more if behind[second].any() else "as many in every replicate"
    if not rivals:
        return f"{best} is best.", f"It has the lowest mean, {mean}, and {share}; the next, {others[0]}, has {more}."
    told = f"{best} has the lowest mean, {mean}, and {share}; {others[second - 1]} has {more}"
    if not open_to:
        return f"{best} is best on average, but not surely.", f"{told}, so it is better in some replicates."
    *level, last = [best, *(others[rank - 1] for rank in rivals)]
    return f"Undecided between {', '.join(level)} and {last}.", f"{told}, so either may be better."
