"""Ranking of strategies by an outcome, with standard errors and the verdict on neighbours in the ranking.

Strategies are ranked within each replicate, under the same random numbers and the same draws of parameters. The rank of
a strategy is the mean over replicates, and its standard error says how far the ranking may still move.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from contagion._util.language import label, say, worded
from contagion._util.text import enumerated, percent, sentence, significant
from contagion.analysis.metrics import judged
from contagion.analysis.paired import (
    SAME,
    UNDECIDED,
    UNKNOWN,
    best_sentence,
    idle,
    idle_sentence,
    known_mean,
    paired_difference,
    told,
    wins,
)

LIKELY = 3  # strategies that words name as the likeliest best
MOST = 1e6  # replicates above which no number of them is named


def rank(dataset: xr.Dataset, outcome: str = "homicides") -> pd.DataFrame:
    """Rank strategies by their mean loss in one outcome.

    Replicates in which the outcome of any strategy is unknown are left out of all columns. A strategy that equals the
    first one of the dataset in every replicate does nothing: it is not ranked, and comes last.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.
    outcome
        Name of an outcome of which more or less is better.

    Returns
    -------
    pandas.DataFrame
        One row per strategy, the lowest mean loss first: `mean` in the `unit` of the outcome; `acts`, false for those
        that do nothing, which have no rank, probability and margin; `rank` (mean over
        replicates of the place among all, 1 is best, ties shared) and its standard error `rank_error`;
        `probability_best` and its standard error `probability_error`; `margin`, the mean paired difference of the
        strategy in the row below, its 90 % confidence interval `margin_low` to `margin_high`, `verdict` on the strategy
        against the one in the row below, and where it is undecided roughly how many replicates would settle it,
        `replicates_needed`; `verdict_against_best`, that against the strategy in the first row.
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
    acts = ~idle(values)
    order = [*order[acts[order]], *order[~acts[order]]]
    ranks, best = np.full_like(losses, np.nan), np.full_like(losses, np.nan)
    ranks[acts], best[acts] = stats.rankdata(losses[acts], axis=0), wins(losses[acts])
    rows = []
    for here, below in pairwise([*order, None]):
        row = dict(
            strategy=str(dataset["strategy"].values[here]),
            outcome=outcome,
            unit=found.unit,
            mean=known_mean(values[here]),
            acts=bool(acts[here]),
            rank=known_mean(ranks[here]),
            rank_error=_error(ranks[here]),
            probability_best=known_mean(best[here]),
            probability_error=_error(best[here]),
            verdict=UNKNOWN,
            verdict_against_best=UNKNOWN,
        )
        if below is not None and acts[below]:
            margin = paired_difference(values[below], values[here], found.worse)
            row |= dict(margin=margin.mean, margin_low=margin.low, margin_high=margin.high)
            row["verdict"] = paired_difference(values[here], values[below], found.worse).verdict
            if row["verdict"] == UNDECIDED:
                row["replicates_needed"] = max(margin.replicates_needed, margin.replicates + 1)
        if here != order[0]:
            row["verdict_against_best"] = paired_difference(values[here], values[order[0]], found.worse).verdict
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *("strategy", "outcome", "unit", "mean", "acts", "rank", "rank_error", "probability_best", "probability_error"),
    *("margin", "margin_low", "margin_high", "verdict", "replicates_needed", "verdict_against_best"),
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
    errors = table["rank_error"].to_numpy()
    known = errors[~np.isnan(errors)]  # those of strategies that are ranked
    return float(known.max()) if known.size else np.nan


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
    outcome = outcome_name(str(table["outcome"].iloc[0]))
    ranked, still = table.loc[table["acts"], :], table.loc[~table["acts"], "strategy"].tolist()
    names = ranked["strategy"].tolist()
    verdicts = dict(zip(names[1:], ranked["verdict_against_best"].tolist()[1:], strict=True))
    best = best_sentence(names[0], verdicts, still)
    named = [idle_sentence(still, say("best.first"))] if still else []
    if len(names) < 2:
        return [say("rank.in_outcome", best=best, outcome=outcome), *named]
    if np.isnan(error(table)):
        return [say("rank.because", best=best, outcome=outcome, reason=say("best.too_few"))]
    found = [
        say("rank.because", best=best, outcome=outcome, reason=_leaders(ranked)),
        say("rank.error", error=f"{error(table):.2f}"),
    ]
    pairs = dict(zip(pairwise(names), ranked["verdict"], strict=False))
    for word in (UNDECIDED, SAME):
        if alike := [_pair(*pair) for pair, of_pair in pairs.items() if of_pair == word]:
            condition = say(f"condition.{word}")
            found.append(say("rank.alike", verdict=sentence(told(word)), condition=condition, pairs="; ".join(alike)))
    needed = ranked["replicates_needed"].tolist()
    open_pairs = {pair: count for pair, count in zip(pairs, needed, strict=False) if count == count}
    return [*found, *_settling(open_pairs), *named]


def _settling(needed: Mapping[tuple[str, str], float]) -> list[str]:
    """How many replicates would settle each undecided pair, in a sentence; none without such pairs."""
    pairs = [
        say("rank.about", pair=_pair(*pair), count=significant(count, 2))
        if count <= MOST
        else say("rank.million", pair=_pair(*pair))
        for pair, count in needed.items()
    ]
    return [say("rank.settle", pairs=enumerated(pairs))] if pairs else []


def _pair(here: str, below: str) -> str:
    return say("rank.pair", here=label(here), below=label(below))


def outcome_name(outcome: str) -> str:
    """What an outcome is called in a sentence."""
    return worded("outcome", outcome).replace("_", " ")


def _leaders(table: pd.DataFrame) -> str:
    """The strategies that are most often best, and in which share of replicates."""
    ordered = table.sort_values("probability_best", ascending=False, kind="stable")
    leaders = ordered.loc[ordered["probability_best"] > 0, :]
    if len(leaders) == 1:
        return say("rank.every", name=label(leaders["strategy"].iloc[0]))
    named = leaders.head(LIKELY)[["strategy", "probability_best"]].itertuples(index=False)
    shares = ", ".join(say("rank.share", name=label(name), share=percent(share)) for name, share in named)
    furthest = percent(float(table["probability_error"].to_numpy().max()))
    return say("rank.shares", shares=shares, error=furthest)
