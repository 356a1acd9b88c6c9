"""Dates as a user writes them."""

import re
from datetime import date

from pydantic_core import PydanticCustomError

LIKE_A_DAY = re.compile(r"(\d{4})(?:\D?(\d{1,2})(?:\D?(\d{1,2}))?)?")


def day(given: object) -> object:
    """A date from its text, YYYY-MM-DD; dates and None as they are.

    A year or a month is no date, and a number counts no seconds.

    Raises
    ------
    PydanticCustomError
        Naming the date that comes nearest; for validators of pydantic.
    """
    if given is None or isinstance(given, date):
        return given
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(given)):
        try:
            return date.fromisoformat(str(given))
        except ValueError:
            pass
    raise PydanticCustomError("day", "must be a date such as {like}", dict(like=_nearest(str(given))))


def _nearest(text: str) -> str:
    """The date that a text may mean: the first day of a year or a month."""
    found = LIKE_A_DAY.fullmatch(text)
    for parts in ([int(part or 1) for part in found.groups()], [int(found[1]), 1, 1]) if found else ():
        try:
            return date(*parts).isoformat()
        except ValueError:
            continue
    return "2020-01-01"
