"""The comparison of strategies in a terminal: what its columns are, and how names fit beside them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text

from contagion._util.language import label, say
from contagion._util.text import Lines, number, percent
from contagion.analysis.paired import told

GAP = 2  # blanks between columns
NARROWEST = 16  # of the column of names: the longest word of an option with its joint


@dataclass(frozen=True)
class Column:
    """A column of a table of the terminal; a cell is made of a row of the comparison."""

    key: str  # of its head
    cell: Callable[[Any], str]
    of_first: bool = False  # whether the first strategy has it, with which all others are paired
    words: bool = False  # begin at the left


COLUMNS = (
    Column("summary.homicides", lambda row: number(row.mean, 0), of_first=True),
    Column("summary.change", lambda row: _changes(row, row.difference)),
    Column("summary.interval", lambda row: _changes(row, row.expected_low, row.expected_high)),
    Column("summary.fewer", lambda row: percent(row.probability_better)),
    Column("summary.verdict", lambda row: told(row.verdict), words=True),
)


@dataclass(frozen=True)
class Named:
    """A table whose first column, of names, has what others leave of the width of the terminal.

    A name that is longer goes on in the next line, further right, after a joint.

    Attributes
    ----------
    head, names
        Head and cells of the first column.
    heads, cells
        Heads of the other columns, and their cells by row.
    words
        Which of the other columns begin at the left.
    """

    head: str
    names: Sequence[str]
    heads: Sequence[str]
    cells: Sequence[Sequence[str]]
    words: Sequence[bool]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = [max(map(cell_len, column)) for column in zip(self.heads, *self.cells, strict=True)]
        left = max(options.max_width - sum(widths) - GAP * len(widths), NARROWEST)
        lines = Lines(left, subsequent_indent="  ")
        table = Table(box=SIMPLE_HEAD, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False)
        table.add_column(self.head)
        for head, is_words in zip(self.heads, self.words, strict=True):
            table.add_column(Text(head), justify="left" if is_words else "right", no_wrap=True)
        for name, row in zip(self.names, self.cells, strict=True):
            table.add_row(Text(lines.fill(name)), *map(Text, row))
        yield table


def summary(table: pd.DataFrame) -> Group:
    """The comparison in homicides for the terminal.

    Parameters
    ----------
    table
        Result of `contagion.compare`.
    """
    rows: list[Any] = list(table[table["outcome"] == "homicides"].itertuples())
    first = rows[0].strategy
    cells = [
        [column.cell(row) if column.of_first or row.strategy != first else "" for column in COLUMNS] for row in rows
    ]
    heads, words = [say(column.key) for column in COLUMNS], [column.words for column in COLUMNS]
    return Group(
        Text(f"{say('summary.title', first=label(first))}\n"),
        Named(say("summary.strategy"), [label(row.strategy) for row in rows], heads, cells, words),
        Text(f"\n{say('summary.note')}\n{say('summary.assumed')}"),
    )


def _changes(row: Any, *differences: float) -> str:
    """Differences in per cent of the mean of the first strategy."""
    usual = row.mean - row.difference
    ends = [number(100 * each / usual if usual else math.nan, 2, "+") for each in differences]
    return say("text.range", low=ends[0], high=ends[1]) if len(ends) == 2 else ends[0]
