"""Results become files: store, polygons, tables, figures, the page, exports."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.console import Console
from xarray import Dataset

from contagion import export, report
from contagion._util.atomic import once
from contagion._util.language import label, say, speaking
from contagion._util.text import between, enumerated, sentence, significant
from contagion.analysis import comparison, ranking
from contagion.analysis.assumptions import unknown_numbers
from contagion.analysis.paired import told
from contagion.errors import InputError
from contagion.plots import maps
from contagion.plots.effects_by_job import effects_by_job
from contagion.plots.style import save
from contagion.simulation import sweeps
from contagion.simulation.store import open_results, store
from contagion.study.findings import assumptions, effects, second_ensemble
from contagion.study.folders import output_folder, run_record
from contagion.study.jobs.claims import CLAIMS
from contagion.study.jobs.manifest import PARTS
from contagion.study.optimise import page as planning
from contagion.study.plan import Plan

if TYPE_CHECKING:
    from contagion.study.optimise.work import Checked


def write(
    results: Dataset, plan: Plan, target: Path, console: Console, searched: "Checked | None" = None
) -> pd.DataFrame:
    """Write a run to a folder, part by part.

    Parts that an interrupted run left there, which is resumed here, are unchanged.

    Parameters
    ----------
    results
        Results of the run.
    plan
        What was run, and which files are wanted.
    target
        Folder of the run.
    console
        Where to say what is being done.
    searched
        The plan among the strategies that was searched, if there is one.

    Returns
    -------
    pandas.DataFrame
        The comparison of strategies.

    Raises
    ------
    InputError
        Where something cannot be written.
    """
    part = partial(_part, target, console)
    part(output_folder.RESULTS, "writing results", partial(store, results, polygons=plan.atlas.polygons))
    part(output_folder.POLYGONS, "writing polygons", plan.atlas.polygons.to_parquet)
    tables = _tables(results, plan, console)
    compared = tables[output_folder.COMPARISON]
    for name, rows in tables.items():
        part(name, "writing tables", partial(comparison.write, rows))
    with speaking(plan.language):
        part(output_folder.MAPS, "drawing maps", partial(_draw, results, plan, tables, console))
        figures = sorted((target / output_folder.MAPS).iterdir())
        sentences = ranking.sentences(tables[output_folder.RANKING])
        if sentences:
            sentences.append(comparison.ceiling_sentence(results))
        sections = [
            *_ranked(tables[output_folder.RANKING], sentences),
            *second_ensemble.sections(tables),
            *effects.sections(results, tables, figures),
            *assumptions.sections(results, tables, figures),
        ]
        if searched is not None:
            drawn = planning.figures(searched, results, plan.atlas.polygons)
            for name, draw in drawn.items():
                part(name, "drawing the plan", draw)
            planning.write(searched, target)
            sections = [*planning.sections(searched, [target / name for name in drawn]), *sections]
            sentences = [*planning.sentences(searched), *sentences]
        page = partial(report.write, results, plan.atlas.polygons, compared, figures, sections=sections)
        part(output_folder.REPORT, "writing the report", page)
        part(output_folder.BRIEF, "writing the brief", partial(_brief, results, plan, tables))
        made = say("summary.made", count=len(figures), tables=enumerated(tables), folder=target)
    if plan.export:
        sheets = {Path(name).stem: rows for name, rows in tables.items()}
        exported = partial(export.write, results, plan.atlas.polygons, formats=plan.export, tables=sheets)
        part(output_folder.EXPORT, "writing the export", exported)
    _end(target)
    for words in (*map(sentence, sentences), made):
        console.print(words, markup=False)
    return compared


def _brief(results: Dataset, plan: Plan, tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    """One page on the run."""
    compared, uncertainty = tables[output_folder.COMPARISON], tables.get(output_folder.UNCERTAINTY)
    hangs_on = assumptions.deciding(results, tables)
    report.write_brief(results, plan.atlas.polygons, compared, path, uncertainty, hangs_on)


def _tables(results: Dataset, plan: Plan, console: Console) -> dict[str, pd.DataFrame]:
    """The tables of a run by the names of their files; says why there is no second ensemble where it cannot be."""
    with console.status("comparing strategies"):
        compared, standing = comparison.compare(results), ranking.rank(results)
        tables = {output_folder.COMPARISON: compared, output_folder.RANKING: standing}
        tables |= effects.tables(results, plan.cost) | assumptions.tables(results)
    with console.status("drawing unknown numbers"):
        try:
            tables |= second_ensemble.tables(results, plan)
        except InputError as reason:
            console.print(f"note: unknown numbers are not drawn: {reason}", style="dim", markup=False)
    if output_folder.UNCERTAINTY in tables:
        tables[output_folder.COMPARISON] = unknown_numbers.beside(compared, tables[output_folder.UNCERTAINTY])
    return tables


def write_sweep(
    results: Mapping[int, Dataset],
    varied: Mapping[str, Sequence[object]],
    failed: Mapping[int, str],
    plan: Plan,
    target: Path,
    console: Console,
) -> None:
    """Write the jobs of a sweep to a folder: one store, one table, one figure.

    Parameters
    ----------
    results
        Results by the number of the job.
    varied
        Values that differ between the jobs, one per job, by the key of the configuration.
    failed
        Why there are no results of other jobs.
    plan
        Of the first job.
    target
        Folder of the sweep.
    console
        Where to say what is being done.

    Raises
    ------
    InputError
        Where something cannot be written.
    """
    part = partial(_part, target, console)
    outlines = plan.atlas.polygons
    part(output_folder.RESULTS, "writing results", lambda path: store(sweeps.together(results, varied), path, outlines))
    part(output_folder.POLYGONS, "writing polygons", outlines.to_parquet)
    stored = open_results(target)
    with console.status("comparing strategies"):
        table = comparison.compare_jobs(stored)
    part(output_folder.COMPARISON, "writing tables", partial(comparison.write, table))
    made = [output_folder.RESULTS, output_folder.COMPARISON]
    if stored.sizes["strategy"] > 1:
        figure = partial(effects_by_job, stored, table)
        part(output_folder.CURVES, "drawing the figure", lambda path: save(figure(), [path]))
        made.append(output_folder.CURVES)
    _end(target, failed)
    console.print(f"{enumerated(made)} of {len(results)} jobs in {target}", markup=False)


def _end(target: Path, failed: Mapping[int, str] | None = None) -> None:
    """Record that all is written, and remove what only an unfinished run needs."""
    run_record.finish(target, failed)
    run_record.forget(target, PARTS, CLAIMS)


def _part(target: Path, console: Console, name: str, doing: str, writer: Callable[[Path], object]) -> None:
    """Write a file or folder that is not there yet."""
    with console.status(doing):
        once(target / name, writer)


def _draw(results: Dataset, plan: Plan, tables: Mapping[str, pd.DataFrame], console: Console, folder: Path) -> None:
    """All maps and figures; says why some cannot be drawn."""
    folder.mkdir()
    maps.draw(results, plan.atlas.polygons, folder, plan.figures)
    effects.draw(results, plan.atlas.polygons, tables, folder, plan.figures)
    for reason in assumptions.draw(results, tables, folder, plan.figures)[1]:
        console.print(f"note: {reason}", style="dim", markup=False)


def _ranked(standing: pd.DataFrame, sentences: list[str]) -> list[report.Section]:
    """The section of the page on the ranking, if there is anything to rank."""
    rows = [row for row in standing.to_dict("records") if row["acts"]]
    shown = {
        say("page.strategy"): [label(row["strategy"]) for row in rows],
        say("rank.homicides"): [row["mean"] for row in rows],
        say("rank.mean_rank"): [row["rank"] for row in rows],
        say("rank.first"): [row["probability_best"] for row in rows],
        say("rank.margin"): [between(row["margin"], row["margin_low"], row["margin_high"], 0) for row in rows],
        say("page.verdict"): [told(row["verdict"]) for row in rows],
        say("rank.needed"): [_needed(row["replicates_needed"]) for row in rows],
        say("rank.against_first"): [told(row["verdict_against_best"]) for row in rows],
    }
    if not sentences:
        return []
    return [report.Section(say("rank.heading"), sentences, pd.DataFrame(shown), say("rank.caption"))]


def _needed(replicates: float) -> str:
    """How many replicates would settle a pair, if it is open."""
    return significant(replicates, 2) if np.isfinite(replicates) else ""
