"""Tables and figures of the report in HTML. All text is escaped here."""

import base64
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path

from contagion.errors import InputError

PNG = b"\x89PNG\r\n\x1a\n"


def policy(style: str, script: str) -> str:
    """Nothing may be fetched, and nothing but our own script and style may act."""

    def trusted(text: str) -> str:
        return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; img-src data:; style-src {trusted(style)}; script-src {trusted(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def name(text: str) -> str:
    """A name, which may break into lines after its underscores."""
    return escape(text).replace("_", "_<wbr>")


def table(
    caption: str, headings: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], worded: Collection[int] = ()
) -> str:
    """A table that scrolls sideways where it must.

    Parameters
    ----------
    caption
        Caption of the table.
    headings
        Of all columns.
    rows
        The head of each row, and its cells.
    worded
        Numbers of the columns after the first that hold words, which are set to the left.
    """
    kinds = [' class="words"' if column in worded else "" for column in range(len(headings) - 1)]
    columns = "".join(
        f'<th scope="col"{kind}>{name(heading)}</th>' for heading, kind in zip(headings, ["", *kinds], strict=True)
    )
    lines = []
    for head, cells in rows:
        told = "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(cells, kinds, strict=True))
        lines.append(f'<tr><th scope="row">{name(head)}</th>{told}</tr>')
    return "\n".join(
        [
            f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0">',
            f"<table><caption>{escape(caption)}</caption>",
            f"<thead><tr>{columns}</tr></thead>",
            "<tbody>",
            *lines,
            "</tbody></table></div>",
        ]
    )


def figure(path: Path, caption: str) -> str:
    """A PNG file as part of the page.

    Raises InputError where there is none.
    """
    picture = path.read_bytes() if path.is_file() else b""
    if not picture.startswith(PNG):
        raise InputError(f"figure {path}: not a PNG file that can be read")
    words = escape(caption)
    image = f'<img src="data:image/png;base64,{base64.b64encode(picture).decode("ascii")}" alt="{words}">'
    return f"<figure>{image}<figcaption>{words}</figcaption></figure>"


def paragraphs(sentences: Iterable[object]) -> str:
    """Each sentence as a paragraph, escaped; empty ones are left out."""
    return "".join(f"<p>{escape(str(words))}</p>" for words in sentences if words)
