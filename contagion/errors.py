"""The one exception a user sees, and the words it needs."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something a user gave cannot be used: says what was wrong, where, and what would be right."""


def nearest(given: object, choices: Iterable[object]) -> str:
    """The choice that reads most like `given`."""
    lowered = {str(choice).lower(): str(choice) for choice in choices}
    close = difflib.get_close_matches(str(given).lower(), lowered, n=1, cutoff=0)
    return lowered[close[0]] if close else "nothing"
