"""Which strategy has fewest homicides, in the whole region and in each of its provinces, and how sure that is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xarray import Dataset

from contagion._util.text import PERCENT, count
from contagion.analysis.paired import SAME, UNDECIDED, best_sentence, paired_difference, wins

WHOLE, UNNAMED = "Whole region", "no province named"


@dataclass(frozen=True)
class BestByProvince:
    """Homicides over the run by strategy and where: the whole region first, then its provinces where it has several."""

    where: list[str]
    answers: list[str]  # by where: which strategy is best, or between which it is undecided
    evidence: list[str]  # by where: the numbers that say so
    best: list[int]  # by where: the strategy with the lowest mean
    numbers: dict[str, NDArray[np.float64]]  # [strategy, where]: what `compared` returns


def provinces(dataset: Dataset) -> tuple[list[str], NDArray[np.integer]]:
    """Names of the provinces in order, and the number of the province of each place."""
    labels = [UNNAMED if pd.isna(label) or not str(label) else str(label) for label in dataset.state.values]
    numbers, names = pd.factorize(np.array(labels, dtype=object), sort=True)
    return names.tolist(), numbers


def best_by_province(dataset: Dataset) -> BestByProvince:
    """The best strategy of the whole region and of each province, from homicides of every replicate and place."""
    names, numbers = provinces(dataset)
    where, member = [WHOLE], np.ones((dataset.place.size, 1))
    if len(names) > 1:
        where, member = [WHOLE, *names], np.hstack([member, np.eye(len(names))[numbers]])
    of_run = dataset.homicides_run_total.transpose("strategy", "replicate", "place").values
    every = np.moveaxis(of_run.astype(float) @ member, -1, 0)
    strategies = dataset.strategy.values.tolist()
    found = [compared(homicides) for homicides in every]
    answers, evidence = zip(*(best_of(strategies, homicides) for homicides in every), strict=True)
    return BestByProvince(
        where=where,
        answers=list(answers),
        evidence=list(evidence),
        best=[int(homicides.mean(axis=1).argmin()) for homicides in every],
        numbers={name: np.stack([part[name] for part in found], axis=-1) for name in found[0]},
    )


def compared(homicides: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Strategies by homicides [strategy, replicate], over replicates.

    Their mean and 90 % interval, the paired change from the first strategy with its interval, the probability of fewer
    than the first, and of fewest, ties shared.
    """
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


def best_of(strategies: list[str], homicides: NDArray[np.float64]) -> tuple[str, str]:
    """Which strategy has the lowest mean of `homicides` [strategy, replicate], or that this is undecided; and why."""
    order = homicides.mean(axis=1).argsort(kind="stable")
    best, *others = (strategies[number] for number in order)
    mean = f"{count(homicides[order[0]].mean())} homicides over the run"
    behind = {
        name: paired_difference(homicides[number], homicides[order[0]], 1)
        for name, number in zip(others, order[1:], strict=True)
    }
    verdicts = {name: paired.verdict for name, paired in behind.items()}
    answer = f"{best_sentence(best, verdicts)}."
    if not others:
        return answer, f"It has {mean}."
    if homicides.shape[1] == 1:
        return "Undecided: one replicate says nothing of chance.", f"In it, {best} has fewest, {mean}."
    share = f"fewest of all in {100 * wins(homicides)[order[0]].mean():.0f}{PERCENT} of replicates"
    if set(verdicts.values()) == {SAME}:
        return answer, f"All have {mean}, the same in every replicate."
    rivals = [name for name in others if verdicts[name] == UNDECIDED] or [
        name for name in others if verdicts[name] != SAME
    ]
    second, paired = rivals[0], behind[rivals[0]]
    more = f"{count(paired.mean)} more (90{PERCENT} confidence interval {count(paired.low)} to {count(paired.high)})"
    return answer, f"{best} has the lowest mean, {mean}, and {share}; {second} has {more}."
