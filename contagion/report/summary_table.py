"""The headline of the report: strategies side by side, homicides first, then what else they do and take."""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from contagion._util.text import PERCENT, UNKNOWN, between, number, percent
from contagion.analysis.cost_effect import DOMINATED
from contagion.analysis.over_time import visible
from contagion.report import html

INTERVAL = f"(90{PERCENT} interval)"  # over replicates
OF_THE_MEAN = f"(90{PERCENT} confidence interval of the mean)"


class Column(NamedTuple):
    """A heading, the outcome it is about, and the text of a cell from a row of the comparison."""

    heading: str
    outcome: str
    cell: Callable[[Any], str]
    needs: str = "mean"  # column of the comparison without which there is nothing to show


def _mean(decimals: int) -> Callable[[Any], str]:
    return lambda row: number(row["mean"], decimals)


def _averted(decimals: int) -> Callable[[Any], str]:
    """Homicides averted per what is spent; who spends more and averts none is dominated."""
    return lambda row: DOMINATED if row["mean"] <= 0 else between(row["mean"], row["q05"], row["q95"], decimals)


def _change(row: Any) -> str:
    """Mean change in per cent of the first strategy's mean, with its confidence interval; none for the first."""
    usual = row["mean"] - row["difference"]
    if math.isnan(row["probability_better"]) or not usual:
        return UNKNOWN
    scale = 100 / usual
    return between(row["difference"] * scale, row["expected_low"] * scale, row["expected_high"] * scale, 1, "+")


def _within(ensemble: str) -> Callable[[Any], str]:
    """Mean change in one of two ensembles, with its interval over replicates."""
    middle, low, high = (f"{ensemble}_percent{end}" for end in ("", "_q05", "_q95"))
    return lambda row: between(row[middle], row[low], row[high], 1, "+")


def _share(name: str) -> Callable[[Any], str]:
    return lambda row: UNKNOWN if math.isnan(row[name]) else percent(row[name]).removesuffix(" %")


def _time(row: Any) -> str:
    """Median time over replicates, and in how many it was seen within the run; none for the first strategy."""
    if math.isnan(row["probability_better"]):
        return UNKNOWN
    return visible(row["median"], row["seen"], row["weeks"])


HOMICIDES = (
    Column("Homicides", "homicides", _mean(0)),
    Column("Per 100,000 residents and year", "homicide_rate", _mean(1)),
    Column(f"Change in homicides, % {OF_THE_MEAN}", "homicides", _change),
    Column("Verdict", "homicides", lambda row: row["verdict"] or UNKNOWN),
    Column(f"By chance alone, % {INTERVAL}", "homicides", _within("chance"), "drawn_percent"),
    Column(f"With unknown numbers drawn, % {INTERVAL}", "homicides", _within("drawn"), "drawn_percent"),
    Column(f"Fewer, in{PERCENT} of replicates", "homicides", _share("probability_better")),
    Column(f"Fewest, in{PERCENT} of replicates", "homicides", _share("probability_best")),
    Column("Regret", "regret", _mean(0)),
)
ELSE = (
    Column("Cost, million dollars", "cost", _mean(0)),
    Column("Personnel-years", "personnel_years", _mean(0)),
    Column(
        f"Homicides averted per 1,000 personnel-years {INTERVAL}",
        "averted_per_1000_personnel_years",
        _averted(1),
    ),
    Column(f"Homicides averted per million dollars {INTERVAL}", "averted_per_million_dollars", _averted(2)),
    Column("Violent places at the end", "violent_places_at_end", _mean(0)),
    Column("Trust at the end, 0 to 1", "trust_at_end", _mean(3)),
    Column("Weeks to the first visible result", "time_to_visible_result", _time),
    Column("Share of residents made worse", "residents_made_worse", _mean(2)),
)
NOTES = {  # of outcomes that their headings do not explain
    "regret": "Regret: homicides beyond those under the best strategy of each replicate.",
    "time_to_visible_result": (
        "A result is visible at the end of the first quarter with 5 % fewer homicides than under {first}; the median "
        "is over all replicates, also those in which none was seen within the run."
    ),
    "residents_made_worse": "Made worse: in places with more homicides than under {first}.",
    "cost": "Cost is beyond the forces of the start.",
    "averted_per_million_dollars": (
        "Averted are homicides fewer than under {first}, per person-year or dollar more than under it; unknown where "
        "less than one person-year or one million dollars more is spent, dominated where that averts none."
    ),
    "violent_places_at_end": "Violent is above 26 homicides per 100,000 residents and year.",
}


def headline(table: pd.DataFrame, weeks: int) -> str:
    """Two tables of strategies, with those columns whose outcomes the comparison of a run of so many weeks has."""
    table = table.assign(weeks=weeks)
    first = str(table["strategy"].iloc[0])
    known = set(table["outcome"])
    parts = [
        _table("Homicides over the run", HOMICIDES, table),
        _table("What else changes, and what it takes", ELSE, table),
    ]
    notes = [words.format(first=first) for outcome, words in NOTES.items() if outcome in known]
    return "\n".join([*parts, f'<p class="small">{escape(" ".join(notes))}</p>'])


def _table(caption: str, columns: Sequence[Column], table: pd.DataFrame) -> str:
    headings, lines = cells(columns, table)
    return html.table(caption, headings, lines.items())


def cells(columns: Sequence[Column], table: pd.DataFrame) -> tuple[list[str], dict[str, list[str]]]:
    """Headings and, by strategy, cells of those columns whose outcomes the comparison has."""
    rows = table.set_index(["outcome", "strategy"])
    outcomes = rows.index.get_level_values("outcome")
    known = [column for column in columns if column.outcome in outcomes and column.needs in rows]
    strategies = list(dict.fromkeys(rows.index.get_level_values("strategy")))
    lines = {
        strategy: [column.cell(rows.loc[(column.outcome, strategy)]) for column in known] for strategy in strategies
    }
    return ["Strategy", *(column.heading for column in known)], lines
