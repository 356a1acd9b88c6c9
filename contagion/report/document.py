"""A page of sections alone, in the frame and style of the report of a run."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template

from contagion._util.language import say, spoken
from contagion.report.html import paragraphs, policy
from contagion.report.sections import Section, section

ASSETS = Path(__file__).parent / "assets"


def document(
    title: str,
    facts: Sequence[str],
    sections: Iterable[Section],
    rests: Sequence[str] = (),
    origin: Sequence[str] = (),
) -> str:
    """The text of a page of sections, which opens without a network.

    Parameters
    ----------
    title
        Title of the page.
    facts
        Sentences below the title.
    sections
        What was found.
    rests
        Sentences on what it rests on, which open on a click.
    origin
        Attribution and what to cite, at the end.

    Returns
    -------
    str
        HTML; all text is escaped.

    Raises
    ------
    InputError
        If the table or figure of a section cannot be shown.
    """
    style = (ASSETS / "page.css").read_text(encoding="utf-8")
    summary = escape(say("facts.document_rests"))
    opened = f"<details><summary>{summary}</summary>{paragraphs(rests)}</details>" if rests else ""
    return Template((ASSETS / "document.html").read_text(encoding="utf-8")).substitute(
        language=spoken(),
        policy=escape(policy(style, "")),
        style=style,
        title=escape(title),
        facts=paragraphs(facts) + opened,
        sections="\n".join(section(part, f"section-{number}") for number, part in enumerate(sections, 1)),
        origin=paragraphs(origin),
    )
