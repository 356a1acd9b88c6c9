"""The headline of the report: strategies side by side, homicides first, then what else they do and take."""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from contagion._util.language import about, group, label, say
from contagion._util.text import UNKNOWN, between, number, percent
from contagion.analysis.over_time import visible
from contagion.analysis.paired import told
from contagion.report import html


class Column(NamedTuple):
    """The key of a heading, the outcome it is about, and the text of a cell from a row of the comparison."""

    key: str
    outcome: str
    cell: Callable[[Any], str]
    needs: str = "mean"  # column of the comparison without which there is nothing to show


def _mean(decimals: int) -> Callable[[Any], str]:
    return lambda row: number(row["mean"], decimals)


def _averted(decimals: int) -> Callable[[Any], str]:
    """Homicides averted per what is spent; who spends more and averts none is dominated."""
    return lambda row: (
        say("cost.dominated") if row["mean"] <= 0 else between(row["mean"], row["q05"], row["q95"], decimals)
    )


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
    Column("headline.homicides", "homicides", _mean(0)),
    Column("headline.rate", "homicide_rate", _mean(1)),
    Column("headline.change", "homicides", _change),
    Column("page.verdict", "homicides", lambda row: told(row["verdict"]) or UNKNOWN),
    Column("headline.chance", "homicides", _within("chance"), "drawn_percent"),
    Column("headline.drawn", "homicides", _within("drawn"), "drawn_percent"),
    Column("page.fewer", "homicides", _share("probability_better")),
    Column("page.fewest", "homicides", _share("probability_best")),
    Column("headline.regret", "regret", _mean(0)),
)
ELSE = (
    Column("headline.cost", "cost", _mean(0)),
    Column("headline.personnel", "personnel_years", _mean(0)),
    Column("headline.per_personnel", "averted_per_1000_personnel_years", _averted(1)),
    Column("headline.per_dollars", "averted_per_million_dollars", _averted(2)),
    Column("headline.violent", "violent_places_at_end", _mean(0)),
    Column("headline.trust", "trust_at_end", _mean(3)),
    Column("headline.weeks", "time_to_visible_result", _time),
    Column("headline.worse", "residents_made_worse", _mean(2)),
)


def headline(table: pd.DataFrame, weeks: int) -> str:
    """Two tables of strategies, with those columns whose outcomes the comparison of a run of so many weeks has."""
    table = table.assign(weeks=weeks)
    first = str(table["strategy"].iloc[0])
    known = set(table["outcome"])
    parts = [
        _table(say("headline.homicides_table"), HOMICIDES, table),
        _described(list(dict.fromkeys(table["strategy"]))),
        _table(say("headline.else_table"), ELSE, table),
    ]
    notes = [words.format(first=label(first)) for outcome, words in group("note").items() if outcome in known]
    return "\n".join([*parts, f'<p class="small">{escape(" ".join(notes))}</p>'])


def _described(strategies: Sequence[str]) -> str:
    """What each strategy does, of those that the catalogue describes."""
    terms = [(label(name), about(name)) for name in strategies if about(name)]
    lines = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(words)}</dd></div>" for name, words in terms)
    return f'<dl class="small">{lines}</dl>' if terms else ""


def _table(caption: str, columns: Sequence[Column], table: pd.DataFrame) -> str:
    headings, lines = cells(columns, table)
    return html.table(caption, headings, [(label(name), each) for name, each in lines.items()])


def cells(columns: Sequence[Column], table: pd.DataFrame) -> tuple[list[str], dict[str, list[str]]]:
    """Headings and, by strategy, cells of those columns whose outcomes the comparison has."""
    rows = table.set_index(["outcome", "strategy"])
    outcomes = rows.index.get_level_values("outcome")
    known = [column for column in columns if column.outcome in outcomes and column.needs in rows]
    strategies = list(dict.fromkeys(rows.index.get_level_values("strategy")))
    lines = {
        strategy: [column.cell(rows.loc[(column.outcome, strategy)]) for column in known] for strategy in strategies
    }
    return [say("page.strategy"), *(say(column.key) for column in known)], lines
