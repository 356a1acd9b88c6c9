"""The brief of a run: one page in A4 that says which strategy is best, how sure that is, and what it hangs on."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from xarray import DataArray, Dataset

from contagion._util.language import label, say, worded
from contagion._util.text import in_replicates, sentence, sentences
from contagion.analysis import by_place
from contagion.analysis.assumptions import unknown_numbers
from contagion.analysis.by_state import best_of
from contagion.analysis.comparison import ceiling_sentence
from contagion.analysis.metrics import OUTCOMES
from contagion.analysis.over_time import break_even, even_sentences
from contagion.analysis.ranking import rank
from contagion.plots.color_classes import Classes, change_classes, classes_of
from contagion.plots.legends import WIDTH as LEGEND
from contagion.plots.legends import Listed
from contagion.plots.panels import draw, project
from contagion.plots.style import FAINT, FINE, INK, SMALL, STYLE, TITLE, broken, height, save, write
from contagion.report.page import scope, title
from contagion.report.summary_table import ELSE, HOMICIDES, cells

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

# Inches.
PAGE = (8.27, 11.69)  # A4
EDGE, BETWEEN = 0.6, 0.1
MAP = 2.3  # minimum height of the map with its heading
INNER = PAGE[0] - 2 * EDGE
WIDTHS = (0.9, 1.55, 0.95, 1.55, 0.8)  # of the columns of numbers
LEADING = 14  # font size of the verdict, points
MOST = 8  # rows of the table
COLUMNS = (HOMICIDES[0], *HOMICIDES[2:4], HOMICIDES[5], ELSE[0])


class Text(NamedTuple):
    """Wrapped lines in one size and weight."""

    words: str
    size: float = SMALL
    weight: str = "normal"
    color: str = INK


def write_brief(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    table: pd.DataFrame,
    target: Path,
    uncertainty: pd.DataFrame | None = None,
    hangs_on: Sequence[str] = (),
) -> None:
    """Write the brief of a run to a PDF file of one page in A4.

    Parameters
    ----------
    dataset, polygons, table, uncertainty, hangs_on
        As for `brief`.
    target
        File that does not exist yet, with the extension ``.pdf``.

    Raises
    ------
    InputError
        If the file exists or cannot be written, or as for `brief`.
    """
    save(brief(dataset, polygons, table, uncertainty, hangs_on), [target])


@rc_context(STYLE)
def brief(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    table: pd.DataFrame,
    uncertainty: pd.DataFrame | None = None,
    hangs_on: Sequence[str] = (),
) -> Figure:
    """One page on a run: verdict, how sure, strategies side by side, when it shows, what it hangs on, and a map.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    polygons
        One row per place, indexed by code, with columns state and geometry.
    table
        As `compare` returns it for the first strategy of the dataset.
    uncertainty
        As `contagion.analysis.uncertainty_table` returns it; None if there is no ensemble with numbers drawn.
    hangs_on
        More sentences on what the verdict hangs on.

    Returns
    -------
    Figure
        A figure of 8.27 by 11.69 inches. Long texts end in an ellipsis; of many strategies those that fit are shown,
        eight at most, and the number of others is named.

    Raises
    ------
    InputError
        If polygons and places do not match.
    """
    order = _order(dataset)
    shown = order[1] if len(order) > 1 else order[0]
    above = _verdict(dataset) + _sure(dataset, shown, uncertainty)
    below = _when(dataset, shown) + _hanging(dataset, hangs_on)
    bottom = [
        Text(_lines(words, FINE, 3), FINE, color=FAINT) for words in (say("summary.assumed"), dataset.source) if words
    ]
    figure = Figure(figsize=PAGE, dpi=100, facecolor="white")
    low = EDGE + _tall(bottom)
    _place(figure, low, bottom)
    top = _place(figure, PAGE[1] - EDGE, above)
    room = top - _tall(below) - low - 3 * BETWEEN - (MAP if dataset.place.size > 1 else 0)
    top = _table(figure, top - BETWEEN, room, table, order, shown)
    top = _place(figure, top - BETWEEN, below)
    if dataset.place.size > 1:
        _map(figure, top - BETWEEN, low + BETWEEN, dataset, polygons, shown)
    return figure


def _order(dataset: Dataset) -> list[str]:
    """The first strategy, then all others, best first; those that do nothing come last."""
    first = str(dataset.strategy.values[0])
    ranked = rank(dataset).sort_values("acts", ascending=False, kind="stable")["strategy"]
    return [first, *(name for name in ranked if name != first)]


def _verdict(dataset: Dataset) -> list[Text]:
    """Region and horizon, and which strategy is best."""
    homicides = OUTCOMES["homicides"].of(dataset).transpose("strategy", "replicate").values.astype(np.float64)
    answer, evidence = best_of(dataset.strategy.values.tolist(), homicides)
    warning = (
        [Text(_lines(f"{say('facts.schematic')}.", SMALL, 1), SMALL, "bold")] if dataset.attrs["schematic"] else []
    )
    return [
        Text(_lines(title(dataset), TITLE, 2), TITLE, "bold"),
        *warning,
        Text(_lines(scope(dataset), SMALL, 2), color=FAINT),
        Text("", 4),
        Text(_lines(sentence(answer), LEADING, 3), LEADING, "bold"),
        Text(_lines(sentences(evidence), SMALL, 3)),
    ]


def _sure(dataset: Dataset, shown: str, uncertainty: pd.DataFrame | None) -> list[Text]:
    """How sure the change under one strategy is, by chance alone and with unknown numbers."""
    first = str(dataset.strategy.values[0])
    if shown == first:
        return []
    said = None
    if uncertainty is not None:
        found = unknown_numbers.finding(uncertainty.loc[uncertainty["strategy"] == shown, :]).sentences
        said = found[0] if found else None  # none of a strategy that does nothing
    if said is None:
        totals = OUTCOMES["homicides"].of(dataset)
        fewer = float(((1 + np.sign(totals.sel(strategy=first) - totals.sel(strategy=shown))) / 2).mean())
        ensemble = say("brief.drawn" if "drawn" in dataset else "brief.chance")
        said = say(
            "brief.fewer", strategy=label(shown), first=label(first), share=in_replicates(fewer), ensemble=ensemble
        )
    return _section(say("brief.sure"), [said], 3)


def _when(dataset: Dataset, shown: str) -> list[Text]:
    """From when on one strategy is ahead of the first."""
    first = str(dataset.strategy.values[0])
    rows = [row for row in break_even(dataset).to_dict("records") if row["strategy"] == shown and row["acts"]]
    return _section(say("brief.when"), even_sentences(rows, first, int(dataset.weeks.sum())), 3)


def _hanging(dataset: Dataset, more: Sequence[str]) -> list[Text]:
    """What the verdict hangs on: assumed numbers first, then what the strategies can reach at all."""
    if dataset.strategy.size == 1:
        return []
    return _section(say("brief.hangs_on"), [*more, ceiling_sentence(dataset), dataset.attrs.get("parameters", "")], 5)


def _section(heading: str, words: Iterable[str], lines: int) -> list[Text]:
    """A heading and at most so many lines; nothing without sentences."""
    said = sentences(" ".join(filter(None, words)))
    return [Text("", 4), Text(heading, SMALL + 1, "bold"), Text(_lines(said, SMALL, lines))] if said else []


def _lines(words: str, size: float, most: int, width: float = INNER) -> str:
    return broken(words, size, width, most)


def _tall(texts: Iterable[Text]) -> float:
    """Height of texts one below the other, inches."""
    return sum(height(text.words or " ", text.size) for text in texts)


def _place(figure: Figure, top: float, texts: Iterable[Text]) -> float:
    """Write texts one below the other from `top` on, inches; returns where they end."""
    for text in texts:
        write(figure, EDGE, top, text.words, text.size, text.color, text.weight)
        top -= _tall([text])
    return top


def _table(figure: Figure, top: float, room: float, table: pd.DataFrame, order: Sequence[str], shown: str) -> float:
    """Write strategies side by side, as many as fit in `room`, inches; returns where the table ends."""
    headings, found = cells(COLUMNS, table)
    wide = dict(zip((say(column.key) for column in COLUMNS), WIDTHS, strict=True))
    taken = np.cumsum([0.0, *(wide[heading] for heading in headings[:0:-1])])[::-1]
    rights = (PAGE[0] - EDGE - taken).tolist()
    names = rights[0] - EDGE - BETWEEN
    heads = [headings[0], *(_lines(word, FINE, 5, wide[word] - BETWEEN) for word in headings[1:])]
    rows = [(name, _lines(label(name), FINE, 2, names)) for name in order]
    line, low = height(" ", FINE), top - max(height(head, FINE) for head in heads)
    fitting = np.cumsum([height(words, FINE) + BETWEEN / 2 for _, words in rows]) <= room - (top - low) - line
    count = min(int(fitting.sum()), MOST)
    for x, words in zip(rights[1:], heads[1:], strict=True):
        _right(figure, x, top, words)
    write(figure, EDGE, top, heads[0], FINE, FAINT)
    low -= BETWEEN / 4
    ends, inches = [EDGE, PAGE[0] - EDGE], figure.dpi_scale_trans
    figure.add_artist(Line2D(ends, [low, low], transform=inches, color=FAINT, linewidth=0.6))
    for name, words in rows[:count]:
        weight = "bold" if name == shown else "normal"
        write(figure, EDGE, low - BETWEEN / 4, words, FINE, weight=weight)
        for x, cell in zip(rights[1:], found[name], strict=True):
            _right(figure, x, low - BETWEEN / 4, cell, INK, weight)
        low -= height(words, FINE) + BETWEEN / 2
    if len(rows) > count:
        write(figure, EDGE, low, say("brief.more", count=len(rows) - count), FINE, FAINT)
        low -= line
    return low


def _right(figure: Figure, right: float, top: float, words: str, color: str = FAINT, weight: str = "normal") -> None:
    """Write the cell of a table whose right upper corner is at `right` and `top`, inches."""
    inches = figure.dpi_scale_trans
    figure.text(right, top, words, size=FINE, color=color, weight=weight, ha="right", va="top", transform=inches)


def _map(figure: Figure, top: float, low: float, dataset: Dataset, polygons: "GeoDataFrame", shown: str) -> None:
    """Draw what a strategy changes by place, or homicide rates where there is nothing to compare."""
    values, classes, words = _values(dataset, shown)
    top = _place(figure, top, [Text(_lines(words, SMALL + 1, 2), SMALL + 1, "bold")]) - BETWEEN / 2
    outlines, assigned = project(polygons, dataset.place), classes.assign(values.values)
    legend = Listed(classes, worded("unit", values.units), bool((assigned < 0).any()))
    tall = min(top - low, (INNER - LEGEND - BETWEEN) / outlines.aspect)
    draw(figure, EDGE, top - tall, tall, outlines, assigned, classes.colours)
    legend.draw(figure, EDGE + tall * outlines.aspect + 2 * BETWEEN, top)


def _values(dataset: Dataset, shown: str) -> tuple[DataArray, Classes, str]:
    """What the map shows by place, its classes, and a heading."""
    first = str(dataset.strategy.values[0])
    if shown == first:
        values = by_place.rate(dataset).sel(strategy=shown)
        return values, classes_of(values), say("brief.rate", strategy=label(shown))
    values = by_place.change(dataset).sel(strategy=shown)
    return values, change_classes(values.values), say("brief.change", first=label(first), strategy=label(shown))
