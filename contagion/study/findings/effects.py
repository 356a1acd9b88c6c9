"""When strategies show an effect, where, and at what cost: the tables, figures and sections of a run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure
from xarray import Dataset

from contagion._util.language import say
from contagion.analysis import cost_effect, over_time
from contagion.analysis.by_state import provinces
from contagion.analysis.spatial import displacement, effects
from contagion.plots.cost_effect import cost_effect_plot
from contagion.plots.maps import fresh, save
from contagion.plots.spatial.state_maps import state_changes
from contagion.report.sections import Section
from contagion.study.folders import output_folder

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

CAPTIONS = {  # of the tables
    "states": "where.caption",
    "places": "places.caption",
    "moves": "moves.caption",
    "years": "when.caption",
    "cost_effect": "cost.caption",
}


def tables(dataset: Dataset, cost: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """The tables of a run by the names of their files; none where nothing is compared.

    **Arguments:** `cost` are the options of `cost_effect_table`.
    """
    if dataset["strategy"].size == 1:
        return {}
    found = {
        output_folder.YEARS: over_time.differences_by_year(dataset),
        output_folder.BREAK_EVEN: over_time.break_even(dataset),
        output_folder.COST_EFFECT: cost_effect.cost_effect_table(dataset, **cost),
    }
    if _has_states(dataset):
        found[output_folder.STATES] = effects.state_table(dataset)
        found[output_folder.DISPLACEMENT] = displacement.displacement_table(dataset)
    if dataset["place"].size > 1:
        found[output_folder.PLACES] = effects.places_most_changed(dataset)
    return found


def _has_states(dataset: Dataset) -> bool:
    return len(provinces(dataset)[0]) > 1


def draw(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    found: Mapping[str, pd.DataFrame],
    folder: Path,
    formats: Sequence[str] = ("png",),
) -> list[Path]:
    """Writes the figures of a run to `folder` in all `formats`, and returns their paths.

    **Arguments:** `found` as `tables` returns of the dataset; without its tables there are no figures.

    **Raises:** InputError naming a file that is there already; nothing is written then.
    """
    makers: dict[str, Callable[[], Figure]] = {}
    if output_folder.STATES in found:
        acting = found[output_folder.BREAK_EVEN].query("acts")["strategy"].tolist()
        if acting:
            makers["states"] = lambda: state_changes(dataset, polygons, acting)
    if output_folder.COST_EFFECT in found:
        makers["cost_effect"] = lambda: cost_effect_plot(dataset, found[output_folder.COST_EFFECT])
    targets = {name: fresh(folder, name, formats) for name in makers}
    for name, paths in targets.items():
        save(makers[name](), paths)
    return [path for paths in targets.values() for path in paths]


def sections(dataset: Dataset, found: Mapping[str, pd.DataFrame], figures: Iterable[Path]) -> list[Section]:
    """What the `tables` of a run say, for its report, each with those of the PNG `figures` that belong to it."""
    if output_folder.YEARS not in found:
        return []
    drawn = {path.stem: path for path in figures if path.suffix == ".png"}
    findings = {"years": over_time.finding(dataset, found[output_folder.YEARS], found[output_folder.BREAK_EVEN])}
    if output_folder.STATES in found:
        findings["states"] = effects.finding_of_states(found[output_folder.STATES])
    if output_folder.PLACES in found:
        findings["places"] = effects.finding_of_places(dataset, found[output_folder.PLACES])
    if output_folder.DISPLACEMENT in found:
        members = displacement.members_by_state(dataset)
        findings["moves"] = displacement.finding(found[output_folder.DISPLACEMENT], members)
    findings["cost_effect"] = cost_effect.finding(found[output_folder.COST_EFFECT])
    return [
        Section(
            heading,
            sentences,
            None if table.empty else table,
            say(CAPTIONS[name]),
            {drawn[name]: say(f"figure.{name}")} if name in drawn else {},
        )
        for name, (heading, sentences, table) in findings.items()
    ]
