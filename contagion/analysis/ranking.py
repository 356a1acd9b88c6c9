"""Which strategy does best, how sure that is, and what remains undecided.

Strategies are ranked within each replicate, under the same random numbers and the same draws of parameters. The rank of
a strategy is the mean over replicates, and its standard error says how far the ranking may still move.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from contagion._util.text import percent
from contagion.analysis.metrics import judged
from contagion.analysis.paired import (
    SAME,
    UNDECIDED,
    UNKNOWN,
    best_sentence,
    known_mean,
    paired_difference,
    verdict,
    wins,
)

REASONS = {
    UNDECIDED: "Undecided, the 90 % confidence interval of the mean difference holds zero",
    SAME: "No difference in any replicate",
}
LIKELY = 3  # strategies that words name as the likeliest best


def rank(dataset: xr.Dataset, outcome: str = "homicides") -> pd.DataFrame:
    """A row per strategy, the one with the least mean loss first.

    Columns: strategy, outcome, unit, mean, rank (mean over replicates of the place among all, 1 the best, ties shared),
    rank_error (its standard error), probability_best and its standard error probability_error; and against the strategy
    in the row below: margin (mean of the paired difference), margin_low, margin_high (90 % confidence interval) and
    verdict; and verdict_against_best, the verdict on the strategy against the one in the first row. Replicates in which
    the outcome of any strategy is unknown are left out. NaN where it takes more replicates. Verdicts are those of
    `contagion.analysis.paired`.

    Raises InputError for an outcome that does not say which is better.
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
        )
        if below is not None:
            margin = paired_difference(values[below], values[here], found.worse)
            row |= dict(margin=margin.mean, margin_low=margin.low, margin_high=margin.high)
        row["verdict"] = UNKNOWN if below is None else verdict(losses[here] - losses[below])
        row["verdict_against_best"] = UNKNOWN if here == order[0] else verdict(losses[here] - losses[order[0]])
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
    """The largest standard error of a rank in the table of `rank`; NaN with one replicate, 0 with one strategy."""
    return float(table["rank_error"].to_numpy().max())


def sentences(table: pd.DataFrame) -> list[str]:
    """What the table of `rank` says and what it leaves open, in words."""
    if len(table) < 2:
        return []
    if np.isnan(error(table)):
        return ["Which strategy is best is undecided: fewer than two replicates say nothing of chance."]
    first = table.iloc[0]
    names, outcome = table["strategy"].tolist(), str(first["outcome"]).replace("_", " ")
    best = best_sentence(names[0], dict(zip(names[1:], table["verdict_against_best"].tolist()[1:], strict=True)))
    found = [
        f"{best} in {outcome}: {_leaders(table)}.",
        f"The largest standard error of a mean rank is {error(table):.2f}.",
    ]
    pairs = dict(zip(pairwise(names), table["verdict"], strict=False))
    for word, reason in REASONS.items():
        if named := [f"{here} and {below}" for (here, below), of_pair in pairs.items() if of_pair == word]:
            found.append(f"{reason}: {'; '.join(named)}.")
    return found


def _leaders(table: pd.DataFrame) -> str:
    """Who comes first, and in which share of the replicates."""
    ordered = table.sort_values("probability_best", ascending=False, kind="stable")
    leaders = ordered.loc[ordered["probability_best"] > 0, :]
    if len(leaders) == 1:
        return f"{leaders['strategy'].iloc[0]} comes first in every replicate"
    named = leaders.head(LIKELY)[["strategy", "probability_best"]].itertuples(index=False)
    shares = ", ".join(f"{name} in {percent(share)}" for name, share in named)
    furthest = percent(float(table["probability_error"].to_numpy().max()))
    return f"of the replicates, {shares} come first (standard errors up to {furthest})"
