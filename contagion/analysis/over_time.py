"""When differences between strategies show: by year of the run and cumulative, and from which date on they last."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xarray import DataArray, Dataset

from contagion._util.language import ENGLISH, dated, label, say, speaking
from contagion._util.text import PERCENT, enumerated, in_replicates, number, sentence, significant
from contagion.analysis.by_state import WHOLE
from contagion.analysis.finding import Finding
from contagion.analysis.metrics import OUTCOMES
from contagion.analysis.paired import SAME, idle, idle_sentence, paired_difference, time_quantile, told
from contagion.analysis.select import MOST_YEARS, year_end, year_name, years_of
from contagion.errors import InputError
from contagion.simulation.schema import BY_STATE

IN_YEAR, CUMULATIVE = "in the year", "cumulative"


def differences_by_year(dataset: Dataset) -> pd.DataFrame:
    """Paired difference in homicides from the first strategy, in each year of the run and from its start to then.

    Years are twelve months each from the first period on; the last one may be shorter.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.

    Returns
    -------
    pandas.DataFrame
        One row per strategy but the first, area (the whole region, then provinces where there are several), year and
        `span` (in the year, or cumulative: from the start to the end of the year), with `weeks`, the number of weeks
        in the span, and in persons `homicides` (mean over replicates), the mean `difference` from the first strategy
        in the same replicate, its 90 % confidence interval `expected_low` to `expected_high`, the 90 % interval over
        replicates `difference_q05` to `difference_q95`, `difference_percent`, `probability_better` (share of
        replicates, ties count one half) and `verdict`.

    Raises
    ------
    InputError
        If the dataset has no homicides by state.
    """
    with speaking(ENGLISH):  # tables are data
        names, weeks, areas, values = _by_year(dataset)
    strategies = [str(name) for name in dataset["strategy"].values]
    spans = {IN_YEAR: (weeks, values), CUMULATIVE: (weeks.cumsum(), values.cumsum(axis=0))}
    rows = []
    for index, strategy in enumerate(strategies[1:], start=1):
        for at, area in enumerate(areas):
            for year, name in enumerate(names):
                for span, (length, homicides) in spans.items():
                    first, own = homicides[year, 0, :, at], homicides[year, index, :, at]
                    row = dict(strategy=strategy, area=area, year=name, span=span, weeks=int(length[year]))
                    rows.append(row | paired_columns(own, first))
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *("strategy", "area", "year", "span", "weeks", "homicides", "difference", "expected_low", "expected_high"),
    *("difference_q05", "difference_q95", "difference_percent", "probability_better", "verdict"),
]


def paired_columns(own: NDArray[np.float64], first: NDArray[np.float64]) -> dict[str, Any]:
    """Columns of a comparison of homicides with those under the first strategy, both [replicate]."""
    paired = paired_difference(own, first, 1)
    usual = first.mean()
    return dict(
        homicides=own.mean(),
        difference=paired.mean,
        expected_low=paired.low,
        expected_high=paired.high,
        difference_q05=paired.q05,
        difference_q95=paired.q95,
        difference_percent=100 * paired.mean / usual if usual else np.nan,
        probability_better=paired.probability_better,
        verdict=paired.verdict,
    )


def _by_year(dataset: Dataset) -> tuple[list[str], NDArray[np.integer], list[str], NDArray[np.float64]]:
    """Names of years, weeks of each [year], areas, and homicides [year, strategy, replicate, area]."""
    stored = by_province_and_time(dataset).transpose("time", "strategy", "replicate", "province")
    numbers = years_of(dataset)
    parts = [np.flatnonzero(numbers == year) for year in range(numbers[-1] + 1)]
    names = [year_name(dataset[["weeks"]].isel(time=part)) for part in parts]
    weeks = np.array([int(dataset["weeks"].values[part].sum()) for part in parts])
    values = np.stack([stored.values[part].sum(axis=0) for part in parts])
    areas, whole = [WHOLE], values.sum(axis=-1, keepdims=True)
    if stored.sizes["province"] == 1:
        return names, weeks, areas, whole
    return names, weeks, [*areas, *map(str, stored["province"].values)], np.concatenate([whole, values], axis=-1)


def _year_ends(dataset: Dataset) -> list[str]:
    """What each year of the run ends with."""
    numbers = years_of(dataset)
    return [year_end(dataset[["weeks"]].isel(time=numbers == year)) for year in range(numbers[-1] + 1)]


def by_province_and_time(dataset: Dataset) -> DataArray:
    """Homicides of each province and period, in memory; InputError where a run has none."""
    if BY_STATE not in dataset:
        raise InputError(f"the run has no {BY_STATE}, homicides of every replicate and state; simulate it anew")
    return dataset[BY_STATE].astype(float).compute()


def break_even(dataset: Dataset) -> pd.DataFrame:
    """From which date on cumulative homicides stay below those under the first strategy.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.

    Returns
    -------
    pandas.DataFrame
        One row per strategy but the first: `acts`, false where it equals the first in every replicate; `break_even`,
        the first day of the period from whose end on the mean cumulative difference from the first strategy is below
        zero to the end of the run, NaT where it is not at the end; `weeks` to the end of that period; and
        `broken_even`, the share of replicates whose cumulative difference is below zero at the end.
    """
    totals = dataset["homicides_total"].transpose("strategy", "replicate", "time").values.astype(np.float64)
    still = idle(totals.sum(axis=-1))
    running = (totals - totals[:1]).cumsum(axis=-1)
    ends = dataset["weeks"].values.cumsum()
    rows = []
    for index, strategy in enumerate(dataset["strategy"].values.tolist()):
        if not index:
            continue
        above = np.flatnonzero(running[index].mean(axis=0) >= 0)
        since = above[-1] + 1 if above.size else 0
        reached = since < len(ends)
        row = dict(
            strategy=str(strategy),
            acts=not still[index],
            break_even=pd.Timestamp(dataset["time"].values[since]) if reached else pd.NaT,
            weeks=float(ends[since]) if reached else np.nan,
            broken_even=float((running[index][:, -1] < 0).mean()),
        )
        rows.append(row)
    return pd.DataFrame(rows, columns=["strategy", "acts", "break_even", "weeks", "broken_even"])


def turns(dataset: Dataset) -> list[tuple[str, str]]:
    """Strategy with fewest cumulative homicides at the end of each year, where it changes.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.

    Returns
    -------
    list of tuple
        Year from which on a strategy has the lowest mean, and its name; the first entry is that of the first year.
        Strategies that equal the first one in every replicate do not count, nor do years in which all are equal.
    """
    names, _, _, values = _by_year(dataset)
    running = values[..., 0].cumsum(axis=0)
    acts = np.flatnonzero(~idle(running[-1]))
    strategies = dataset["strategy"].values.tolist()
    means = running[:, acts].mean(axis=-1)
    told = np.flatnonzero(np.ptp(means, axis=1) > 0)
    leaders = [(names[year], str(strategies[acts[means[year].argmin()]])) for year in told]
    return [next(group) for _, group in groupby(leaders, key=lambda leader: leader[1])]


def finding(dataset: Dataset, table: pd.DataFrame, even: pd.DataFrame) -> Finding:
    """What `differences_by_year` and `break_even` say of the whole region, in sentences, and cumulative by year."""
    first, records = label(str(dataset["strategy"].values[0])), even.to_dict("records")
    still = [row["strategy"] for row in records if not row["acts"]]
    sentences = [
        *_turning(dataset),
        *even_sentences([row for row in records if row["acts"]], first, int(dataset["weeks"].sum())),
    ]
    sentences += [words for words in (_visible(dataset, still), idle_sentence(still, first)) if words]
    if dataset.sizes["replicate"] == 1:
        sentences.append(f"{sentence(say('best.too_few'))}.")
    years = list(dict.fromkeys(table["year"]))
    ends = _year_ends(dataset)
    shown = np.unique(np.linspace(0, len(years) - 1, min(len(years), MOST_YEARS)).round().astype(int))
    headings = {years[year]: say("when.to_end", year=ends[year]) for year in shown}
    lines: dict[str, dict[str, str]] = {}
    for row in table.to_dict("records"):
        if (
            (row["area"], row["span"]) == (WHOLE, CUMULATIVE)
            and row["strategy"] not in still
            and row["year"] in headings
        ):
            line = lines.setdefault(row["strategy"], {say("page.strategy"): label(row["strategy"])})
            line[headings[row["year"]]] = _cell(row)
    return Finding(say("when.heading"), sentences, pd.DataFrame(list(lines.values())))


def _cell(row: dict[Any, Any]) -> str:
    """A cumulative change with its confidence interval and verdict."""
    if row["verdict"] == SAME or np.isnan(row["difference_percent"]):
        return told(row["verdict"])
    scale = row["difference_percent"] / row["difference"] if row["difference"] else 0.0
    low, high = row["expected_low"] * scale, row["expected_high"] * scale
    change = f"{number(row['difference_percent'], 1, '+')}{PERCENT}"
    if not np.isnan(low):
        change = say("text.interval", middle=change, low=number(low, 1, "+"), high=number(high, 1, "+"))
    return f"{change}, {told(row['verdict'])}"


def _turning(dataset: Dataset) -> list[str]:
    """Where the strategy with fewest cumulative homicides changes."""
    found = turns(dataset)
    if len(found) < 2:
        return []
    said = [
        say("when.turn", year=year, before=label(before), after=label(after))
        for (_, before), (year, after) in pairwise(found)
    ]
    return [say("when.turns", turns=enumerated(said))]


def even_sentences(rows: Sequence[dict[Any, Any]], first: str, weeks: int) -> list[str]:
    """From when on each strategy of `rows` of `break_even` is ahead, one sentence each."""
    said = []
    for row in rows:
        named = dict(strategy=label(row["strategy"]), first=first, share=in_replicates(row["broken_even"]))
        if pd.isna(row["break_even"]):
            said.append(say("when.never", **named, weeks=f"{weeks:,}"))
            continue
        since = dict(month=dated(row["break_even"], "month"), week=f"{row['weeks']:,.0f}")
        said.append(say("when.even", **named, **since))
    return said


def _visible(dataset: Dataset, still: Sequence[str]) -> str:
    """When a result of each strategy can be seen, and in how many replicates."""
    outcome = OUTCOMES["time_to_visible_result"].of(dataset).transpose("strategy", "replicate").values
    weeks = int(dataset["weeks"].sum())
    words = [
        f"{label(strategy)} {visible(time_quantile(times, 0.5), float(np.isfinite(times).mean()), weeks)}"
        for strategy, times in zip(dataset["strategy"].values.tolist()[1:], outcome[1:], strict=True)
        if strategy not in still
    ]
    return say("when.visible", strategies="; ".join(words)) if words else ""


def visible(median: float, seen: float, weeks: int) -> str:
    """Weeks to a visible result in words: the median over all replicates, and the share that sees one."""
    none = say("when.none_within", weeks=f"{weeks:,}")
    if not seen:
        return none
    middle = significant(median, 3) if np.isfinite(median) else none
    return say("when.seen", middle=middle, share=in_replicates(seen))
