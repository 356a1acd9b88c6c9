"""What strategies cost beside what they avert: intervals, dominance, and net benefit where a life has a value."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xarray import Dataset

from contagion._util.language import label, say
from contagion._util.text import enumerated, in_replicates, significant
from contagion.analysis.assumptions.robustness import dominates
from contagion.analysis.finding import Finding
from contagion.analysis.paired import mean_interval
from contagion.errors import InputError
from contagion.kernel.units import WEEKS_OF_YEAR

LEAST = 1.0  # million dollars more than under the first strategy, below which nothing is divided by cost


def cost_effect_table(
    dataset: Dataset, discount_rate: float | None = None, value_of_life: float | None = None
) -> pd.DataFrame:
    """Cost of each strategy and homicides averted, both against the first strategy in the same replicate.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.
    discount_rate
        Per year, 0 to 1: what happens t years after the start counts 1 / (1 + rate)^t, money and lives alike; None for
        no discounting.
    value_of_life
        Million dollars that a homicide averted is worth; None for no net benefit.

    Returns
    -------
    pandas.DataFrame
        One row per strategy: mean `cost` beyond that of the first strategy over the run, million dollars, mean
        `averted`, homicides, and with value_of_life the mean `net_benefit`, million dollars, each with the 90 %
        confidence interval of the mean `_low` to `_high` and the 90 % interval over replicates `_q05` to `_q95`;
        `beneficial`, the share of replicates in which the net benefit is above zero; `dominated_by`, the strategies
        that in means avert no fewer at no more cost, and are better in one; and, where no strategy dominates it and at
        least one million dollars more is spent, `averted_per_million`, the ratio of the means; `discount_rate`.

    Raises
    ------
    InputError
        If the discount rate or the value of a life make no sense.
    """
    if discount_rate is not None and not 0 <= discount_rate <= 1:
        raise InputError(f"discount_rate={discount_rate}: must be a share per year from 0 to 1")
    if value_of_life is not None and not (np.isfinite(value_of_life) and value_of_life > 0):
        raise InputError(f"value_of_life={value_of_life}: must be million dollars above 0")
    cost = changes(dataset, "spending", discount_rate or 0.0)
    averted = 0.0 - changes(dataset, "homicides_total", discount_rate or 0.0)  # of nothing 0 and not -0
    dominated = dominates(np.stack([cost.mean(axis=1), -averted.mean(axis=1)]))
    strategies = [str(name) for name in dataset["strategy"].values]
    rows = []
    for index, strategy in enumerate(strategies):
        by = [name for name, over in zip(strategies, dominated[:, index], strict=True) if over]
        row: dict[str, Any] = dict(
            strategy=strategy, **_spread("cost", cost[index]), **_spread("averted", averted[index])
        )
        if value_of_life is not None:
            benefit = value_of_life * averted[index] - cost[index]
            row |= _spread("net_benefit", benefit) | dict(beneficial=float((benefit > 0).mean()))
        per_million = row["averted"] / row["cost"] if row["cost"] >= LEAST and not by else np.nan
        rows.append(row | dict(dominated_by=", ".join(by), averted_per_million=per_million))
    return pd.DataFrame(rows).assign(discount_rate=discount_rate or 0.0)


def changes(dataset: Dataset, name: str, discount_rate: float) -> NDArray[np.float64]:
    """A recorded variable over the run less that under the first strategy, discounted [strategy, replicate]."""
    weeks = dataset["weeks"].values
    years = (weeks.cumsum() - weeks / 2) / WEEKS_OF_YEAR  # at the middle of each period
    values = dataset[name].transpose("strategy", "replicate", "time").values.astype(np.float64)
    over_run = values @ (1 + discount_rate) ** -years
    return over_run - over_run[:1]


def _spread(name: str, values: NDArray[np.float64]) -> dict[str, float]:
    """Mean of a number over replicates, and its two intervals."""
    low, high = mean_interval(values)
    q05, q95 = np.quantile(values, [0.05, 0.95])
    return {name: values.mean(), f"{name}_low": low, f"{name}_high": high, f"{name}_q05": q05, f"{name}_q95": q95}


def finding(table: pd.DataFrame) -> Finding:
    """What the `table` of `cost_effect_table` says, in sentences and with intervals over replicates."""
    first, *others = table.to_dict("records")
    name = label(first["strategy"])
    sentences = [*(_said(row, name) for row in others), say("cost.note", first=name)]
    if rate := first["discount_rate"]:
        sentences.append(say("cost.discounted", rate=significant(100 * rate)))
    columns = {
        say("page.strategy"): [label(row["strategy"]) for row in others],
        say("cost.cost"): [_with_interval(row, "cost") for row in others],
        say("cost.averted"): [_with_interval(row, "averted") for row in others],
        say("cost.per_million"): [_ratio(row) for row in others],
    }
    if "net_benefit" in table:
        columns[say("cost.net_benefit")] = [_with_interval(row, "net_benefit") for row in others]
    return Finding(say("cost.heading"), sentences, pd.DataFrame(columns))


def _said(row: dict[str, Any], first: str) -> str:
    """A strategy in a sentence."""
    cost, averted = row["cost"], row["averted"]
    spending = "cost.as_much" if abs(cost) < LEAST else "cost.saves" if cost < 0 else "cost.costs"
    doing = "cost.averts" if averted > 0 else "cost.adds" if averted else "cost.averts_none"
    spends = say(spending, count=significant(abs(cost), 2), first=first)
    does = say(doing, count=significant(abs(averted), 2))
    words = say("cost.sentence", strategy=label(row["strategy"]), spends=spends, does=does)
    if row["dominated_by"]:
        words += say("cost.dominated_by", names=enumerated(map(label, row["dominated_by"].split(", "))))
    elif row["averted_per_million"] == row["averted_per_million"]:
        words += say("cost.ratio", count=significant(row["averted_per_million"], 2))
    if "net_benefit" in row:
        benefit = significant(row["net_benefit"], 2, "+")
        words += say("cost.benefit", count=benefit, share=in_replicates(row["beneficial"]))
    return f"{words}."


def _ratio(row: dict[str, Any]) -> str:
    if row["dominated_by"]:
        return say("cost.dominated")
    ratio = row["averted_per_million"]
    return significant(ratio, 2) if ratio == ratio else say("cost.no_more")


def _with_interval(row: dict[str, Any], name: str) -> str:
    middle, low, high = (significant(row[key], 2) for key in (name, f"{name}_q05", f"{name}_q95"))
    return say("text.interval", middle=middle, low=low, high=high)
