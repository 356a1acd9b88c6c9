"""Validate user tables: columns, codes, numbers, joins. Every fault raises `InputError`.

The argument `where` is the name of the file or table in error messages.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from contagion._util.text import first_few
from contagion.errors import InputError, nearest


def read_table(path: str, *code: str) -> pd.DataFrame:
    """Read a CSV file in UTF-8; columns named in `code` are read as text, which keeps leading zeros."""
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file; give the path of a CSV file")
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(code, "string"))
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV file in UTF-8 ({error})") from error
    if table.empty:
        raise InputError(f"{path}: no rows; must have at least one")
    return table


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
    missing = np.flatnonzero(values.isna())
    if missing.size:
        raise InputError(
            f"{where}: column {values.name!r} has no code in row {first_few(missing + 1)}; each row needs one"
        )
    if pd.api.types.is_float_dtype(values) and (values % 1 == 0).all():
        values = values.astype("int64")
    text = values.astype(str).str.strip()
    if digits:
        text = text.str.zfill(digits)
    elif digits is None:
        _refuse_lost_zeros(text, where, str(values.name))
    repeated = text[text.duplicated()].unique()
    if unique and len(repeated):
        raise InputError(
            f"{where}: column {values.name!r} repeats the code {first_few(repeated)}; each place has one row"
        )
    return pd.Index(text.to_numpy(dtype=object), name="code")


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
    for fault, rows in (
        ("is not a finite number", ~np.isfinite(converted)),
        ("is negative", converted < 0),
    ):
        if rows.any():
            faulty = [f"row {row + 1} ({values.iloc[row]})" for row in np.flatnonzero(rows)]
            raise InputError(f"{where}: column {values.name!r} {fault} in {first_few(faulty)}; must be 0 or more")
    return converted


def check_areas(names: Iterable[str], where: str) -> None:
    """Check that area names are valid identifiers, as options refer to areas by name."""
    if strange := [name for name in names if not name.isidentifier()]:
        raise InputError(f"{where}: column {strange[0]!r} cannot name an area; use letters, digits and underscores")


def check_join(keys: pd.Index, places: pd.Index, where: str, complete: bool = False) -> None:
    """Check that every key of a table is the code of a place and, if `complete`, that every place has a row."""
    unknown = keys.unique().difference(places)
    if len(unknown):
        raise InputError(
            f"{where}: {len(unknown)} of {keys.nunique()} codes match no polygon ({first_few(unknown)}); codes "
            f"of polygons are written like {first_few(places, 3)}, with leading zeros (region.digits pads them)"
        )
    absent = places.difference(keys)
    if complete and len(absent):
        raise InputError(
            f"{where}: {len(absent)} of {len(places)} places have no row ({first_few(absent)}); write 0 for none"
        )
