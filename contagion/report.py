"""The report of a run: one page that opens without a network and holds everything it shows.

Its frame, style and behaviour lie in `page/` as files of their own; data are put in as text that is escaped.
"""

import base64
import json
import math
from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import pandas as pd
from xarray import Dataset

from contagion.classes import MINUS
from contagion.explorer import explore
from contagion.resources import folder
from contagion.sheet import SCHEMATIC

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

LIMIT = 14_500_000  # bytes of a page
FIGURES = {
    "homicide_rate_differences": "Change in the homicide rate of the last twelve months from {first}, by place",
    "probability_of_harm": "Probability of more homicides over the run than under {first}, by place",
    "effect_and_certainty": "Change in the homicide rate over the run from {first} and how sure it is, by place",
    "homicides_total": "Homicides of the whole region over time, by strategy",
    "conflict_homicides_total": "Homicides in conflict between groups over time, by strategy",
    "members_total": "Members of criminal groups over time, by strategy",
}
# Outcome, heading and decimals of a plain column of the headline.
PLAIN = (
    ("cost", "Cost, million dollars", 0),
    ("personnel_years", "Personnel-years", 0),
    ("violent_places_at_end", "Violent places at the end", 0),
    ("trust_at_end", "Trust at the end, 0 to 1", 3),
)
UNKNOWN = "\N{EN DASH}"


def write(
    dataset: Dataset, polygons: "GeoDataFrame", table: pd.DataFrame, figures: Iterable[Path], target: Path
) -> None:
    """Writes the report of a run to `target`.

    **Arguments:** `polygons` one row per place, indexed by code; `table` as `comparison.compare` returns; `figures` the
    files that `maps.draw` wrote, of which some in PNG are shown.
    """
    target.write_text(page(dataset, polygons, table, figures), encoding="utf-8")


def page(dataset: Dataset, polygons: "GeoDataFrame", table: pd.DataFrame, figures: Iterable[Path]) -> str:
    """The text of the report; arguments as of `write`."""
    first = str(dataset.strategy.values[0])
    shown = _figures(figures, first)
    explorer = explore(dataset, polygons, LIMIT - len(shown.encode()) - 1_500_000)  # outlines, names, totals
    assets = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder("page").iterdir())}
    style, script = assets["page.css"], assets["page.js"]
    blocks = {f"block-{variable}-{strategy}": text for (variable, strategy), text in explorer.blocks.items()}
    default = [name for name in blocks if name.startswith("block-0-")]
    return Template(assets["page.html"]).substitute(
        policy=escape(_policy(style, script)),
        style=style,
        script=script,
        kind="single" if dataset.place.size == 1 else "several",
        title=escape(f"Strategies against violence: {dataset.attrs['region']}"),
        facts=_facts(dataset),
        first=escape(first),
        headline=_headline(table),
        figures=shown,
        omitted=escape(explorer.omitted),
        data=json.dumps(explorer.description, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        outlines=explorer.outlines,
        default_blocks=_scripts({name: blocks.pop(name) for name in default}),
        other_blocks=_scripts(blocks),
        origin=_origin(dataset),
    )


def _policy(style: str, script: str) -> str:
    """Nothing may be fetched, and nothing but our own script and style may act."""

    def trusted(text: str) -> str:
        return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; img-src data:; style-src {trusted(style)}; script-src {trusted(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _scripts(blocks: dict[str, str]) -> str:
    return "\n".join(f'<script type="text/plain" id="{name}">{text}</script>' for name, text in blocks.items())


def _facts(dataset: Dataset) -> str:
    """What was run, in sentences; first of all, whether it is real."""
    about = dataset.attrs
    weeks = int(dataset.weeks.sum())
    start = date.fromisoformat(about["start"])
    end = start + timedelta(weeks=weeks, days=-1)
    replicates = dataset.replicate.size
    paired = "under common random numbers" if replicates > 1 else "which says nothing of chance"
    warning = f'<p class="warning">{SCHEMATIC}.</p>' if about["schematic"] else ""
    ran = (
        f"{_counted(dataset.place.size, 'place')}, {_counted(dataset.strategy.size, 'strategy', 'strategies')}, "
        f"{weeks:,} weeks from {_day(start)} to {_day(end)}; "
        f"{_counted(replicates, 'replicate')} of each strategy, {paired}."
    )
    sentences = (ran, about["note"], about.get("parameters", ""))
    return warning + "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _origin(dataset: Dataset) -> str:
    """Attribution and what to cite."""
    about = dataset.attrs
    made = f"Seed {about.get('seed', UNKNOWN)}, revision {about.get('git_revision', UNKNOWN)}."
    return "".join(f"<p>{escape(str(text))}</p>" for text in (about["source"], made) if text)


def _headline(table: pd.DataFrame) -> str:
    """The table of strategies and main outcomes."""
    rows = table.set_index(["outcome", "strategy"])
    strategies = list(dict.fromkeys(table["strategy"]))
    usual: Any = rows.loc[("homicides", strategies[0]), "mean"]
    headings = (
        "Strategy",
        "Homicides",
        "Per 100,000 residents and year",
        "Change in homicides, % (90 % interval)",
        "Probability of fewer",
        "Probability of being best",
        *(heading for _, heading, _ in PLAIN),
    )
    columns = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    lines = [f"<thead><tr>{columns}</tr></thead><tbody>"]
    for strategy in strategies:
        homicides: Any = rows.loc[("homicides", strategy)]
        cells = [
            _number(homicides["mean"], 0),
            _number(rows.loc[("homicide_rate", strategy), "mean"], 1),
            UNKNOWN if strategy == strategies[0] else _change(homicides, usual),
            _number(homicides["probability_better"], 2),
            _number(homicides["probability_best"], 2),
            *(_number(rows.loc[(outcome, strategy), "mean"], decimals) for outcome, _, decimals in PLAIN),
        ]
        lines += [f'<tr><th scope="row">{escape(strategy)}</th>', *(f"<td>{cell}</td>" for cell in cells), "</tr>"]
    return "\n".join([*lines, "</tbody>"])


def _change(homicides: Any, usual: float) -> str:
    """Change in per cent of what is usual, with its interval."""
    if not usual:
        return UNKNOWN
    change, low, high = (
        _number(100 * homicides[name] / usual, 1, "+") for name in ("difference", "difference_q05", "difference_q95")
    )
    return f"{change} ({low} to {high})"


def _number(value: Any, decimals: int, sign: str = "") -> str:
    return UNKNOWN if math.isnan(value) else f"{value:{sign},.{decimals}f}".replace("-", MINUS)


def _figures(figures: Iterable[Path], first: str) -> str:
    """Those of the figures that the report shows, of PNG files, as part of the page."""
    files = {path.stem: path for path in figures if path.suffix == ".png"}
    shown = []
    for name, words in FIGURES.items():
        if name in files:
            picture = base64.b64encode(files[name].read_bytes()).decode("ascii")
            caption = escape(words.format(first=first))
            image = f'<img src="data:image/png;base64,{picture}" alt="{caption}">'
            shown.append(f"<figure>{image}<figcaption>{caption}</figcaption></figure>")
    return "\n".join(shown)
