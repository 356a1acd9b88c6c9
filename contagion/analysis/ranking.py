"""Ranking of strategies by an outcome, with standard errors and the verdict on neighbours in the ranking.

Strategies are ranked within each replicate, under the same random numbers and the same draws of parameters. The rank of
a strategy is the mean over replicates, and its standard error says how far the ranking may still move.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from contagion._util.text import percent, sentence
from contagion.analysis.metrics import judged
from contagion.analysis.paired import (
    SAME,
    TOO_FEW,
    UNDECIDED,
    UNKNOWN,
    VERDICTS,
    best_sentence,
    known_mean,
    paired_difference,
    wins,
)

LIKELY = 3  # strategies that words name as the likeliest best


def rank(dataset: xr.Dataset, outcome: str = "homicides") -> pd.DataFrame:
    """Rank strategies by their mean loss in one outcome.

    Replicates in which the outcome of any strategy is unknown are left out of all columns.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.
    outcome
        Name of an outcome of which more or less is better.

    Returns
    -------
    pandas.DataFrame
        One row per strategy, the lowest mean loss first: `mean` in the `unit` of the outcome; `rank` (mean over
        replicates of the place among all, 1 is best, ties shared) and its standard error `rank_error`;
        `probability_best` and its standard error `probability_error`; `margin`, the mean paired difference of the
        strategy in the row below, its 90 % confidence interval `margin_low` to `margin_high`, and `verdict` on the
        strategy against the one in the row below; `verdict_against_best`, that against the strategy in the first row.
        NaN where more replicates are needed. Verdicts are those of `contagion.analysis.paired.VERDICTS`.

    Raises
    ------
    InputError
        If the outcome is unknown, or neither more nor less of it is better.
    """
    found = judged(outcome)
    values = found.of(dataset).transpose("strategy", "replicate").to_numpy().astype(np.float64)
    values = values[:, ~np.isnan(values).any(axis=0)]
    losses = values * found.worse
    order = np.argsort(losses.mean(axis=1), kind="stable") if losses.size else np.arange(len(losses))
    ranks, best = stats.rankdata(losses, axis=0), wins(losses)
    rows = []
    for here, below in pairwise([*order, None]):
        row = dict(
            strategy=str(dataset["strategy"].values[here]),
            outcome=outcome,
            unit=found.unit,
            mean=known_mean(values[here]),
            rank=known_mean(ranks[here]),
            rank_error=_error(ranks[here]),
            probability_best=known_mean(best[here]),
            probability_error=_error(best[here]),
            verdict=UNKNOWN,
            verdict_against_best=UNKNOWN,
        )
        if below is not None:
            margin = paired_difference(values[below], values[here], found.worse)
            row |= dict(margin=margin.mean, margin_low=margin.low, margin_high=margin.high)
            row["verdict"] = paired_difference(values[here], values[below], found.worse).verdict
        if here != order[0]:
            row["verdict_against_best"] = paired_difference(values[here], values[order[0]], found.worse).verdict
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *("strategy", "outcome", "unit", "mean", "rank", "rank_error", "probability_best", "probability_error"),
    *("margin", "margin_low", "margin_high", "verdict", "verdict_against_best"),
]


def _error(values: np.ndarray) -> float:
    """Standard error of the mean."""
    return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else np.nan


def error(table: pd.DataFrame) -> float:
    """Largest standard error of a mean rank.

    Parameters
    ----------
    table
        Ranking returned by `rank`.

    Returns
    -------
    float
        In ranks; NaN with one replicate, 0 with one strategy.
    """
    return float(table["rank_error"].to_numpy().max())


def sentences(table: pd.DataFrame) -> list[str]:
    """Describe a ranking in sentences: which strategy is best, and which neighbours are not told apart.

    Parameters
    ----------
    table
        Ranking returned by `rank`.

    Returns
    -------
    list of str
        Complete sentences; none for fewer than two strategies.
    """
    if len(table) < 2:
        return []
    names, outcome = table["strategy"].tolist(), str(table["outcome"].iloc[0]).replace("_", " ")
    best = best_sentence(names[0], dict(zip(names[1:], table["verdict_against_best"].tolist()[1:], strict=True)))
    if np.isnan(error(table)):
        return [f"{best} in {outcome}: {TOO_FEW}."]
    found = [
        f"{best} in {outcome}: {_leaders(table)}.",
        f"The largest standard error of a mean rank is {error(table):.2f}.",
    ]
    pairs = dict(zip(pairwise(names), table["verdict"], strict=False))
    for word in (UNDECIDED, SAME):
        if named := [f"{here} and {below}" for (here, below), of_pair in pairs.items() if of_pair == word]:
            found.append(f"{sentence(word)} ({VERDICTS[word]}): {'; '.join(named)}.")
    return found


def _leaders(table: pd.DataFrame) -> str:
    """The strategies that are most often best, and in which share of replicates."""
    ordered = table.sort_values("probability_best", ascending=False, kind="stable")
    leaders = ordered.loc[ordered["probability_best"] > 0, :]
    if len(leaders) == 1:
        return f"{leaders['strategy'].iloc[0]} comes first in every replicate"
    named = leaders.head(LIKELY)[["strategy", "probability_best"]].itertuples(index=False)
    shares = ", ".join(f"{name} in {percent(share)}" for name, share in named)
    furthest = percent(float(table["probability_error"].to_numpy().max()))
    return f"of the replicates, {shares} come first (standard errors up to {furthest})"
