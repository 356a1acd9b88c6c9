"""Read and validate user tables: cells, columns, codes, numbers, joins. Every fault raises `InputError`.

The argument `where` is the name of the file or table in error messages.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from contagion._util.text import first_few
from contagion.errors import InputError, nearest

LARGEST = 1 << 30  # bytes of a table
MOST = 1e10  # persons, or another number of a place
DELIMITERS = ",;\t"
DECIMALS = r"\d+(\.0+)?"  # of a whole number
THOUSANDS = re.compile(r"[1-9]\d{0,2}(\.\d{3})+")


def read_table(path: str) -> pd.DataFrame:
    """Read a CSV file in UTF-8, whose cells are separated by commas, semicolons or tabs.

    Every cell is text: codes keep leading zeros, and `NA` and `null` are words like any other. Only an empty cell is
    missing. Accents are composed (Unicode NFC), as in polygon files.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise InputError(f"{path}: no such file; give the path of a CSV file")
    if file.stat().st_size > LARGEST:
        raise InputError(f"{path}: {file.stat().st_size / 1e9:.1f} GB; must be at most {LARGEST / 1e9:.1f} GB")
    try:
        text = file.read_bytes().decode("utf-8-sig")
        rows = list(_rows(unicodedata.normalize("NFC", text)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a readable CSV file in UTF-8 ({error})") from error
    if not rows:
        raise InputError(f"{path}: no rows; must have a row of names, and at least one more")
    return _table(rows, path)


def _rows(text: str) -> Iterable[list[str]]:
    """Cells of each row that has any."""
    if "\0" in text:
        raise csv.Error("it holds bytes that are no text")
    head = text[: text.find("\n")]
    delimiter = max(DELIMITERS, key=head.count)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield cells


def _table(rows: list[list[str]], path: str) -> pd.DataFrame:
    """Rows under the names in the first of them; empty cells at the end of rows belong to no column."""
    names, *below = rows
    while names and not names[-1]:
        names.pop()
    if repeated := [name for name in names if names.count(name) > 1]:
        what = f"the column {repeated[0]!r} twice" if repeated[0] else "columns without a name"
        raise InputError(f"{path}: the first row has {what}; each column needs a name of its own")
    if not below:
        raise InputError(f"{path}: no rows; must have at least one below the names of columns")
    width = len(names)
    for number, row in enumerate(below, 1):
        if any(row[width:]):
            raise InputError(
                f"{path}: row {number} has {len(row)} cells and the first row {width} names; a comma within a cell "
                "takes quotes around it"
            )
    cells = [(row + [""] * width)[:width] for row in below]
    return pd.DataFrame(cells, columns=names, dtype=object).replace("", None)


def column(table: pd.DataFrame, name: str, where: str) -> pd.Series:
    """Column `name` of a table; if missing, the error names the nearest one."""
    if name in table:
        return pd.Series(table[name])
    raise InputError(
        f"{where}: no column {name!r}; the nearest is {nearest(name, table.columns)!r}. "
        f"Columns: {first_few(table.columns, 20)}"
    )


def codes(values: pd.Series, where: str, digits: int | None = None, unique: bool = True) -> pd.Index:
    """Codes of places as text.

    Whole numbers that a spreadsheet wrote as 5001.0 are taken as 5001.

    Parameters
    ----------
    values
        Column of codes.
    where
        Name of the table in error messages.
    digits
        Number of digits to which codes are padded with zeros. 0 takes codes as written; None does too, but raises an
        error if leading zeros seem to have been lost.
    unique
        Whether duplicate codes raise an error.
    """
    text = cleaned(values)
    missing = np.flatnonzero(text.isna())
    if missing.size:
        raise InputError(
            f"{where}: column {values.name!r} has no code in row {first_few(missing + 1)}; each row needs one"
        )
    if text.str.fullmatch(DECIMALS).all():
        text = text.str.partition(".")[0]
    if powers := [code for code in text if re.fullmatch(r"\d[.,]?\d*[eE]\+\d+", code)]:
        raise InputError(
            f"{where}: column {values.name!r} has the code {powers[0]}, which a spreadsheet rounded; export the "
            "column as text"
        )
    if digits:
        text = text.str.zfill(digits)
    elif digits is None:
        _refuse_lost_zeros(text, where, str(values.name))
    repeated = pd.Series(text[text.duplicated()]).unique()
    if unique and len(repeated):
        raise InputError(
            f"{where}: column {values.name!r} repeats the code {first_few(repeated)}; each place has one row"
        )
    return pd.Index(text.to_numpy(dtype=object), name="code")


def as_decimals(values: pd.Series, where: str) -> tuple[str, ...]:
    """A note on codes that are written with decimals, and taken without."""
    text = cleaned(values)
    written = [code for code in text if code and "." in code]
    if not written or not text.str.fullmatch(DECIMALS).all():
        return ()
    return (f"{where}: codes such as {written[0]} are taken without their decimals.",)


def cleaned(values: pd.Series) -> pd.Series:
    """A column as text with composed accents and without blanks around it; None where it is missing or empty."""

    def clean(value: object) -> str | None:
        if value is None or value is pd.NA or value is pd.NaT or value != value:
            return None
        if isinstance(value, float) and value % 1 == 0:
            value = int(value)
        return unicodedata.normalize("NFC", str(value)).strip() or None

    return pd.Series([clean(value) for value in values], values.index, dtype=object, name=values.name)


def _refuse_lost_zeros(text: pd.Series, where: str, name: str) -> None:
    """Official codes have a fixed length; codes of two consecutive lengths suggest a column read as numbers."""
    lengths = sorted(text.str.len().unique())
    if text.str.fullmatch(r"\d+").all() and len(lengths) == 2 and lengths[1] == lengths[0] + 1 >= 4:
        example = next(code for code in text if len(code) == lengths[0])
        raise InputError(
            f"{where}: codes in column {name!r} have {lengths[0]} and {lengths[1]} digits, so leading zeros "
            f"may have been lost ({example} for 0{example}?); set region.digits={lengths[1]} to pad them "
            "with zeros, or region.digits=0 to take them as written"
        )


def numbers(values: pd.Series, where: str) -> np.ndarray:
    """Column of finite, non-negative numbers as float64."""
    converted = pd.Series(pd.to_numeric(values, errors="coerce")).to_numpy(dtype=float, na_value=np.nan)
    empty = np.flatnonzero([value is None or value is pd.NA for value in values])
    if empty.size:
        raise InputError(
            f"{where}: column {values.name!r} has no number in row {first_few(empty + 1)}; each row needs one"
        )
    for fault, rows, right in (
        ("is not a finite number", ~np.isfinite(converted), "must be 0 or more"),
        ("is negative", converted < 0, "must be 0 or more"),
        ("is too large", converted > MOST, f"must be at most {MOST:g}"),
    ):
        if rows.any():
            given = [values.iloc[row] for row in np.flatnonzero(rows)]
            faulty = [f"row {row + 1} ({value})" for row, value in zip(np.flatnonzero(rows), given, strict=True)]
            raise InputError(f"{where}: column {values.name!r} {fault} in {first_few(faulty)}; {right}{_marks(given)}")
    return converted


def _marks(given: Iterable[object]) -> str:
    """What marks of thousands and decimals are to be, where one of the values has others."""
    marked = [value for value in given if isinstance(value, str) and re.fullmatch(r"\d[\d.,' ]*\d", value.strip())]
    if not marked:
        return ""
    return f". Numbers have a point for decimals and no marks of thousands, which {marked[0]} has not"


def persons(values: pd.Series, where: str) -> np.ndarray:
    """Column of numbers of persons; refuses 1.200 where it seems to mean 1,200."""
    counted = numbers(values, where)
    text = [value.strip() for value in values if isinstance(value, str)]
    dotted = [value for value in text if THOUSANDS.fullmatch(value)]
    if dotted and all(THOUSANDS.fullmatch(value) or re.fullmatch(r"\d{1,3}", value) for value in text):
        raise InputError(
            f"{where}: column {values.name!r} has numbers such as {dotted[0]}, all with three digits after the point, "
            f"which seem to be thousands of persons; write {dotted[0].replace('.', '')}, or {dotted[0]}0 for decimals"
        )
    return counted


def check_areas(names: Iterable[str], where: str) -> None:
    """Check that area names are valid identifiers, as options refer to areas by name."""
    if strange := [name for name in names if not name.isidentifier()]:
        raise InputError(f"{where}: column {strange[0]!r} cannot name an area; use letters, digits and underscores")


def common_digits(places: pd.Index) -> int:
    """Digits of codes that are all numbers of the same length, to which others can be padded; otherwise 0."""
    lengths = {len(code) if code.isdecimal() else 0 for code in places}
    return lengths.pop() if len(lengths) == 1 else 0


def check_join(keys: pd.Index, places: pd.Index, where: str, complete: bool = False) -> None:
    """Check that every key of a table is the code of a place and, if `complete`, that every place has a row."""
    unknown = keys.unique().difference(places)
    if len(unknown):
        raise InputError(
            f"{where}: {len(unknown)} of {keys.nunique()} codes match no polygon ({first_few(unknown)}); codes "
            f"of polygons are written like {first_few(places, 3)}{remedy(unknown, places)}"
        )
    absent = places.difference(keys)
    if complete and len(absent):
        raise InputError(
            f"{where}: {len(absent)} of {len(places)} places have no row ({first_few(absent)}); write 0 for none"
        )


def remedy(unknown: pd.Index, places: pd.Index) -> str:
    """What would make unknown codes match, if something simple does."""
    longest = max(map(len, places))

    def match(changed) -> bool:
        return {changed(code) for code in unknown} <= {changed(code) for code in places}

    if match(lambda code: code.zfill(longest)):
        return f": region.digits={longest} pads both with zeros"
    if match(str.casefold):
        return ": they differ in capital letters only"
    return ""
