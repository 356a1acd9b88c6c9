"""Puts CSV tables into marked places of a page: between `<!-- name -->` and `<!-- /name -->`.

python docs/tables.py PAGE NAME TABLE.csv [COLUMN ...]
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

DIGITS = 3  # significant ones of numbers that are not whole


def fill(page: str, name: str, table: pd.DataFrame) -> str:
    """The page with the marked place `name` holding the table, whatever it held before."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if (page.count(start), page.count(end)) != (1, 1) or page.index(start) > page.index(end):
        raise ValueError(f"The page needs {start} and, after it, {end}, each once.")
    before, rest = page.split(start)
    after = rest.split(end)[1]
    return f"{before}{start}\n\n{markdown(table)}\n\n{end}{after}"


def markdown(table: pd.DataFrame) -> str:
    """A table as Markdown; what is missing stays empty."""
    rows = [list(table.columns), ["---"] * table.shape[1], *table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def read(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """A CSV file with comments behind #: all columns, or those named, in that order."""
    table = pd.read_csv(path, comment="#")
    absent = [column for column in columns if column not in table]
    if absent:
        raise ValueError(f"{path.name} has no column {absent[0]!r}; it has {', '.join(table.columns)}.")
    return table.loc[:, list(columns)] if columns else table


def _cell(value: object) -> str:
    if isinstance(value, float):
        if pd.isna(value):
            return ""
        return f"{value:.0f}" if value == round(value) and abs(value) < 1e9 else f"{value:.{DIGITS}g}"
    return re.sub(r"\s+", " ", str(value)).replace("|", "\\|")


if __name__ == "__main__":
    page, (name, source, *columns) = Path(sys.argv[1]), sys.argv[2:]
    page.write_text(fill(page.read_text(encoding="utf-8"), name, read(Path(source), columns)), encoding="utf-8")
