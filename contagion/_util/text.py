"""Text for terminals, tables and pages: numbers, lists of names, lines of a given width."""

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from textwrap import TextWrapper

MINUS = "\N{MINUS SIGN}"  # as wide as the plus
PERCENT = "\N{NO-BREAK SPACE}%"  # no line begins with it


class Lines(TextWrapper):
    """Also breaks the names of strategies where their words meet, and no per cent off its number."""

    wordsep_re = re.compile(r"(\s+)(?![\s%])|(?<=\w[_+/-])(?=\w)")


def some(values: Iterable[object], most: int = 5) -> str:
    """The first few values, and how many more there are."""
    listed = list(values)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(str(value) for value in listed[:most]) + more


def listed(names: Iterable[object]) -> str:
    """Names as a sentence lists them: a, b and c."""
    *others, last = map(str, names)
    return f"{', '.join(others)} and {last}" if others else last


def said(value: float, digits: int = 3, sign: str = "") -> str:
    """A number to so many significant digits, never with an exponent."""
    return f"{Decimal(f'{value:.{digits}g}'):{sign},f}".replace("-", MINUS)


def percent(share: float) -> str:
    """A share as whole per cent; what is not quite none or all is not rounded to it."""
    bounded = min(max(100 * share, 1), 99) if 0 < share < 1 else 100 * share
    return f"{bounded:.0f} %"


UNKNOWN = "\N{EN DASH}"


def number(value: float, decimals: int, sign: str = "") -> str:
    """Digits with a true minus, zero without a sign; a dash where the value is not known."""
    if math.isnan(value):
        return UNKNOWN
    rounded = round(value, decimals) or 0.0  # nor is there a zero below zero
    return f"{rounded:{sign if rounded else ''},.{decimals}f}".replace("-", MINUS)


def between(middle: float, low: float, high: float, decimals: int, sign: str = "") -> str:
    """A number and the interval around it."""
    if math.isnan(middle):
        return UNKNOWN
    return f"{number(middle, decimals, sign)} ({number(low, decimals, sign)} to {number(high, decimals, sign)})"


def sentence(text: str) -> str:
    """Start with a capital."""
    return text[:1].upper() + text[1:]


def count(value: float) -> str:
    return f"{round(value):,}".replace("-", MINUS)


def in_replicates(share: float) -> str:
    """How often something is so, as a share (0 to 1) of replicates: in 83 % of replicates."""
    return f"in {percent(share).replace(' %', PERCENT)} of replicates"
