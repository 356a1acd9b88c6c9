"""What an analysis of a run found, as a page shows it, and the words that findings share."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import pandas as pd
from scipy.stats import beta

from contagion.classes import MINUS


class Finding(NamedTuple):
    """An answer to one question: plain text that is not escaped, and the numbers it rests on."""

    heading: str
    sentences: list[str]
    table: pd.DataFrame


def interval(met: float, count: float) -> tuple[float, float]:
    """90 % interval of a share, met in so many of `count` replicates, under Jeffreys' prior; 0 to 1 of none."""
    low, high = beta.ppf([0.05, 0.95], met + 0.5, count - met + 0.5)
    return float(low), float(high)


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
