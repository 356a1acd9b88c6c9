"""Words of the page, the figures and the summary by key, from the catalogue of a language beside this file."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from contagion._util.nested import by_dotted_key
from contagion.errors import InputError

CATALOGUES = Path(__file__).parent
ENGLISH = "en"
LANGUAGES = tuple(sorted(path.stem for path in CATALOGUES.glob("*.yaml")))
_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Pages, figures and sentences that are made within this context are in a language; outside it, in English.

    Parameters
    ----------
    language
        ``en`` or ``es``.

    Raises
    ------
    InputError
        If there is no catalogue of the language.

    Examples
    --------
    >>> with contagion.speaking("es"):
    ...     contagion.plots.series(results).savefig("homicidios.png")
    """
    if language not in LANGUAGES:
        raise InputError(f"language {language!r}: must be one of {', '.join(LANGUAGES)}")
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> str:
    """The language in which words are now."""
    return _spoken.get()


@cache
def catalogue(language: str) -> dict[str, str]:
    """All words of a language by key: names of the nested mappings joined with dots."""
    return by_dotted_key(yaml.safe_load((CATALOGUES / f"{language}.yaml").read_text(encoding="utf-8")))


def say(key: str, **named: object) -> str:
    """The words of a key, with what its placeholders name."""
    return catalogue(spoken())[key].format(**named)


def noted(note: str) -> str:
    """A note of a dataset, in which the sentence on assumed numbers is in the language spoken; the rest as written."""
    return note.replace(catalogue(ENGLISH)["summary.assumed"], say("summary.assumed"))


def group(name: str) -> dict[str, str]:
    """All words of a group by their keys in it, with their placeholders."""
    start = f"{name}."
    return {key.removeprefix(start): words for key, words in catalogue(spoken()).items() if key.startswith(start)}


def worded(name: str, text: str) -> str:
    """The words of a group for what data call `text`; `text` itself where the group does not have it."""
    return catalogue(spoken()).get(f"{name}.{text}", text)


def reason(text: str) -> str:
    """What a table says of why something is not computed; in the catalogue, `#` stands for each number of it."""
    numbers = iter(re.findall(r"\d+", text))
    return re.sub("#", lambda _: next(numbers), worded("reason", re.sub(r"\d+", "#", text)))


def label(strategy: str) -> str:
    """Display name of a strategy: that of the catalogue, or its name with blanks for underscores."""
    known = [worded("strategy", f"{part}.label") for part in strategy.split("+")]
    if any(name.endswith(".label") for name in known):
        return strategy.replace("_", " ")
    return " + ".join(known)


def about(strategy: str) -> str:
    """What a strategy does, in a sentence; empty where the catalogue has none."""
    return catalogue(spoken()).get(f"strategy.{strategy}.about", "")


def dated(day: date, form: Literal["day", "month", "short_day", "short_month"]) -> str:
    """A day or a month with its name, which is in full or short."""
    names = say("date.short_months" if form.startswith("short") else "date.months").split()
    return say(f"date.{form}", day=day.day, two_digits=f"{day.day:02d}", month=names[day.month - 1], year=day.year)
