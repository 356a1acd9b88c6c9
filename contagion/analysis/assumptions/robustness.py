"""How strategies stand the test of what is not known: each replicate is a state of the world.

Where parameters are drawn per replicate, nobody knows which draw is true, and a mean over draws is no more than one way
to weigh them. Robust decision making (Lempert, Popper and Bankes 2003) asks instead how bad a strategy can turn out, in
itself (Wald 1950), beside the strategy that would have been best in the same world (Savage 1951), and beside an aim
that would be good enough (Simon 1956; Starr 1963).
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from contagion._util.language import label, say, worded
from contagion._util.text import UNKNOWN, enumerated, percent, significant
from contagion.analysis.finding import Finding
from contagion.analysis.metrics import OUTCOMES, VISIBLE, judged
from contagion.analysis.paired import interval
from contagion.errors import InputError

# What strategies are weighed against each other by, and which way is worse. More cost is worse here, all else equal.
OBJECTIVES = {"homicides": 1, "cost": 1, "trust_at_end": -1, "displaced_at_end": 1}


class Aim(NamedTuple):
    """What is good enough in a replicate; by default as much fewer homicides as are seen within a quarter."""

    improvement: float = 100 * VISIBLE  # per cent by which the outcome is better than under the first strategy
    cost: float | None = None  # million dollars over the run, at most; None for any


AIM = Aim()
BETTER_THAN, AT_MOST = " % better than ", " at a cost of at most "  # of the aim as tables have it


def robustness_table(dataset: xr.Dataset, outcome: str = "homicides", aim: Aim = AIM) -> pd.DataFrame:
    """How each strategy does in the worst of replicates, and in how many it does well enough.

    The table has a row per strategy. Columns: strategy, outcome, unit; replicates in which the outcome is known, its
    mean over them, and `worst` (Wald: maximin takes the strategy whose worst is best); `regret_mean`, `regret_q90` and
    `regret_max`, by how much the best strategy of the same replicate did better (Savage: minimax regret takes the
    smallest maximum); `aim`, `aim_met`, the share of replicates in which it is, and its 90 % interval `aim_met_low` to
    `aim_met_high`; `dominated_by`, the strategies whose means are no worse in all of `OBJECTIVES` and better in one
    (Pareto), and `non_dominated`, the share of replicates in which no strategy is that; status, what the numbers rest
    on.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    outcome
        A name of `OUTCOMES` that is good or bad.
    aim
        What counts as well enough.

    Returns
    -------
    pandas.DataFrame
        The table described above.

    Raises
    ------
    InputError
        If the outcome is unknown or neither good nor bad, or the aim cannot be met.
    """
    worse = judged(outcome).worse
    losses = worse * values_of(dataset, outcome)
    met, words = _met(dataset, losses, worse, aim)
    dominated, free = front(dataset)
    best = np.where(np.isnan(losses), np.inf, losses).min(axis=0)
    strategies = [str(name) for name in dataset["strategy"].values]
    rows = []
    for index, strategy in enumerate(strategies):
        known = ~np.isnan(losses[index])
        regret, reached = (losses[index] - best)[known], met[index][~np.isnan(met[index])]
        low, high = interval(reached.sum(), reached.size)
        row = dict(
            strategy=strategy,
            outcome=outcome,
            unit=OUTCOMES[outcome].unit,
            replicates=int(known.sum()),
            mean=worse * losses[index][known].mean() if known.any() else np.nan,
            worst=worse * losses[index][known].max() if known.any() else np.nan,
            regret_mean=regret.mean() if known.any() else np.nan,
            regret_q90=np.quantile(regret, 0.9) if known.any() else np.nan,
            regret_max=regret.max() if known.any() else np.nan,
            aim=words,
            aim_met=reached.mean() if reached.size else np.nan,
            aim_met_low=low if reached.size else np.nan,
            aim_met_high=high if reached.size else np.nan,
            dominated_by=", ".join(name for name, over in zip(strategies, dominated[:, index], strict=True) if over),
            non_dominated=free[index],
        )
        rows.append(row)
    return pd.DataFrame(rows).assign(status="conditional on assumed parameters")


def values_of(dataset: xr.Dataset, outcome: str) -> NDArray[np.float64]:
    """An outcome as [strategy, replicate], NaN where it has no meaning."""
    return OUTCOMES[outcome].of(dataset).transpose("strategy", "replicate").to_numpy().astype(np.float64)


def _met(dataset: xr.Dataset, losses: NDArray[np.float64], worse: int, aim: Aim) -> tuple[NDArray[np.float64], str]:
    """Whether the aim is met, 1 or 0 [strategy, replicate], NaN where that is not known; and the aim in words."""
    if not (np.isfinite(aim.improvement) and aim.improvement <= 100):
        raise InputError(f"aim: improvement={aim.improvement}: must be a number of at most 100 (per cent)")
    if aim.cost is not None and not aim.cost >= 0:
        raise InputError(f"aim: cost={aim.cost}: must be million dollars from 0, or None for any")
    first = losses[0]
    met = np.where(np.isnan(losses + first), np.nan, losses <= first - aim.improvement / 100 * np.abs(first))
    words = f"{aim.improvement:g}{BETTER_THAN}{dataset['strategy'].values[0]}"
    if aim.cost is not None:
        met = np.where(values_of(dataset, "cost") <= aim.cost, met, np.where(np.isnan(met), np.nan, 0))
        words += f"{AT_MOST}{significant(aim.cost)} million dollars"
    return met, words


def front(dataset: xr.Dataset) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which strategy dominates which in means over replicates [by, strategy], and how often each is not dominated.

    Only replicates in which all of `OBJECTIVES` are known count; where there are none, nothing dominates and the share
    is NaN.
    """
    losses = np.stack([worse * values_of(dataset, name) for name, worse in OBJECTIVES.items()])
    losses = losses[:, :, ~np.isnan(losses).any(axis=(0, 1))]
    count = losses.shape[1]
    if not losses.shape[2]:
        return np.zeros((count, count), bool), np.full(count, np.nan)
    free = ~np.any(dominates(losses), axis=0)
    return dominates(losses.mean(axis=2)), free.mean(axis=-1)


def dominates(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether one strategy is no worse in every objective and better in one.

    Parameters
    ----------
    losses
        [objective, strategy, ...].

    Returns
    -------
    numpy.ndarray
        [by, strategy, ...].
    """
    one, other = losses[:, :, None], losses[:, None]
    return np.all(one <= other, axis=0) & np.any(one < other, axis=0)


def finding(table: pd.DataFrame) -> Finding:
    """What the `table` of `robustness_table` says, in sentences, and its main columns."""
    heading, shown = say("robust.heading"), _shown(table)
    column: dict[str, Any] = {str(name): values.to_numpy() for name, values in table.items()}
    outcome, unit, aim = (str(column[name][0]) for name in ("outcome", "unit", "aim"))
    name, strategies = (
        worded("outcome", outcome).replace("_", " "),
        np.array([label(each) for each in column["strategy"]]),
    )
    if (unknown := column["replicates"] == 0).any():
        nothing = say("robust.no_meaning", strategies=enumerated(strategies[unknown]), outcome=name)
        return Finding(heading, [nothing], shown)
    regret, reached, most = column["regret_max"], column["aim_met"], int(np.nanargmax(column["aim_met"]))
    low, high = (percent(column[end][most]) for end in ("aim_met_low", "aim_met_high"))
    met, aim = say("robust.never_met"), _aim(aim)
    if reached[most]:
        often = enumerated(strategies[reached == reached[most]])
        met = say("robust.met", strategies=often, share=percent(reached[most]), low=low, high=high)
    over = [
        _beaten(strategy, by.split(", ")) for strategy, by in zip(strategies, column["dominated_by"], strict=True) if by
    ]
    beaten = say("robust.in_means", beaten=enumerated(over)) if over else say("robust.none")
    objectives = enumerated(worded("outcome", objective) for objective in OBJECTIVES)
    worst = _ends(strategies, OUTCOMES[outcome].worse * column["worst"], column["worst"], unit)
    sentences = [
        say("robust.worst", outcome=name, ends=worst),
        say("robust.regret", outcome=name, ends=_ends(strategies, regret, regret, unit)),
        say("robust.aim", outcome=name, aim=aim, met=met),
        say("robust.weighed", objectives=objectives, dominated=beaten),
    ]
    return Finding(heading, sentences, shown)


def _aim(words: str) -> str:
    """The aim of a table in the language that is spoken."""
    improvement, _, rest = words.partition(BETTER_THAN)
    first, _, cost = rest.partition(AT_MOST)
    said = say("robust.aim_words", percent=improvement, first=label(first))
    return said + (say("robust.aim_cost", cost=cost.split()[0]) if cost else "")


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """The main columns of the table as a page shows them."""
    rows = table.to_dict("records")
    met = [
        say(
            "text.interval",
            middle=percent(row["aim_met"]),
            low=percent(row["aim_met_low"]),
            high=percent(row["aim_met_high"]),
        )
        if row["aim_met"] == row["aim_met"]
        else UNKNOWN
        for row in rows
    ]
    by = [enumerated(map(label, row["dominated_by"].split(", "))) if row["dominated_by"] else "" for row in rows]
    columns = {"mean": "mean", "worst": "worst_column", "regret_mean": "regret_mean", "regret_max": "regret_max"}
    return pd.DataFrame(
        {say("page.strategy"): [label(row["strategy"]) for row in rows]}
        | {say(f"robust.{key}"): table[name] for name, key in columns.items()}
        | {say("robust.aim_met"): met, say("robust.dominated_by"): by}
        | {say("robust.non_dominated"): table["non_dominated"]}
    )


def _ends(strategies: NDArray, losses: NDArray, values: NDArray, unit: str) -> str:
    """Under which strategies a number is best and worst, and what it is there."""
    if np.ptp(losses) == 0:
        return say("robust.same", value=significant(values[0], 2), unit=worded("unit", unit))
    best, worst = losses == losses.min(), losses == losses.max()
    low, high = (significant(values[which][0], 2) for which in (best, worst))
    names = dict(best=enumerated(strategies[best]), worst=enumerated(strategies[worst]))
    return say("robust.ends", **names, low=low, high=high, unit=worded("unit", unit))


def _beaten(strategy: str, by: list[str]) -> str:
    key = {1: "robust.beaten", 2: "robust.beaten_one"}.get(len(by), "robust.beaten_many")
    return say(key, strategy=strategy, by=label(by[0]), count=len(by) - 1)
