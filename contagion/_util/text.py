"""Format numbers, lists of names and wrapped lines for terminals, tables and reports."""

import math
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from textwrap import TextWrapper

from contagion._util.language import say

MINUS = "\N{MINUS SIGN}"  # as wide as the plus
UNKNOWN = "\N{EN DASH}"
PERCENT = "\N{NO-BREAK SPACE}%"  # never wrapped to the start of a line


class Lines(TextWrapper):
    """Text wrapper that may also break strategy names at word joints, and keeps `%` with its number."""

    wordsep_re = re.compile(r"(\s+)(?![\s%])|(?<=\w[_+/-])(?=\w)")


def first_few(values: Iterable[object], most: int = 5) -> str:
    """The first `most` values, followed by the number of omitted ones."""
    every = list(values)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(str(value) for value in every[:most]) + more


def enumerated(names: Iterable[object]) -> str:
    """Names joined as in a sentence: a, b and c."""
    *others, last = map(str, names)
    return say("text.list", others=", ".join(others), last=last) if others else last


def significant(value: float, digits: int = 3, sign: str = "") -> str:
    """A number rounded to `digits` significant digits, without an exponent; a dash for NaN."""
    if math.isnan(value):
        return UNKNOWN
    return f"{Decimal(f'{value:.{digits}g}'):{sign},f}".replace("-", MINUS)


def percent(share: float) -> str:
    """A share as whole per cent; only exact 0 and 1 become 0 % and 100 %."""
    bounded = min(max(100 * share, 1), 99) if 0 < share < 1 else 100 * share
    return f"{bounded:.0f} %"


def number(value: float, decimals: int, sign: str = "") -> str:
    """A number with a typographic minus and no sign on zero; a dash for NaN."""
    if math.isnan(value):
        return UNKNOWN
    rounded = round(value, decimals) or 0.0  # no negative zero
    return f"{rounded:{sign if rounded else ''},.{decimals}f}".replace("-", MINUS)


def between(middle: float, low: float, high: float, decimals: int, sign: str = "") -> str:
    """A number with its interval: middle (low to high)."""
    if math.isnan(middle):
        return UNKNOWN
    low_end, high_end = number(low, decimals, sign), number(high, decimals, sign)
    return say("text.interval", middle=number(middle, decimals, sign), low=low_end, high=high_end)


def sentence(text: str) -> str:
    """Text with its first letter capitalised."""
    return text[:1].upper() + text[1:]


def sentences(text: str) -> str:
    """Text with the first letter of each sentence capitalised."""
    return re.sub(r"(^|[.!?] )(\w)", lambda found: found[1] + found[2].upper(), text)


def count(value: float) -> str:
    """A whole number with thousands separators."""
    return f"{round(value):,}".replace("-", MINUS)


def in_replicates(share: float) -> str:
    """How often something is so, as a share (0 to 1) of replicates: in 83 % of replicates."""
    return say("text.in_replicates", share=percent(share).replace(" %", PERCENT))


def harmless(word: object) -> object:
    """A word that a spreadsheet would take for a formula, behind an apostrophe; anything else as it is."""
    return f"'{word}" if isinstance(word, str) and word.startswith(("=", "+", "-", "@", "\t", "\r")) else word


def printable(text: str) -> str:
    """Text of somebody else, with control characters, which a terminal would obey, written out."""
    return "".join(
        each.encode("unicode_escape").decode() if unicodedata.category(each)[0] == "C" and each != "\n" else each
        for each in text
    )
