"""The one exception a user sees, and the words it needs."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something a user gave cannot be used: says what was wrong, where, and what would be right."""


def nearest(given: object, choices: Iterable[object]) -> str:
    """The choice that reads most like `given`; one that it is a part of comes first."""
    word = str(given).lower()
    lowered = {str(choice).lower(): str(choice) for choice in choices}
    whole = [choice for choice in lowered if len(word) > 2 and word in choice]
    close = difflib.get_close_matches(word, whole or lowered, n=1, cutoff=0)
    return lowered[close[0]] if close else "nothing"


def install(extra: str) -> str:
    """What installs the libraries of an optional part, in words."""
    return f"pip install 'contagion[{extra}]', or in a checkout pip install -e '.[{extra}]'"
