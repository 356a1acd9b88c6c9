"""What the ranking of strategies owes to assumed numbers: the tables and figures of a run that draws them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from xarray import Dataset

from contagion._util.language import say
from contagion.analysis.assumptions import (
    rank_reversal,
    robustness,
    scenario_discovery,
    sensitivity,
    value_of_information,
)
from contagion.errors import InputError
from contagion.plots.assumptions.pareto import pareto_plot
from contagion.plots.assumptions.rank_reversal import rank_reversal_plot
from contagion.plots.assumptions.tornado import tornado_plot
from contagion.plots.maps import fresh, save
from contagion.report.sections import Section
from contagion.study.folders import output_folder

CAPTIONS = {  # of the tables, as a page shows them
    "pareto": "robust.caption",
    "tornado": "sensitive.caption",
    "value": "value.caption",
    "scenarios": "scenario.caption",
}


def tables(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """The tables of a run by the names of their files; none where no parameter is drawn or nothing is compared."""
    if "drawn" not in dataset or dataset["strategy"].size == 1:
        return {}
    return {
        output_folder.ROBUSTNESS: robustness.robustness_table(dataset),
        output_folder.SENSITIVITY: sensitivity.sensitivity_table(dataset),
        output_folder.VALUE: value_of_information.value_table(dataset),
        output_folder.SCENARIOS: scenario_discovery.scenario_table(dataset),
    }


def draw(
    dataset: Dataset, found: Mapping[str, pd.DataFrame], folder: Path, formats: Sequence[str] = ("png",)
) -> tuple[list[Path], list[str]]:
    """Writes the figures of a run to `folder` in all `formats`; returns their paths, and why others cannot be drawn.

    **Arguments:** `found` as `tables` returns of the dataset; without its tables there are no figures.

    **Raises:** InputError naming a file that is there already; nothing is written then.
    """
    if output_folder.SENSITIVITY not in found:
        return [], []
    makers: dict[str, Callable[[], Figure]] = {
        "pareto": lambda: pareto_plot(dataset),
        "tornado": lambda: tornado_plot(dataset, found[output_folder.SENSITIVITY]),
        "rank_reversal": lambda: rank_reversal_plot(dataset, rank_reversal.reversal_table(dataset)),
    }
    targets = {name: fresh(folder, name, formats) for name in makers}
    drawn, reasons = [], []
    for name, paths in targets.items():
        try:
            figure = makers[name]()
        except InputError as reason:
            reasons.append(f"no figure {name}: {reason}")
            continue
        save(figure, paths)
        drawn += paths
    return drawn, reasons


def deciding(dataset: Dataset, found: Mapping[str, pd.DataFrame]) -> list[str]:
    """Sentences on the assumed numbers that the choice of a strategy hangs on; none where no parameter is drawn."""
    if output_folder.VALUE not in found:
        return []
    sentences = value_of_information.finding(found[output_folder.VALUE]).sentences[:1]
    with suppress(InputError):  # of few replicates
        sentences += rank_reversal.finding(rank_reversal.reversal_table(dataset)).sentences[1:]
    return sentences


def sections(dataset: Dataset, found: Mapping[str, pd.DataFrame], figures: Iterable[Path]) -> list[Section]:
    """What the `tables` of a run say, for its report, each with those of the PNG `figures` that belong to it."""
    if output_folder.SENSITIVITY not in found:
        return []
    drawn = {path.stem: path for path in figures if path.suffix == ".png"}
    findings = {
        "pareto": robustness.finding(found[output_folder.ROBUSTNESS]),
        "tornado": sensitivity.finding(found[output_folder.SENSITIVITY]),
        "value": value_of_information.finding(found[output_folder.VALUE]),
        "scenarios": scenario_discovery.finding(found[output_folder.SCENARIOS]),
    }
    if "rank_reversal" in drawn:
        findings["rank_reversal"] = rank_reversal.finding(rank_reversal.reversal_table(dataset))
    return [
        Section(
            heading,
            sentences,
            None if name == "rank_reversal" or table.empty else table,  # its figure holds all of its many rows
            say(CAPTIONS[name]) if name in CAPTIONS else "",
            {drawn[name]: say(f"figure.{name}")} if name in drawn else {},
        )
        for name, (heading, sentences, table) in findings.items()
    ]
