"""One job: settings, region, ensemble, store, comparison, maps, report."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import jax
import pandas as pd
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from xarray import Dataset

from contagion import batches, budgets, comparison, export, maps, output, ranking, report
from contagion.config import Settings, build_drivers, build_params, build_strategies, load_posterior
from contagion.dataset import simulate
from contagion.geography import load_region
from contagion.outcomes import OUTCOMES
from contagion.priors import draw
from contagion.provenance import describe
from contagion.state import Params

PILOT = 32  # replicates from which the cost of a strategy is known well enough


def run(config: DictConfig, settings: Settings, target: Path, chosen: Iterable[str], console: Console) -> pd.DataFrame:
    """Runs what is configured, writes it to `target` and returns the comparison of strategies.

    **Arguments:** `chosen` the parameters that a user asked for by name; `console` for what is said meanwhile.
    """
    say = partial(console.print, markup=False)
    quietly = partial(say, style="dim")
    export.check(settings.export)
    ensemble = settings.ensemble
    params = build_params(settings.params, ensemble.replicates, ensemble.seed, chosen)
    strategies, drivers = build_strategies(settings), build_drivers(settings)
    drawn = draw(settings.priors, params, ensemble.replicates, ensemble.seed) if ensemble.priors else params
    numbers = describe(params, drawn, load_posterior(settings.params, params))
    for sentence in numbers:
        quietly(sentence)

    with console.status("reading the region"):
        atlas = _region(json.dumps(settings.region, sort_keys=True, default=str))
    most = "at most " if ensemble.tolerance else ""
    say(
        f"{len(atlas.polygons)} places; {len(strategies)} strategies x {most}{ensemble.replicates} replicates x "
        f"{settings.weeks} weeks from {settings.start}"
    )
    for note in atlas.notes:
        quietly(f"note: {note}")

    def simulated(strategies: Mapping[str, budgets.Strategy], first: int, replicates: int) -> Dataset:
        return simulate(
            atlas,
            strategies,
            drivers=drivers,
            params=_rows(drawn, first, replicates),
            weeks=settings.weeks,
            start=settings.start,
            replicates=replicates,
            seed=ensemble.seed,
            deterministic=ensemble.deterministic,
            generator=ensemble.generator,
            record=settings.record,
            full=settings.output == "full",
            lanes=ensemble.lanes,
            first=first,
            progress=settings.runtime.progress,
        )

    spending = ""
    if settings.budget is not None:
        pilot = min(PILOT, ensemble.replicates)
        costs = partial(_costs, lambda trial: simulated(trial, 0, pilot))
        strategies, scales = budgets.equalised(strategies, settings.budget, costs)
        spending = budgets.sentence(settings.budget, scales)
        quietly(spending)

    if ensemble.batch is None:
        results = simulated(strategies, 0, ensemble.replicates)
    else:
        results = _in_batches(partial(simulated, strategies), settings, target, say)
    results.attrs["parameters"] = " ".join(numbers)
    results.attrs["budget"] = spending
    results.attrs["config"] = OmegaConf.to_yaml(config, resolve=True)

    write = partial(_write, target, console)
    table, standing = comparison.compare(results), ranking.ranking(results)
    write(output.RESULTS, "writing results", partial(output.store, results))
    write(output.POLYGONS, "writing polygons", atlas.polygons.to_parquet)
    write(output.COMPARISON, "comparing", partial(comparison.write, table))
    write(output.RANKING, "ranking", partial(comparison.write, standing))
    write(output.MAPS, "drawing maps", partial(_draw, results, atlas.polygons, settings.figures))
    figures = sorted((target / output.MAPS).iterdir())
    write(output.REPORT, "writing the report", partial(report.write, results, atlas.polygons, table, figures))
    if settings.export:
        exported = partial(export.write, results, atlas.polygons, formats=settings.export)
        write(output.EXPORT, "writing the export", exported)
    if ensemble.batch is not None:
        batches.forget(target)
    for sentence in ranking.sentences(standing):
        say(sentence)
    say(f"report.html, {len(figures)} maps and figures, results.zarr, comparison.csv and ranking.csv in {target}")
    return table


def _in_batches(
    simulated: Callable[[int, int], Dataset], settings: Settings, target: Path, say: Callable[[str], None]
) -> Dataset:
    """The run in batches, which goes on where an earlier one in the same folder was interrupted."""
    ensemble = settings.ensemble
    assert ensemble.batch is not None
    given = settings.model_dump(mode="json", exclude={"runtime": {"progress"}})
    given |= dict(jax=jax.__version__, device=jax.devices()[0].device_kind)
    if batches.claim(target, given):
        say(f"going on with the batches in {target / output.BATCHES}")

    def told(results: Dataset, standing: pd.DataFrame) -> None:
        aim = f"; {ensemble.tolerance:g} is asked for" if ensemble.tolerance else ""
        error = ranking.error(standing)
        say(f"{results.replicate.size} replicates: the largest standard error of a mean rank is {error:.3f}{aim}")

    try:
        return batches.in_batches(
            simulated, ensemble.replicates, ensemble.batch, ensemble.tolerance, target, report=told
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; batches that are done lie in {target}: the same command with hydra.run.dir={target} goes on"
        ) from None


def _rows(params: Params, first: int, replicates: int) -> Params:
    """What is drawn for the replicates from `first` on."""
    return jax.tree.map(lambda leaf: leaf[first : first + replicates] if leaf.ndim else leaf, params)


def _costs(simulated: Callable[[Any], Dataset], strategies: Mapping[str, budgets.Strategy]) -> dict[str, float]:
    """Million dollars over the run beyond the first strategy, by strategy."""
    cost = OUTCOMES["cost"].of(simulated(strategies)).mean("replicate")
    return dict(zip(strategies, (cost - cost[0]).values.tolist(), strict=True))


def _write(target: Path, console: Console, name: str, doing: str, writer: Callable[[Path], object]) -> None:
    """Writes a part of the output, unless the interrupted run that goes on here had come so far."""
    if not (target / name).exists():
        with console.status(doing), output.committed(target / name) as partly:
            writer(partly)


def _draw(results: Dataset, polygons: Any, formats: Sequence[maps.Format], folder: Path) -> None:
    folder.mkdir()
    maps.draw(results, polygons, folder, formats)


@lru_cache(maxsize=1)
def _region(options: str) -> Any:
    """The region of a configuration, kept between the runs of a sweep."""
    return load_region(**json.loads(options))
