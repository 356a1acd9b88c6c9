"""Tables of a run as one workbook for spreadsheet programs, with a first sheet that explains the others."""

import io
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from xarray import Dataset

from contagion._util.atomic import committed
from contagion._util.text import harmless, printable
from contagion.analysis import compare, rank
from contagion.errors import InputError, install
from contagion.export.tables import places, totals

SHEETS = {  # in this order
    "comparison": "strategies compared, a row for each strategy and outcome",
    "ranking": "strategies ranked by homicides, the one with fewest first",
    "differences_by_year": "differences from the first strategy by year and area",
    "break_even": "from when on a strategy stays ahead of the first",
    "states": "changes by federal state",
    "places_most_changed": "places that are probably helped and harmed most",
    "displacement": "homicides averted in some states and added in others",
    "cost_effect": "cost against homicides averted",
    "uncertainty": "changes by chance alone, and with unknown numbers drawn",
    "robustness": "worst cases and regret, with assumed numbers drawn",
    "sensitivity": "which assumed numbers decide",
    "value_of_information": "which assumed number to measure first",
    "scenarios": "where among assumed numbers a strategy fails",
    "places": "results over the run by strategy and place",
    "totals": "results of the whole region by strategy, variable and period",
}
ABOUT = "about"  # the first sheet
ENDS = {  # of columns that belong to another one
    "_low": "lower end of its 90 % interval, of means a confidence interval",
    "_high": "upper end of its 90 % interval, of means a confidence interval",
    "_q05": "5 % quantile over replicates",
    "_q95": "95 % quantile over replicates",
}
ROWS = 1_048_576  # of a sheet
NARROW, WIDE = 10, 60  # characters of a column


def check_library() -> None:
    """Raise InputError if the library needed to write workbooks is not installed."""
    if find_spec("openpyxl") is None:
        raise InputError(f"xlsx: openpyxl not installed; {install('export')}")


def write_xlsx(dataset: Dataset, path: Path | str, tables: Mapping[str, pd.DataFrame] | None = None) -> Path:
    """Write the tables of a run to a workbook (Office Open XML), a sheet each.

    The first sheet, `about`, says what the sheets and their columns hold, in which unit. Header rows stay in view.
    Numbers are numbers with six significant digits, empty where unknown; codes are text; text that a spreadsheet
    program would take for a formula has an apostrophe before it.

    Parameters
    ----------
    dataset
        Results of a run.
    path
        File to create.
    tables
        Tables by the name of their sheet, beside `places` and `totals`; by default `comparison` and `ranking`.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    InputError
        If openpyxl is not installed, a sheet would have too many rows, or the file exists or cannot be written.
    """
    check_library()
    from openpyxl import Workbook  # optional

    path = Path(path)
    given = dict(comparison=compare(dataset), ranking=rank(dataset)) if tables is None else dict(tables)
    given |= dict(places=places(dataset), totals=totals(dataset))
    sheets = {name: given[name] for name in (*SHEETS, *given) if name in given}
    for name, table in sheets.items():
        if len(table) >= ROWS:
            raise InputError(f"{path.name}: {name} has {len(table):,} rows, a sheet at most {ROWS - 1:,}; export csv")
    book = Workbook(write_only=True)
    _fill(book.create_sheet(ABOUT), _about(dataset, sheets))
    for name, table in sheets.items():
        _fill(book.create_sheet(name), table)
    content = io.BytesIO()
    book.save(content)
    with committed(path) as partial:
        partial.write_bytes(content.getvalue())
    return path


@lru_cache
def columns() -> dict[str, tuple[str, str]]:
    """Unit and meaning of each column of the tables of a run."""
    known = pd.read_csv(Path(__file__).with_name("columns.csv"), keep_default_na=False)
    return {name: (unit, meaning) for name, unit, meaning in known.itertuples(index=False, name=None)}


def described(column: str) -> tuple[str, str]:
    """Unit and meaning of a column; of an end of an interval, those of its middle. Empty where unknown."""
    known = columns()
    for end, meaning in ENDS.items():
        base = column.removesuffix(end)
        if column not in known and base != column and base in known:
            return known[base][0], f"{base}: {meaning}"
    return known.get(column, ("", ""))


def read(path: Path) -> pd.DataFrame:
    """A table of a run from its CSV file, with text as text and numbers as numbers."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name in table.columns:
        values, unit = table[name], described(name)[0]
        if unit == "true or false":
            table[name] = values == "True"
        elif unit not in ("text", "date"):
            numbers = pd.Series(pd.to_numeric(values, errors="coerce"))
            words = numbers.isna().to_numpy() & (values != "").to_numpy()
            table[name] = values if words.any() else numbers
    return table


def _about(dataset: Dataset, sheets: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What the run, the sheets and their columns are."""
    about = ("title", "region", "source", "note", "parameters")
    rows = [("", name, "", str(dataset.attrs[name])) for name in about if dataset.attrs.get(name)]
    for name, table in sheets.items():
        rows.append((name, "", f"{len(table):,} rows", SHEETS.get(name, "")))
        rows += [(name, column, *described(column)) for column in table.columns]
    return pd.DataFrame(rows, columns=["sheet", "column", "unit", "meaning"])


def _fill(sheet: Any, table: pd.DataFrame) -> None:
    """Fill an empty sheet; panes and widths come before the rows."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, 1):
        longest = max([len(column) + 2, *(len(str(value)) for value in table[column].head(200))])
        sheet.column_dimensions[get_column_letter(number)].width = min(max(longest, NARROW), WIDE)
    heads = _cells(sheet, table.columns)
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in table.itertuples(index=False, name=None):
        sheet.append(_cells(sheet, row))


def _cells(sheet: Any, values: Iterable[object]) -> list[Any]:
    """Values of a row as a sheet takes them: text as text, numbers as numbers."""
    from openpyxl.cell import WriteOnlyCell

    row: list[Any] = []
    for value in values:
        if isinstance(value, str) and value:
            text = WriteOnlyCell(sheet, printable(str(harmless(value))))
            text.data_type = "s"  # and never a formula or an error
            row.append(text)
        else:
            row.append(_number(value))
    return row


def _number(value: Any) -> Any:
    """A number, a date or a truth value; nothing where it is unknown, infinite or empty."""
    if value == "":
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, pd.Timestamp) or value is pd.NaT:
        return None if pd.isna(value) else value.date()
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return int(value)
