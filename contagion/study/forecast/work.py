"""Forecast the record of a region, and score such forecasts at earlier origins: task=forecast."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from contagion import report
from contagion._util.atomic import once
from contagion._util.language import ENGLISH, say, speaking, worded
from contagion._util.text import enumerated, harmless, number
from contagion.errors import InputError
from contagion.evaluation import figures
from contagion.evaluation.origins import HORIZONS, OURS, PIT, Evaluation, Observed, choose_origins, evaluate
from contagion.evaluation.outlook import Outlook, look_ahead
from contagion.evaluation.summary import calibration, skill_table
from contagion.plots.style import save
from contagion.regions.atlas import Atlas
from contagion.simulation.labels import revision
from contagion.study.folders import output_folder, run_record
from contagion.study.folders.run_record import surroundings
from contagion.study.forecast import page
from contagion.study.jobs.manifest import PARTS
from contagion.study.plan import region_of
from contagion.study.settings import Settings
from contagion.study.terminal.log import Told

DIGITS = "%.6g"
AT_ONCE = 2  # origins that are scored at a time: each takes about a gigabyte where there are thousands of places


def run(settings: Settings, config: Mapping[str, Any], arguments: list[str], target: Path, console: Told) -> None:
    """Forecast what `settings` name and write what came of it; goes on with what an interrupted run left.

    Parameters
    ----------
    settings
        Validated settings, of which those of the region, the start and the forecast are read.
    config, arguments
        The configuration as a folder keeps it, and the overrides of the command.
    target
        Folder of the run.
    console
        Where to say how far it is.

    Raises
    ------
    InputError
        For a region without a record, or with one that is too short, and where something else was given to an
        unfinished run.
    """
    with console.status("reading the region"):
        atlas = region_of(settings)
        observed = Observed.of(atlas, settings.start)
    chosen = settings.forecast
    horizons = sorted(set(chosen.horizons or HORIZONS[observed.season]))
    origins = choose_origins(observed, chosen.origins, horizons)
    length = observed.counts.sizes["time"]
    span = say("date.span", first=observed.label(origins[0]), last=observed.label(origins[-1]))
    begun = dict(places=f"{len(atlas.polygons):,}", last=observed.label(length - 1), span=span)
    console.print(say("forecast.begun", origins=page.earlier(len(origins)), **begun), markup=False)
    for note in atlas.notes:
        if note.startswith(str(settings.region.get("record"))):
            console.print(f"note: {note}", markup=False, style="dim")
    with _bar(console, settings.runtime.progress) as bar:
        steps = bar.add_task("", total=len(origins) + 1)
        bar.update(steps, description=f"forecasting from {observed.label(length)}")
        depends_on = surroundings(atlas.hashes, {}, revision())
        output_folder.begin(target, config, depends_on, arguments, [], console)
        (target / PARTS).mkdir(exist_ok=True)
        ahead = look_ahead(observed, chosen.draws, chosen.rate)
        _table(_named(ahead, atlas), target / output_folder.FORECAST)
        bar.advance(steps)
        one = partial(evaluate, observed, horizons=horizons, draws=chosen.draws, rate=chosen.rate)
        found = _scored(one, observed, origins, target, bar, console)
    _write(found, ahead, atlas, target, console)
    run_record.finish(target)
    run_record.forget(target, PARTS)


def _bar(console: Console, shown: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=not shown, transient=True)


def _scored(
    one: Callable[[int], Evaluation],
    observed: Observed,
    origins: list[int],
    target: Path,
    bar: Progress,
    console: Console,
) -> Evaluation:
    """Every origin, each kept as it is done; the rivals of one are fitted while the forecast of the next is."""
    found: list[Evaluation] = []
    (steps,) = bar.task_ids
    threads = ThreadPoolExecutor(AT_ONCE)
    try:
        kept = [
            threads.submit(copy_context().run, _kept, target / PARTS / f"origin-{origin:04d}", partial(one, origin))
            for origin in origins
        ]
        for origin, evaluation in zip(origins, kept, strict=True):
            bar.update(steps, description=f"scoring from {observed.label(origin)}")
            found.append(evaluation.result())
            console.print(_said(found[-1].scores), markup=False, style="dim")
            bar.advance(steps)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; {len(found)} of {len(origins)} origins are in {target}: the same command with "
            f"hydra.run.dir={target} resumes"
        ) from None
    finally:
        threads.shutdown(cancel_futures=True)
    return Evaluation.pooled(found)


def _kept(folder: Path, evaluated: Callable[[], Evaluation]) -> Evaluation:
    """The evaluation that a folder holds, which is filled if there is none."""
    names = [part.name for part in fields(Evaluation)]

    def write(partly: Path) -> None:
        evaluation = evaluated()
        partly.mkdir()
        for name in names:
            getattr(evaluation, name).to_parquet(partly / f"{name}.parquet")

    once(folder, write)
    try:
        return Evaluation(**{name: pd.read_parquet(folder / f"{name}.parquet") for name in names})
    except (OSError, ValueError) as error:
        fault = f"{folder}: cannot be read ({type(error).__name__})"
        raise InputError(f"{fault}; delete it, and it is computed anew") from None


def _said(scores: pd.DataFrame) -> str:
    """The skill at an origin by level, of the longest that is scored."""
    ours = scores[scores.model == OURS].groupby("level", sort=False).last()
    skills = ", ".join(f"{worded('level', str(level))} {number(skill, 0)} %" for level, skill in ours.skill.items())
    origin, horizon = scores.origin.iloc[0], page.named(str(ours.horizon.iloc[0]))
    return say("forecast.origin_scored", origin=origin, horizon=horizon, skills=skills)


def _named(ahead: Outlook, atlas: Atlas) -> pd.DataFrame:
    """The forecast of each place with its name and state."""
    return atlas.polygons[["name", "state"]].join(ahead.places).reset_index(names="code")


def _table(table: pd.DataFrame, path: Path) -> None:
    once(path, partial(table.map(harmless).to_csv, index=False, float_format=DIGITS))


def _write(found: Evaluation, ahead: Outlook, atlas: Atlas, target: Path, console: Console) -> None:
    """Tables, figures and the page."""
    skills = skill_table(found.scores)
    _table(found.scores.drop(columns=PIT), target / output_folder.SCORES)
    _table(skills, target / output_folder.SKILL)
    with speaking(ENGLISH):  # tables are data
        _table(calibration(found.statements), target / output_folder.STATEMENTS)
    note = say("forecast.note")
    texts: Mapping[str, Any] = dict(region=atlas.name, schematic=0, note=note, source=atlas.source)
    made = {
        "fan.png": partial(figures.fan, ahead, texts),
        "probability.png": partial(figures.probability_map, ahead, atlas.polygons, texts),
        "skill.png": partial(figures.skill_figure, found, atlas.polygons, texts),
        "reliability.png": partial(figures.reliability, found, texts),
    }
    with console.status("drawing figures"):
        for name, draw in made.items():
            if not (target / name).exists():
                save(draw(), [target / name])
    facts = page.facts(found, ahead, skills)
    text = report.document(
        say("forecast.title", region=atlas.name),
        facts,
        page.sections(found, ahead, skills, _named(ahead, atlas), target),
        (note, *atlas.notes),
        (atlas.source,),
    )
    once(target / output_folder.REPORT, lambda partly: partly.write_text(text, encoding="utf-8"))
    for sentence in facts:
        console.print(sentence, markup=False)
    names = (output_folder.SCORES, output_folder.SKILL, output_folder.STATEMENTS, output_folder.FORECAST, *made)
    console.print(say("forecast.made", files=enumerated(names), folder=target), markup=False)
