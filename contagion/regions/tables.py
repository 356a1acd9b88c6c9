"""Check the tables a user brings: columns, codes, numbers, joins. Every fault is an `InputError`.

`where` in each function is the file or table as the user knows it, for the message.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from contagion._util.text import some
from contagion.errors import InputError, nearest


def read_table(path: str, *code: str) -> pd.DataFrame:
    """A CSV file in UTF-8 whose columns named in `code` are read as text, so that leading zeros stay."""
    if not Path(path).is_file():
        raise InputError(f"{path}: there is no such file; give the path of a CSV file.")
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(code, "string"))
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV file in UTF-8 ({error}).") from error
    if table.empty:
        raise InputError(f"{path}: the table has no rows.")
    return table


def column(table: pd.DataFrame, name: str, where: str) -> pd.Series:
    """The column `name`; when absent, an error that names the nearest one."""
    if name in table:
        return pd.Series(table[name])
    raise InputError(
        f"{where}: there is no column {name!r}; the nearest is {nearest(name, table.columns)!r}. "
        f"Columns: {some(table.columns, 20)}."
    )


def codes(values: pd.Series, where: str, digits: int | None = None, unique: bool = True) -> pd.Index:
    """Codes of places as text.

    **Arguments:** `digits` the number of digits to which every code is padded with zeros; 0 takes the
    codes as written; None as well, but refuses codes that look as if leading zeros had been lost.
    """
    missing = np.flatnonzero(values.isna())
    if missing.size:
        raise InputError(f"{where}: column {values.name!r} has no code in row {some(missing + 1)}.")
    if pd.api.types.is_float_dtype(values) and (values % 1 == 0).all():
        values = values.astype("int64")
    text = values.astype(str).str.strip()
    if digits:
        text = text.str.zfill(digits)
    elif digits is None:
        _refuse_lost_zeros(text, where, str(values.name))
    repeated = text[text.duplicated()].unique()
    if unique and len(repeated):
        raise InputError(f"{where}: column {values.name!r} repeats the code {some(repeated)}; each place has one row.")
    return pd.Index(text.to_numpy(dtype=object), name="code")


def _refuse_lost_zeros(text: pd.Series, where: str, name: str) -> None:
    """Official codes have one length: digits of two neighbouring lengths mean a column read as numbers."""
    lengths = sorted(text.str.len().unique())
    if text.str.fullmatch(r"\d+").all() and len(lengths) == 2 and lengths[1] == lengths[0] + 1 >= 4:
        example = next(code for code in text if len(code) == lengths[0])
        raise InputError(
            f"{where}: the codes in column {name!r} have {lengths[0]} and {lengths[1]} digits, so leading "
            f"zeros may have been lost ({example} for 0{example}?). Set region.digits={lengths[1]} to pad "
            "them with zeros, or region.digits=0 if they are right as written."
        )


def numbers(values: pd.Series, where: str) -> np.ndarray:
    """A column of finite numbers, none negative, as float64."""
    converted = pd.Series(pd.to_numeric(values, errors="coerce")).to_numpy(dtype=float, na_value=np.nan)
    for fault, rows in (
        ("is not a finite number", ~np.isfinite(converted)),
        ("is negative", converted < 0),
    ):
        if rows.any():
            listed = [f"row {row + 1} ({values.iloc[row]})" for row in np.flatnonzero(rows)]
            raise InputError(f"{where}: column {values.name!r} {fault} in {some(listed)}; 0 or more is right.")
    return converted


def check_areas(names: Iterable[str], where: str) -> None:
    """Columns that are areas have names by which an option can take them."""
    if strange := [name for name in names if not name.isidentifier()]:
        raise InputError(f"{where}: column {strange[0]!r} cannot name an area; use letters, digits and underscores.")


def check_join(keys: pd.Index, places: pd.Index, where: str, complete: bool = False) -> None:
    """Every key of a table names a place; with `complete`, every place has a row as well."""
    unknown = keys.unique().difference(places)
    if len(unknown):
        raise InputError(
            f"{where}: {len(unknown)} of {keys.nunique()} codes name no polygon ({some(unknown)}). Polygons "
            f"have codes such as {some(places, 3)}; write them alike, leading zeros included (region.digits "
            "pads them)."
        )
    absent = places.difference(keys)
    if complete and len(absent):
        raise InputError(
            f"{where}: {len(absent)} of {len(places)} places have no row ({some(absent)}); write 0 for none."
        )
