"""The strategy with fewest homicides in the whole region and in each of its provinces, with the verdicts on all."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from xarray import Dataset

from contagion._util.language import label, say
from contagion._util.text import in_replicates, sentence, significant
from contagion.analysis.paired import (
    SAME,
    UNDECIDED,
    UNKNOWN,
    PairedDifference,
    Verdict,
    best_sentence,
    idle,
    idle_sentence,
    paired_difference,
    wins,
)
from contagion.regions import areas

WHOLE = "Whole region"  # as tables have it


@dataclass(frozen=True)
class BestByProvince:
    """Homicides over the run by strategy in the whole region, then in its provinces where it has several.

    Attributes
    ----------
    where
        Names: the whole region, then provinces.
    sentences
        Which strategy is best, or between which it is undecided, [where].
    evidence
        The numbers behind each sentence, as text, [where].
    best
        Index of the strategy with the lowest mean, [where].
    verdicts
        Verdict on each strategy against the first one, [strategy][where].
    numbers
        What `compared` returns, [strategy, where].
    """

    where: list[str]
    sentences: list[str]
    evidence: list[str]
    best: list[int]
    verdicts: list[list[Verdict]]
    numbers: dict[str, NDArray[np.float64]]


def provinces(dataset: Dataset) -> tuple[list[str], NDArray[np.integer]]:
    """Provinces of a region.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.

    Returns
    -------
    tuple
        Names of the provinces in alphabetical order, and the index of the province of each place, [place].
    """
    return areas.provinces(dataset.state.values)


def best_by_province(dataset: Dataset) -> BestByProvince:
    """Find the best strategy of the whole region and of each province.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`, with homicides over the run of every replicate and place.

    Returns
    -------
    BestByProvince
        The best strategies, and the numbers and verdicts they rest on.
    """
    names, numbers = provinces(dataset)
    where, member = [say("text.whole_region")], np.ones((dataset.place.size, 1))
    if len(names) > 1:
        where, member = [*where, *names], np.hstack([member, np.eye(len(names))[numbers]])
    of_run = dataset.homicides_run_total.transpose("strategy", "replicate", "place").values
    every = np.moveaxis(of_run.astype(float) @ member, -1, 0)
    strategies = dataset.strategy.values.tolist()
    differences = [against_first(homicides) for homicides in every]
    found = [compared(homicides, paired) for homicides, paired in zip(every, differences, strict=True)]
    sentences, evidence = zip(*(best_of(strategies, homicides) for homicides in every), strict=True)
    return BestByProvince(
        where=where,
        sentences=list(sentences),
        evidence=list(evidence),
        best=[int(homicides.mean(axis=1).argmin()) for homicides in every],
        verdicts=[[each.verdict for each in of_one] for of_one in zip(*differences, strict=True)],
        numbers={name: np.stack([part[name] for part in found], axis=-1) for name in found[0]},
    )


def against_first(homicides: NDArray[np.float64]) -> list[PairedDifference]:
    """Paired difference of each strategy from the first, which has no verdict; `homicides` [strategy, replicate]."""
    first, *others = [paired_difference(of_one, homicides[0], 1) for of_one in homicides]
    return [replace(first, verdict=UNKNOWN), *others]


def compared(homicides: NDArray[np.float64], paired: list[PairedDifference]) -> dict[str, NDArray[np.float64]]:
    """Numbers of each strategy in one area.

    Parameters
    ----------
    homicides
        Homicides over the run, persons, [strategy, replicate].
    paired
        The difference of each strategy from the first, [strategy].

    Returns
    -------
    dict of ndarray
        All [strategy]: `mean`, and `low` to `high`, its 90 % interval over replicates; `change` from the first
        strategy, and `change_low` to `change_high`, its 90 % interval over replicates; `fewer`, the share of replicates
        with fewer than under the first, ties counted one half; `fewest`, that with fewest of all, ties shared, 0 for a
        strategy that does nothing.
    """
    low, high = np.quantile(homicides, [0.05, 0.95], axis=1)
    return {
        "mean": homicides.mean(axis=1),
        "low": low,
        "high": high,
        "change": np.array([each.mean for each in paired]),
        "change_low": np.array([each.q05 for each in paired]),
        "change_high": np.array([each.q95 for each in paired]),
        "fewer": np.array([each.probability_better for each in paired]),
        "fewest": np.nan_to_num(wins(np.where(idle(homicides)[:, None], np.nan, homicides)).mean(axis=1)),
    }


def best_of(strategies: list[str], homicides: NDArray[np.float64]) -> tuple[str, str]:
    """Which strategy has fewest homicides, and on what that rests.

    Parameters
    ----------
    strategies
        Names, [strategy].
    homicides
        Homicides over the run, persons, [strategy, replicate].

    Returns
    -------
    tuple of str
        Complete sentences: the best strategy, or those between which it is undecided; and the numbers behind it, with
        the strategies that do nothing.
    """
    still = idle(homicides)
    unranked = [name for name, is_still in zip(strategies, still, strict=True) if is_still]
    order = homicides.mean(axis=1).argsort(kind="stable")
    order = order[~still[order]]
    answer, evidence = _best_of(strategies, homicides, order, unranked)
    return answer, f"{evidence} {idle_sentence(unranked, label(strategies[0]))}".strip()


def _best_of(
    strategies: list[str], homicides: NDArray[np.float64], order: NDArray[np.integer], unranked: list[str]
) -> tuple[str, str]:
    """The same of the strategies in `order`, without those that do nothing."""
    best, *others = (strategies[number] for number in order)
    mean = say("best.mean", count=_persons(homicides[order[0]].mean()))
    behind = {
        name: paired_difference(homicides[number], homicides[order[0]], 1)
        for name, number in zip(others, order[1:], strict=True)
    }
    verdicts = {name: paired.verdict for name, paired in behind.items()}
    answer = f"{best_sentence(best, verdicts, unranked)}."
    if not others:
        return answer, say("best.alone", mean=mean)
    if homicides.shape[1] == 1:
        too_few = sentence(say("best.too_few"))
        return answer, say("best.one_replicate", too_few=too_few, best=label(best), mean=mean)
    if set(verdicts.values()) == {SAME}:
        return answer, say("best.all_same", mean=mean)
    rivals = [name for name in others if verdicts[name] == UNDECIDED] or [
        name for name in others if verdicts[name] != SAME
    ]
    second, paired = rivals[0], behind[rivals[0]]
    more, low, high = map(_persons, (paired.mean, paired.low, paired.high))
    share = in_replicates(wins(homicides)[order[0]].mean())
    names = dict(best=label(best), second=label(second))
    return answer, say("best.evidence", **names, mean=mean, share=share, more=more, low=low, high=high)


def _persons(value: float) -> str:
    """Whole persons, to two significant digits."""
    return significant(round(value), 2)
