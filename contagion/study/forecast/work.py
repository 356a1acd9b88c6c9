"""Forecast the record of a region, and score such forecasts at earlier origins: task=forecast."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from contagion import report
from contagion._util.atomic import committed
from contagion._util.text import enumerated, harmless
from contagion.evaluation import figures
from contagion.evaluation.origins import HORIZONS, OURS, PIT, Evaluation, Observed, choose_origins, evaluate
from contagion.evaluation.outlook import Outlook, look_ahead
from contagion.evaluation.summary import calibration, skill_table
from contagion.plots.style import save
from contagion.regions.atlas import Atlas
from contagion.study import output_folder
from contagion.study.forecast import page
from contagion.study.plan import region_of
from contagion.study.settings import Settings

DIGITS = "%.6g"


def run(settings: Settings, target: Path, console: Console) -> None:
    """Forecast what `settings` name and write what came of it.

    Parameters
    ----------
    settings
        Validated settings, of which those of the region, the start and the forecast are read.
    target
        Folder of the run.
    console
        Where to say how far it is.

    Raises
    ------
    InputError
        For a region without a record, or with one that is too short.
    """
    with console.status("reading the region"):
        atlas = region_of(settings)
        observed = Observed.of(atlas, settings.start)
    chosen = settings.forecast
    horizons = sorted(set(chosen.horizons or HORIZONS[observed.season]))
    origins = choose_origins(observed, chosen.origins, horizons)
    length = observed.counts.sizes["time"]
    console.print(
        f"{len(atlas.polygons)} places; counted to {observed.label(length - 1)}; "
        f"{page.earlier(len(origins))}, {observed.label(origins[0])} to {observed.label(origins[-1])}",
        markup=False,
    )
    for note in atlas.notes:
        if note.startswith(str(settings.region.get("record"))):
            console.print(f"note: {note}", markup=False, style="dim")
    with _bar(console, settings.runtime.progress) as bar:
        steps = bar.add_task("", total=len(origins) + 1)
        bar.update(steps, description=f"forecasting from {observed.label(length)}")
        ahead = look_ahead(observed, chosen.draws, chosen.rate)
        _table(_named(ahead, atlas), target / output_folder.FORECAST)
        bar.advance(steps)
        one = partial(evaluate, observed, horizons=horizons, draws=chosen.draws, rate=chosen.rate)
        found = _scored(one, observed, origins, target, bar, console)
    _write(found, ahead, atlas, target, console)


def _bar(console: Console, shown: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=not shown, transient=True)


def _scored(
    one: Any, observed: Observed, origins: list[int], target: Path, bar: Progress, console: Console
) -> Evaluation:
    """Every origin; after an interruption the scores of those that are done are kept."""
    found: list[Evaluation] = []
    (steps,) = bar.task_ids
    try:
        for origin in origins:
            bar.update(steps, description=f"scoring from {observed.label(origin)}")
            found.append(one(origin))
            console.print(_said(found[-1].scores), markup=False, style="dim")
            bar.advance(steps)
    except KeyboardInterrupt:
        kept = [output_folder.FORECAST]
        if found:
            _scores(Evaluation.pooled(found), target)
            kept = [*kept, f"{output_folder.SCORES} of {len(found)} of {len(origins)} origins"]
        raise KeyboardInterrupt(f"interrupted; {enumerated(kept)} are in {target}") from None
    return Evaluation.pooled(found)


def _said(scores: pd.DataFrame) -> str:
    """The skill at an origin by level, of the longest that is scored."""
    ours = scores[scores.model == OURS].groupby("level", sort=False).last()
    skills = ", ".join(f"{level} {skill:.0f} %" for level, skill in ours.skill.items())
    return f"{scores.origin.iloc[0]}: skill over the mean of the last year, horizon {ours.horizon.iloc[0]}: {skills}"


def _named(ahead: Outlook, atlas: Atlas) -> pd.DataFrame:
    """The forecast of each place with its name and state."""
    return atlas.polygons[["name", "state"]].join(ahead.places).reset_index(names="code")


def _scores(found: Evaluation, target: Path) -> None:
    _table(found.scores.drop(columns=PIT), target / output_folder.SCORES)


def _table(table: pd.DataFrame, path: Path) -> None:
    with committed(path) as partly:
        table.map(harmless).to_csv(partly, index=False, float_format=DIGITS)


def _write(found: Evaluation, ahead: Outlook, atlas: Atlas, target: Path, console: Console) -> None:
    """Tables, figures and the page."""
    skills = skill_table(found.scores)
    _scores(found, target)
    _table(skills, target / output_folder.SKILL)
    _table(calibration(found.statements), target / output_folder.STATEMENTS)
    texts: Mapping[str, Any] = dict(region=atlas.name, schematic=0, note=page.NOTE, source=atlas.source)
    made = {
        "fan.png": partial(figures.fan, ahead, texts),
        "probability.png": partial(figures.probability_map, ahead, atlas.polygons, texts),
        "skill.png": partial(figures.skill_figure, found, atlas.polygons, texts),
        "reliability.png": partial(figures.reliability, found, texts),
    }
    with console.status("drawing figures"):
        for name, draw in made.items():
            save(draw(), [target / name])
    facts = page.facts(found, ahead, skills)
    text = report.document(
        f"Forecast of recorded homicides: {atlas.name}",
        facts,
        page.sections(found, ahead, skills, _named(ahead, atlas), target),
        (page.NOTE, *atlas.notes),
        (atlas.source,),
    )
    with committed(target / output_folder.REPORT) as partly:
        partly.write_text(text, encoding="utf-8")
    for sentence in facts:
        console.print(sentence, markup=False)
    names = (output_folder.SCORES, output_folder.SKILL, output_folder.STATEMENTS, output_folder.FORECAST, *made)
    console.print(f"report.html, {enumerated(names)} in {target}", markup=False)
