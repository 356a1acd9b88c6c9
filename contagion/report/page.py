"""The report of a run: one page that opens without a network and holds everything it shows.

Its frame, style and behaviour lie in `assets/` as files of their own; data are put in as text that is escaped.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import pandas as pd
from xarray import Dataset

from contagion._util.atomic import committed
from contagion._util.language import dated, group, label, noted, say, spoken
from contagion._util.text import UNKNOWN
from contagion.errors import InputError
from contagion.report.explorer import explore
from contagion.report.html import paragraphs, policy
from contagion.report.sections import Section, section
from contagion.report.summary_table import headline

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = ("numbers", "elements", "map", "series", "search", "export", "address", "app")  # one after another
LIMIT = 14_990_000  # bytes of a page, with a little to spare
FIGURES = (
    "homicide_rate_differences",
    "effect_and_certainty",
    "homicides_total",
    "conflict_homicides_total",
    "members_total",
)


class Frame(Template):
    """The frame of the page: `${page.best}` stands for words of the catalogue, `$sections` for what is made here."""

    braceidpattern = r"[a-z]+\.[a-z_]+"


def write(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    table: pd.DataFrame,
    figures: Iterable[Path],
    target: Path,
    sections: Iterable[Section] = (),
) -> None:
    """Write the report of a run to a file.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    polygons
        One row per place, indexed by code.
    table
        As `compare` returns it for the first strategy of the dataset.
    figures
        Files that `plots.draw` wrote, of which some in PNG are shown.
    target
        File that does not exist yet.
    sections
        What else was found, shown after the headline.

    Raises
    ------
    InputError
        If the table compares with another strategy, or the table or figure of a section cannot be shown.
    """
    with committed(target) as partial:
        partial.write_text(render(dataset, polygons, table, figures, sections), encoding="utf-8")


def render(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    table: pd.DataFrame,
    figures: Iterable[Path],
    sections: Iterable[Section] = (),
) -> str:
    """The text of the report of a run.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    polygons
        One row per place, indexed by code.
    table
        As `compare` returns it for the first strategy of the dataset.
    figures
        Files that `plots.draw` wrote, of which some in PNG are shown.
    sections
        What else was found, shown after the headline.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    InputError
        As of `write`.
    """
    first, compared = str(dataset.strategy.values[0]), str(table["strategy"].iloc[0])
    if compared != first:
        raise InputError(f"the comparison is with {compared!r}, but the first strategy of the dataset is {first!r}")
    assets = {path.name: path.read_text(encoding="utf-8") for path in sorted(ASSETS.iterdir())}
    style, script = assets["page.css"], "".join(assets[f"{name}.js"] for name in SCRIPTS)
    added = [section(part, f"section-{number}") for number, part in enumerate(sections, 1)]
    called = label(first)
    parts = {f"page.{key}": escape(words.format(first=called)) for key, words in group("page").items()} | dict(
        language=spoken(),
        policy=escape(policy(style, script)),
        style=style,
        script=script,
        kind="single" if dataset.place.size == 1 else "several",
        title=escape(title(dataset)),
        facts=_facts(dataset),
        first=escape(called),
        headline=headline(table, int(dataset.weeks.sum())),
        sections="\n".join(added),
        figures=_figures(figures, called),
        origin=_origin(dataset),
    )
    template = Frame(assets["page.html"])
    explored = ("omitted", "data", "outlines", "default_blocks", "other_blocks")
    taken = len(template.substitute(parts, **dict.fromkeys(explored, "")).encode())
    explorer = explore(dataset, polygons, LIMIT - taken)
    blocks = {f"block-{variable}-{strategy}": text for (variable, strategy), text in explorer.blocks.items()}
    default = [name for name in blocks if name.startswith("block-0-")]
    first_read = {name: blocks.pop(name) for name in default} | {"recorded": explorer.recorded}
    return template.substitute(
        parts,
        omitted=escape(explorer.omitted),
        data=explorer.data,
        outlines=explorer.outlines,
        default_blocks=_scripts(first_read),
        other_blocks=_scripts(blocks),
    )


def _scripts(blocks: dict[str, str]) -> str:
    return "\n".join(f'<script type="text/plain" id="{name}">{text}</script>' for name, text in blocks.items())


def title(dataset: Dataset) -> str:
    """The title of what is told of a run."""
    return say("facts.title", region=dataset.attrs["region"])


def scope(dataset: Dataset) -> str:
    """What was run, in a sentence: places, strategies, horizon, replicates."""
    weeks = int(dataset.weeks.sum())
    start = date.fromisoformat(dataset.attrs["start"])
    end = start + timedelta(weeks=weeks, days=-1)
    replicates = dataset.replicate.size
    return say(
        "facts.ran",
        places=_counted(dataset.place.size, "place", "places"),
        strategies=_counted(dataset.strategy.size, "strategy", "strategies"),
        weeks=f"{weeks:,}",
        start=dated(start, "day"),
        end=dated(end, "day"),
        replicates=_counted(replicates, "replicate", "replicates"),
        paired=say("facts.paired" if replicates > 1 else "facts.alone"),
    )


def _facts(dataset: Dataset) -> str:
    """What was run; first of all, whether it is real."""
    about = dataset.attrs
    warning = f'<p class="warning">{escape(say("facts.schematic"))}.</p>' if about["schematic"] else ""
    rests = paragraphs((noted(about["note"]), about.get("parameters", "")))
    summary = escape(say("facts.rests"))
    return f"{warning}<p>{escape(scope(dataset))}</p><details><summary>{summary}</summary>{rests}</details>"


def _counted(count: int, one: str, many: str) -> str:
    return say(f"facts.{one}") if count == 1 else say(f"facts.{many}", count=f"{count:,}")


def _origin(dataset: Dataset) -> str:
    """Attribution and what to cite."""
    about = dataset.attrs
    made = say("facts.made", seed=about.get("seed", UNKNOWN), revision=about.get("git_revision", UNKNOWN))
    return paragraphs((about["source"], made))


def _figures(figures: Iterable[Path], first: str) -> str:
    """A section of those of the figures that the report shows, of PNG files; nothing where there are none."""
    files = {path.stem: path for path in figures if path.suffix == ".png"}
    shown = {files[name]: say(f"figure.{name}", first=first) for name in FIGURES if name in files}
    return section(Section(say("facts.figures"), figures=shown), "figures") if shown else ""
