"""Parts of the report that a study adds to it: what it found in sentences, a table, figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from contagion._util.language import say
from contagion._util.text import MINUS, UNKNOWN, sentence
from contagion.errors import InputError
from contagion.report import html


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, in this order. All of it is text, to be escaped."""

    heading: str
    sentences: Sequence[str] = ()  # each a paragraph
    table: pd.DataFrame | None = None  # the first column names the rows; names become words, numbers have four digits
    caption: str = ""  # of the table; the heading where there is none
    figures: Mapping[Path, str] = field(default_factory=dict)  # PNG files and their captions


def section(added: Section, identifier: str) -> str:
    """A section of the page, with an identifier that no other element of the page has.

    Raises InputError for a table without columns and where a figure is no PNG file.
    """
    parts = [f'<h2 id="{identifier}">{escape(added.heading)}</h2>']
    parts += [f"<p>{escape(sentence(words))}</p>" for words in added.sentences]
    if added.table is not None:
        if added.table.columns.empty:
            raise InputError(f"section {added.heading!r}: its table has no column to name the rows")
        parts.append(_table(added.table, added.caption or added.heading))
    parts += [html.figure(path, caption) for path, caption in added.figures.items()]
    return "\n".join([f'<section aria-labelledby="{identifier}">', *parts, "</section>"])


def _table(table: pd.DataFrame, caption: str) -> str:
    worded = [place for place, kind in enumerate(table.dtypes[1:]) if not pd.api.types.is_numeric_dtype(kind)]
    rows = [(str(head), list(map(_cell, cells))) for head, *cells in table.itertuples(index=False, name=None)]
    return html.table(caption, [sentence(str(name).replace("_", " ")) for name in table.columns], rows, worded)


def _cell(value: Any) -> str:
    """Words as they are, numbers of four digits or, where they are larger, without decimals."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return UNKNOWN
    if pd.api.types.is_bool(value):
        return say("text.yes" if value else "text.no")
    if not isinstance(value, (int, float, np.number)):
        return str(value)
    return (f"{value:,.0f}" if abs(float(value)) >= 1000 else f"{value:.4g}").replace("-", MINUS)
