"""Where the ranking turns: which strategy is best, by what is assumed, as a table and a figure."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from xarray import Dataset

from contagion.comparison import wins
from contagion.errors import InputError
from contagion.findings import Finding, interval, percent, said
from contagion.markers import Key, Style, styles
from contagion.robustness import values_of
from contagion.sensitivity import explain, obstacle, parameters
from contagion.sheet import FAINT, FINE, GAP, MARGIN, NAME, STYLE, axes_at, broken, height, sheet, unframed, write

TOP = 6  # parameters shown
MANY = 200  # replicates from which on draws are cut into fifths, else into thirds
PARTS = {3: "third", 5: "fifth"}
WIDTH, COLUMNS = 11.5, 3  # sheet, inches; panels side by side
LEFT, LEGEND, BELOW, TALL = 0.5, 1.9, 0.4, 1.9  # room around the panels, and the height of each, inches


def flips(dataset: Dataset, seed: int = 0) -> pd.DataFrame:
    """A table with a row per parameter, part of its draws and strategy: how often it is best there.

    Parameters are the `TOP` whose effect on the difference in homicides between the two strategies that are most often
    best, and not the same, is largest (`sensitivity.explain`): they are what may turn the two round. Columns:
    parameter; part, 1 being the lowest draws of it, in thirds or, from `MANY` replicates on, fifths; low and high, its
    draws there; replicates; strategy; probability_best, of fewest homicides, ties shared, and its 90 % interval
    probability_low to probability_high; best, whether it is most often so there; overall, its probability over all
    replicates; verdict, whether the parameter's part in the difference between the two is `determined`.

    Raises InputError where there is one strategy, no parameter is drawn, replicates are too few, or all strategies do
    the same.
    """
    names, drawn = parameters(dataset)
    strategies = [str(name) for name in dataset["strategy"].values]
    if len(strategies) < 2:
        raise InputError("the run has one strategy, which is always the best")
    homicides = values_of(dataset, "homicides")
    best = wins(homicides)
    overall = best.mean(axis=1)
    first, *others = np.argsort(-overall, kind="stable")
    differences = [homicides[other] - homicides[first] for other in others]
    reasons = [obstacle(between) for between in differences]
    if all(reasons) or not names:
        reason = reasons[0] if all(reasons) else "no parameter varies"
        raise InputError(f"what turns the ranking is not computed: {reason}")
    found = explain(drawn, differences[reasons.index("")], [seed])
    count = 5 if len(drawn) >= MANY else 3
    rows: list[dict[str, Any]] = []
    for column in np.argsort(-np.abs(found["effect"]), kind="stable")[:TOP]:
        order = np.argsort(drawn[:, column], kind="stable")
        for part, members in enumerate(np.array_split(order, count), start=1):
            inside = drawn[members, column]
            share = best[:, members].mean(axis=1)
            for index, strategy in enumerate(strategies):
                low, high = interval(share[index] * len(members), len(members))
                row = dict(
                    parameter=names[column],
                    part=part,
                    low=inside.min(),
                    high=inside.max(),
                    replicates=len(members),
                    strategy=strategy,
                    probability_best=share[index],
                    probability_low=low,
                    probability_high=high,
                    best=bool(share[index] == share.max()),
                    overall=overall[index],
                    verdict=found["verdict"][column],
                )
                rows.append(row)
    return pd.DataFrame(rows)


def finding(table: pd.DataFrame) -> Finding:
    """What the `table` of `flips` says: which parameters turn the ranking round, and where."""
    rows = table.to_dict("records")
    usual = max(rows, key=lambda row: row["overall"])
    sentences = [f"Over all draws, {usual['strategy']} is best most often, in {percent(usual['overall'])}."]
    for name, group in _by_parameter(rows).items():
        turns = [stretch for stretch in stretches(group) if stretch[0]["strategy"] != usual["strategy"]]
        if group[0]["verdict"] == "determined":
            sentences += [f"Where {name} is {_within(stretch, group)}, {_best(stretch)}." for stretch in turns]
    if len(sentences) == 1:
        sentences.append("No parameter that is told from chance turns that round in any part of its draws.")
    return Finding("Where the ranking turns", sentences, table)


def _by_parameter(rows: list[dict]) -> dict[str, list[dict]]:
    groups: dict[str, list[dict]] = {}
    for row in rows:
        groups.setdefault(row["parameter"], []).append(row)
    return groups


def stretches(rows: list[dict]) -> list[list[dict]]:
    """The best strategy of each part of a parameter's draws, neighbours with the same one together.

    Where several are best, it is the one that is best most often overall.
    """
    found: list[list[dict]] = []
    for part in range(1, rows[-1]["part"] + 1):
        here = [row for row in rows if row["part"] == part]
        row = max(here, key=lambda row: (row["probability_best"], row["overall"]))
        if found and found[-1][0]["strategy"] == row["strategy"]:
            found[-1].append(row)
        else:
            found.append([row])
    return found


def _within(stretch: list[dict], rows: list[dict]) -> str:
    low, high = said(stretch[0]["low"]), said(stretch[-1]["high"])
    if stretch[0]["part"] == 1:
        return f"at most {high}"
    return f"at least {low}" if stretch[-1]["part"] == rows[-1]["part"] else f"from {low} to {high}"


def _best(stretch: list[dict]) -> str:
    count = sum(row["replicates"] for row in stretch)
    wins = sum(row["probability_best"] * row["replicates"] for row in stretch)
    low, high = map(percent, interval(wins, count))
    return f"{stretch[0]['strategy']} is best most often, in {percent(wins / count)} (90 % interval {low} to {high})"


@rc_context(STYLE)
def rank_flip(dataset: Dataset, table: pd.DataFrame) -> Figure:
    """Plot how often each strategy is best by parts of the draws of the parameters that turn the ranking.

    **Arguments:** `table` as `flips` returns of the dataset.
    """
    groups = _by_parameter(table.to_dict("records"))
    strategies = [str(name) for name in dataset["strategy"].values]
    shown = styles(strategies)
    key = Key(strategies, "Large: most often best. Bars: 90 % intervals.", LEGEND)
    wide = (WIDTH - 2 * MARGIN - LEFT - LEGEND) / COLUMNS - GAP
    remarks = {name: broken(_remark(group), FINE, wide) for name, group in groups.items()}
    strip = height(" ", NAME) + max(height(remark, FINE) for remark in remarks.values()) + 0.05
    one, count = strip + TALL + BELOW, -(-len(groups) // COLUMNS)
    body = max(count * one, key.height)
    parts = PARTS[max(row["part"] for group in groups.values() for row in group)]
    subtitle = f"{dataset.region} · share of replicates with fewest homicides, by {parts}s of the draws of a parameter"
    figure, bottom = sheet("Which strategy is best, by what is assumed", subtitle, dataset.attrs, WIDTH, body)

    for number, (name, group) in enumerate(groups.items()):
        row, column = divmod(number, COLUMNS)
        left, top = MARGIN + LEFT + column * (wide + GAP), bottom + body - row * one
        write(figure, left, top, name, NAME, weight="bold")
        write(figure, left, top - height(" ", NAME), remarks[name], FINE, color=FAINT)
        axes = axes_at(figure, left, top - strip - TALL, wide, TALL)
        _lines(axes, group, shown)
        axes.tick_params(labelleft=not column)

    key.draw(figure, WIDTH - MARGIN - LEGEND + GAP / 2, bottom + body, list(shown.values()))
    return figure


def _remark(rows: list[dict]) -> str:
    """The best strategies from low draws to high ones, and whether that is told from chance."""
    best = [stretch[0]["strategy"] for stretch in stretches(rows)]
    words = " \N{RIGHTWARDS ARROW} ".join(best) if len(best) > 1 else f"{best[0]} throughout"
    return words if rows[0]["verdict"] == "determined" else f"{words}; not told from chance"


def _lines(axes: Axes, rows: list[dict], shown: dict[str, Style]) -> None:
    """A line per strategy over the parts of the draws, which are equally wide; the limits between them in numbers."""
    count = rows[-1]["part"]
    won = [name for name in shown if any(row["probability_best"] for row in rows if row["strategy"] == name)]
    for name, (marker, colour) in shown.items():
        own = [row for row in rows if row["strategy"] == name]
        aside = 0.06 * (won.index(name) - (len(won) - 1) / 2) if name in won else 0
        across = np.arange(count) + 0.5 + aside
        axes.plot(across, [row["probability_best"] for row in own], color=colour, linewidth=1)
        for x, row in zip(across, own, strict=True):
            axes.plot(x, row["probability_best"], marker, color=colour, markersize=7 if row["best"] else 2.5)
            if row["probability_best"]:
                axes.vlines(x, row["probability_low"], row["probability_high"], colour, linewidth=0.8)
    starts = {row["part"]: row["low"] for row in rows}
    axes.set_xticks(range(1, count), [said(starts[part], 2) for part in range(2, count + 1)])
    axes.set(xlim=(0, count), ylim=(-0.03, 1.03))
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    unframed(axes)
    axes.tick_params(labelsize=FINE)
