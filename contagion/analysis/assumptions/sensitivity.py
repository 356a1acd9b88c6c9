"""Which assumed numbers decide what a strategy changes, from the draws of a run itself.

No further simulation: the draws of the parameters and what came of them are enough (given-data analysis, Plischke
2010). What chance alone would show is measured on the same numbers, and what is not above it is called undetermined.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.signal import periodogram
from scipy.stats import rankdata

from contagion._util.language import label, reason, say, worded
from contagion._util.text import enumerated, percent, significant
from contagion.analysis.assumptions.robustness import OBJECTIVES, values_of
from contagion.analysis.finding import Finding
from contagion.analysis.metrics import OUTCOMES
from contagion.analysis.select import choose
from contagion.errors import InputError

LEAST = 64  # replicates: with fewer, only what explains more than a third of the variance is told from chance
# Four harmonics hold 99.8 % of the variance of a straight line and 90 % of that of a step; each adds noise of 2 / n.
HARMONICS = 4
RESAMPLES = 100  # of the bootstrap
SHUFFLES = 10_000  # of an output, to see what chance alone does
CHANCE = 0.05  # that any parameter of an output is called determined where none matters
THIRDS = 3
ROUNDING = 1e-9  # relative, of sums in another order
BLOCK = 2**22  # numbers shuffled at a time
NAMED = 3  # parameters in a sentence
NOT_COMPUTED = "not computed: "  # verdict, before the reason
# fmt: off
COLUMNS = [
    "strategy", "quantity", "outcome", "unit", "replicates", "parameter", "index", "index_low", "index_high",
    "index_floor", "mean", "low_third", "high_third", "low_limit", "high_limit", "effect", "effect_floor", "verdict",
]


# fmt: on


class Output(NamedTuple):
    """A number per replicate whose spread is to be explained."""

    strategy: str
    quantity: str  # difference from the first strategy, or rank
    outcome: str
    unit: str
    values: NDArray[np.float64]  # (replicate,), NaN where unknown


def sensitivity_table(dataset: xr.Dataset, outcomes: Sequence[str] = tuple(OBJECTIVES), seed: int = 0) -> pd.DataFrame:
    """How much of the variance of each output each drawn parameter explains.

    The table has a row for each output and parameter. Outputs are the `difference` of each of `outcomes` from the first
    strategy in the same replicate, and the `rank` of each strategy by homicides, 1 being fewest. Columns: strategy,
    quantity, outcome, unit, parameter, replicates; `index`, the first-order index of Sobol, Var(E[y|x]) / Var(y), from
    the given draws (RBD-FAST of SALib: Tarantola et al. 2006, Plischke 2010, corrected for bias after Tissot and Prieur
    2012); `index_low` and `index_high`, where it is determined, its 90 % interval, by bootstrap; `mean` of the output;
    `low_third` and `high_third`, its means over the thirds of draws in which the parameter is lowest, below
    `low_limit`, and highest, above `high_limit`; `effect`, high minus low; `index_floor` and `effect_floor`, below
    which chance stays; `verdict`.

    A parameter is `determined` where its index or its effect is above the floor, else `undetermined`, which does not
    say that it does not matter. Floors come from shuffled outputs (permutation) under Bonferroni's correction: where
    nothing matters, the chance that any parameter of an output is called determined is at most 5 %. Of parameters drawn
    jointly, each index holds what it shares with others. What cannot be computed has no parameter and says why.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    outcomes
        Names of `OUTCOMES`.
    seed
        Of permutations and the bootstrap.

    Returns
    -------
    pandas.DataFrame
        The table described above.

    Raises
    ------
    InputError
        If an outcome is unknown, or no parameter is drawn.
    """
    names, drawn = parameters(dataset)
    rows: list[dict[str, Any]] = []
    for number, output in enumerate(outputs(dataset, [choose("outcome", name, OUTCOMES) for name in outcomes])):
        known = ~np.isnan(output.values)
        words = {**output._asdict(), "replicates": int(known.sum())}
        values = words.pop("values")[known]
        if why := obstacle(values) or ("" if names else "no parameter varies"):
            rows.append(words | dict(parameter="", verdict=NOT_COMPUTED + why))
        else:
            found = explain(drawn[known], values, [seed, number])
            columns = dict(parameter=names) | found
            rows += [words | dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def parameters(dataset: xr.Dataset) -> tuple[list[str], NDArray[np.float64]]:
    """The parameters that vary between replicates, by name, and their values [replicate, parameter]."""
    if "drawn" not in dataset:
        raise InputError("the run has no parameters drawn per replicate; draw them with ensemble.priors=on")
    drawn = dataset["drawn"].transpose("replicate", "parameter").to_numpy().astype(np.float64)
    varied = np.ptp(drawn, axis=0) > 0
    return [str(name) for name in dataset["parameter"].values[varied]], drawn[:, varied]


def outputs(dataset: xr.Dataset, outcomes: Sequence[str]) -> Iterator[Output]:
    """Differences from the first strategy, and ranks."""
    strategies = [str(name) for name in dataset["strategy"].values]
    for outcome in outcomes:
        values = values_of(dataset, outcome)
        for index, strategy in enumerate(strategies[1:], start=1):
            yield Output(strategy, "difference", outcome, OUTCOMES[outcome].unit, values[index] - values[0])
    ranks = rankdata(values_of(dataset, "homicides"), axis=0)
    for index, strategy in enumerate(strategies):
        yield Output(strategy, "rank", "homicides", f"1 to {len(strategies)}", ranks[index])


def obstacle(values: NDArray[np.float64]) -> str:
    """Why the spread of `values` [replicate] cannot be explained; empty if it can."""
    if len(values) < LEAST:
        return f"of {LEAST} replicates that it takes there are {len(values)}"
    return "the same in all replicates" if np.ptp(values) <= ROUNDING * np.abs(values).max() else ""


def explain(drawn: NDArray[np.float64], values: NDArray[np.float64], seed: Sequence[int]) -> dict[str, NDArray]:
    """The columns of `sensitivity_table` for one output.

    Parameters
    ----------
    drawn
        Parameters [replicate, parameter], each of which varies.
    values
        The output [replicate].
    seed
        Of permutations and the bootstrap.
    """
    generator = np.random.default_rng(seed)
    size, count = len(values) // THIRDS, drawn.shape[1]
    order = np.argsort(drawn, axis=0, kind="stable")
    low, high = values[order[:size]].mean(axis=0), values[order[-size:]].mean(axis=0)
    limits = np.quantile(drawn, [1 / THIRDS, 1 - 1 / THIRDS], axis=0)
    index, _ = _first_order(drawn, values, 2, generator)
    chances = np.concatenate([chance(block, size) for block in _shuffled(values, generator)], axis=1)
    floors = np.quantile(chances, 1 - CHANCE / len(chances) / count, axis=1)
    floors *= 1 + ROUNDING  # an output with few values has few possible effects, of which one may be the floor
    determined = (index > floors[0]) | (np.abs(high - low) > floors[1])
    width = np.full(count, np.nan)
    _, width[determined] = _first_order(drawn[:, determined], values, RESAMPLES, generator)
    return dict(
        index=index,
        index_low=index - width,
        index_high=index + width,
        index_floor=np.full(count, floors[0]),
        mean=np.full(count, values.mean()),
        low_third=low,
        high_third=high,
        low_limit=limits[0],
        high_limit=limits[1],
        effect=high - low,
        effect_floor=np.full(count, floors[1]),
        verdict=np.where(determined, "determined", "undetermined"),
    )


def _first_order(
    drawn: NDArray[np.float64], values: NDArray[np.float64], resamples: int, generator: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First-order indices [parameter] and half their 90 % intervals; a resample takes as long as the index."""
    from SALib.analyze import rbd_fast  # which takes long to import

    problem = dict(num_vars=drawn.shape[1], names=None)
    with np.errstate(invalid="ignore"):  # a resample may hold one value alone: then there is no interval
        found = rbd_fast.analyze(problem, drawn, values, HARMONICS, resamples, conf_level=0.9, seed=generator)
    # Resamples are of half the replicates, which spreads them wider by the root of 2.
    return np.array(found["S1"], float), np.array(found["S1_conf"], float) / np.sqrt(2)


def _shuffled(values: NDArray[np.float64], generator: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    """The values in `SHUFFLES` random orders [shuffle, replicate], some at a time."""
    most = max(1, BLOCK // len(values))
    for start in range(0, SHUFFLES, most):
        yield generator.permuted(np.tile(values, (min(most, SHUFFLES - start), 1)), axis=1)


def chance(shuffled: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Index, and size of the effect between thirds of `size`, of a parameter that does not matter [2, shuffle].

    Sorting replicates by such a parameter is the same as shuffling them: what SALib computes of one order, this does of
    all at once.
    """
    from SALib.analyze.rbd_fast import unskew_S1

    _, power = periodogram(shuffled)
    share = power[:, 1 : HARMONICS + 1].sum(axis=1) / power[:, 1:].sum(axis=1)
    effect = np.abs(shuffled[:, :size].mean(axis=1) - shuffled[:, -size:].mean(axis=1))
    return np.stack([unskew_S1(share, HARMONICS, shuffled.shape[1]), effect])


def finding(table: pd.DataFrame) -> Finding:
    """What the `table` of `sensitivity_table` says, in sentences, and what is determined."""
    rows = table.to_dict("records")
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        if row["quantity"] == "rank" or row["outcome"] == rows[0]["outcome"]:
            groups.setdefault((_quantity(row), label(row["strategy"])), []).append(row)
    sentences = [
        say("sensitive.sentence", changed=changed, strategy=strategy, what=_decided(group))
        for (changed, strategy), group in groups.items()
    ]
    computed = [row for row in rows if row["parameter"]]
    if computed:
        floor = max(row["index_floor"] for row in computed)
        replicates = f"{computed[0]['replicates']:,}"
        sentences += [say("sensitive.signs"), say("sensitive.floor", replicates=replicates, share=percent(floor))]
    determined = [row for row in computed if row["verdict"] == "determined"]
    return Finding(say("sensitive.heading"), sentences, pd.DataFrame([_shown(row) for row in determined]))


def _quantity(row: dict) -> str:
    """What a parameter may decide, in words."""
    if row["quantity"] != "difference":
        return say("sensitive.rank")
    return say("sensitive.change_in", outcome=worded("outcome", row["outcome"]).replace("_", " "))


def _shown(row: dict) -> dict[str, str]:
    """A row of the table as a page shows it."""
    middle, low, high = (significant(row[name], 2) for name in ("index", "index_low", "index_high"))
    return {
        say("page.strategy"): label(row["strategy"]),
        say("sensitive.quantity"): _quantity(row),
        say("sensitive.name"): row["parameter"],
        say("sensitive.index"): say("text.interval", middle=middle, low=low, high=high),
        say("sensitive.effect"): significant(row["effect"], 2, "+"),
    }


def _decided(rows: list[dict]) -> str:
    """What decides one output, as the rest of a sentence."""
    if not rows[0]["parameter"]:
        return say("sensitive.not_computed", reason=reason(rows[0]["verdict"].removeprefix(NOT_COMPUTED)))
    told = sorted((row for row in rows if row["verdict"] == "determined"), key=lambda row: -row["index"])
    if not told:
        return say("sensitive.undetermined")
    shown = [
        say(
            "sensitive.parameter",
            name=row["parameter"],
            share=percent(max(row["index"], 0)),
            effect=significant(row["effect"], 2, "+"),
        )
        for row in told[:NAMED]
    ]
    more = [say("sensitive.more", count=len(told) - NAMED)] if len(told) > NAMED else []
    return say("sensitive.depends", parameters=enumerated([*shown, *more]))
