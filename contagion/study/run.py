"""One job: a plan becomes results, and these the files of the output folder."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import jax
import pandas as pd
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from xarray import Dataset

from contagion import export, report
from contagion._util.atomic import committed
from contagion._util.text import enumerated
from contagion.analysis import comparison, ranking
from contagion.analysis.metrics import OUTCOMES
from contagion.kernel.params import Params
from contagion.optimise import budget
from contagion.plots import maps
from contagion.regions.atlas import Atlas
from contagion.simulation.calendar import Period
from contagion.simulation.simulate import simulate
from contagion.simulation.store import store
from contagion.study import batches, outputs, uncertainty
from contagion.study.plan import Plan, plan
from contagion.study.settings import Settings

PILOT = 32  # replicates from which the cost of a strategy is known well enough

Strategies = Mapping[str, budget.Strategy]


def run(config: DictConfig, settings: Settings, target: Path, chosen: Iterable[str], console: Console) -> pd.DataFrame:
    """Run what is configured, write it to `target` and return the comparison of strategies.

    Parameters
    ----------
    config, settings
        The configuration as it was composed, and validated.
    target
        The output folder.
    chosen
        Names of the parameters that were given on the command line.
    console
        Where messages go.
    """
    say = partial(console.print, markup=False)
    with console.status("reading the region"):
        planned = plan(settings, chosen)
    for sentence in planned.numbers:
        say(sentence, style="dim")
    ensemble = settings.ensemble
    most = "at most " if ensemble.tolerance else ""
    say(
        f"{len(planned.atlas.polygons)} places; {len(planned.strategies)} strategies x "
        f"{most}{ensemble.replicates} replicates x {settings.weeks} weeks from {settings.start}"
    )
    for note in planned.atlas.notes:
        say(f"note: {note}", style="dim")

    simulated = partial(_simulated, planned, settings)
    strategies, spending = planned.strategies, ""
    if settings.budget is not None:
        costs = partial(_costs, simulated, ensemble.replicates)
        strategies, scales = budget.equalised(strategies, settings.budget, costs)
        spending = budget.sentence(settings.budget, scales)
        say(spending, style="dim")
    if ensemble.batch is None:
        results = simulated(strategies, 0, ensemble.replicates)
    else:
        results = _in_batches(partial(simulated, strategies), settings, target, say)
    results.attrs["parameters"] = " ".join([*planned.numbers, spending]).strip()
    results.attrs["config"] = OmegaConf.to_yaml(config, resolve=True)
    return _written(results, planned.atlas, settings, target, console)


def _simulated(
    planned: Plan, settings: Settings, strategies: Strategies, first: int, replicates: int, record: Period | None = None
) -> Dataset:
    """Results of some strategies and replicates of a plan."""
    ensemble = settings.ensemble
    return simulate(
        planned.atlas,
        strategies,
        drivers=planned.drivers,
        params=_rows(planned.params, first, replicates),
        weeks=settings.weeks,
        start=settings.start,
        replicates=replicates,
        seed=ensemble.seed,
        deterministic=ensemble.deterministic,
        generator=ensemble.generator,
        record=record or settings.record,
        full=settings.output == "full",
        chunk_size=ensemble.chunk_size,
        first=first,
        progress=settings.runtime.progress,
    )


def _in_batches(
    simulated: Callable[[int, int], Dataset], settings: Settings, target: Path, say: Callable[[str], None]
) -> Dataset:
    """The run in batches, which goes on where an earlier one in the same folder was interrupted."""
    ensemble = settings.ensemble
    assert ensemble.batch is not None
    given = settings.model_dump(mode="json", exclude={"runtime": {"progress"}})
    given |= dict(jax=jax.__version__, device=jax.devices()[0].device_kind)
    if batches.claim(target, given):
        say(f"going on with the batches in {target / outputs.BATCHES}")

    def told(results: Dataset, standing: pd.DataFrame) -> None:
        aim = f"; {ensemble.tolerance:g} is asked for" if ensemble.tolerance else ""
        error = ranking.error(standing)
        say(f"{results.replicate.size} replicates: the largest standard error of a mean rank is {error:.3f}{aim}")

    try:
        return batches.in_batches(simulated, ensemble.replicates, ensemble.batch, ensemble.tolerance, target, told)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; batches that are done lie in {target}: the same command with hydra.run.dir={target} goes on"
        ) from None


def _rows(params: Params, first: int, replicates: int) -> Params:
    """What is drawn for the replicates from `first` on."""
    return jax.tree.map(lambda leaf: leaf[first : first + replicates] if leaf.ndim else leaf, params)


def _costs(
    simulated: Callable[[Strategies, int, int, Period], Dataset], replicates: int, strategies: Strategies
) -> dict[str, float]:
    """Million dollars over the run beyond the first strategy, by strategy, from the first replicates."""
    pilot = simulated(strategies, 0, min(PILOT, replicates), "run")
    cost = OUTCOMES["cost"].of(pilot).mean("replicate")
    return dict(zip(strategies, (cost - cost[0]).values.tolist(), strict=True))


def _written(results: Dataset, atlas: Atlas, settings: Settings, target: Path, console: Console) -> pd.DataFrame:
    """Writes a run to `target`, part by part, and returns the comparison of strategies.

    Parts that an interrupted run left there, which goes on here, stay as they are.
    """

    def write(name: str, doing: str, writer: Callable[[Path], object]) -> None:
        if not (target / name).exists():
            with console.status(doing), committed(target / name) as partly:
                writer(partly)

    def pictures(folder: Path) -> None:
        folder.mkdir()
        maps.draw(results, atlas.polygons, folder, settings.figures)
        for reason in uncertainty.draw(results, tables, folder, settings.figures)[1]:
            console.print(f"note: {reason}", style="dim", markup=False)

    def page(path: Path) -> None:
        ranks = standing.drop(columns=["outcome", "unit"])
        caption = "Ranks from 1, the best; margin to the strategy below"
        sections = [report.Section("How sure the ranking is", sentences, ranks, caption)] if sentences else []
        sections += uncertainty.sections(results, tables, figures)
        report.write(results, atlas.polygons, tables[outputs.COMPARISON], figures, path, sections)

    write(outputs.RESULTS, "writing results", partial(store, results))
    write(outputs.POLYGONS, "writing polygons", atlas.polygons.to_parquet)
    standing = ranking.rank(results)
    sentences = ranking.sentences(standing)
    with console.status("comparing strategies"):
        tables = {outputs.COMPARISON: comparison.compare(results), outputs.RANKING: standing}
        tables |= uncertainty.tables(results)
    for name, rows in tables.items():
        write(name, "writing tables", partial(comparison.write, rows))
    write(outputs.MAPS, "drawing maps", pictures)
    figures = sorted((target / outputs.MAPS).iterdir())
    write(outputs.REPORT, "writing the report", page)
    if settings.export:
        exported = partial(export.write, results, atlas.polygons, formats=settings.export)
        write(outputs.EXPORT, "writing the export", exported)
    if settings.ensemble.batch is not None:
        batches.forget(target)
    for sentence in sentences:
        console.print(sentence, markup=False)
    console.print(
        f"report.html, {len(figures)} maps and figures, results.zarr and {enumerated(tables)} in {target}", markup=False
    )
    return tables[outputs.COMPARISON]
