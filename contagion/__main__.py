"""The command: polygons to policy maps, wired together. Nothing imports this module."""

import json
import math
import os
import re
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra import main as hydra_main
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from contagion import output
from contagion.errors import InputError, nearest
from contagion.resources import folder

console = Console(stderr=True, highlight=False)


@hydra_main(version_base="1.3", config_path=str(folder("conf")), config_name="config")
def run(config: DictConfig) -> None:
    """One job. A mistake leaves as SystemExit, which Hydra passes on without words of its own."""
    try:
        job(config)
    except (InputError, OmegaConfBaseException) as error:
        raise SystemExit(str(error).strip()) from None


def job(config: DictConfig) -> None:
    """Settings, region, ensemble, store, comparison, maps, report."""
    # Heavy imports wait until the configuration is read: --help and mistakes in it answer at once.
    from contagion.config import Settings, build_drivers, build_params, build_strategies, load_posterior, validate

    target = Path(HydraConfig.get().runtime.output_dir)
    plain: Any = OmegaConf.to_container(config, resolve=True)
    settings: Settings = validate(Settings, plain)

    from contagion.runtime import configure

    console.print(f"running on {configure(settings.runtime.device, settings.runtime.precision)}")
    replicates, seed = settings.ensemble.replicates, settings.ensemble.seed
    params = build_params(settings.params, replicates, seed, _chosen(HydraConfig.get().overrides.task))
    strategies, drivers = build_strategies(settings), build_drivers(settings)

    from contagion import assumptions, comparison, maps, report
    from contagion.dataset import simulate
    from contagion.findings import listed
    from contagion.priors import draw
    from contagion.provenance import describe

    drawn = draw(settings.priors, params, replicates, seed) if settings.ensemble.priors else params
    numbers = describe(params, drawn, load_posterior(settings.params, params))
    for sentence in numbers:
        console.print(sentence, style="dim", markup=False)

    with console.status("reading the region"):
        atlas = _region(json.dumps(settings.region, sort_keys=True, default=str))
    console.print(
        f"{len(atlas.polygons)} places; {len(strategies)} strategies x {replicates} replicates x "
        f"{settings.weeks} weeks from {settings.start}"
    )
    for note in atlas.notes:
        console.print(f"note: {note}", style="dim", markup=False)
    results = simulate(
        atlas,
        strategies,
        drivers=drivers,
        params=drawn,
        weeks=settings.weeks,
        start=settings.start,
        replicates=replicates,
        seed=seed,
        deterministic=settings.ensemble.deterministic,
        generator=settings.ensemble.generator,
        record=settings.record,
        full=settings.output == "full",
        lanes=settings.ensemble.lanes,
        progress=settings.runtime.progress,
    )
    results.attrs["parameters"] = " ".join(numbers)
    results.attrs["config"] = OmegaConf.to_yaml(config, resolve=True)
    with console.status("writing results"):
        output.save(results, target)
    with output.committed(target / output.POLYGONS) as partial:
        atlas.polygons.to_parquet(partial)
    table = comparison.compare(results)
    with console.status("asking what the ranking rests on"):
        tables = {output.COMPARISON: table, **assumptions.tables(results)}
    for name, rows in tables.items():
        with output.committed(target / name) as partial:
            comparison.write(rows, partial)
    with console.status("drawing maps"), output.committed(target / output.MAPS) as partial:
        partial.mkdir()
        drawn = maps.draw(results, atlas.polygons, partial)
        more, reasons = assumptions.draw(results, tables, partial)
        drawn += more
    for reason in reasons:
        console.print(f"note: {reason}", style="dim", markup=False)
    figures = [target / output.MAPS / path.name for path in drawn]
    with console.status("writing the report"), output.committed(target / output.REPORT) as partial:
        report.write(results, atlas.polygons, table, figures, partial)
    Console(highlight=False).print(_summary(table))
    console.print(
        f"report.html, {len(drawn)} maps and figures, results.zarr and {listed(tables)} in {target}", markup=False
    )


def _chosen(overrides: Iterable[str]) -> list[str]:
    """The parameters that overrides such as `params.retaliation=0.2` name."""
    return [found[1] for found in map(re.compile(r"\+*params\.(\w+)=").match, overrides) if found]


@lru_cache(maxsize=1)
def _region(options: str) -> Any:
    """The region of a configuration, kept between the runs of a sweep."""
    from contagion.geography import load_region

    return load_region(**json.loads(options))


def _summary(table: Any) -> Table:
    """The headline of the comparison for the terminal."""
    from contagion.dataset import ASSUMED

    first = table["strategy"].iloc[0]
    shown = Table(
        title=f"Homicides over the run; paired change from {first}, 90 % interval",
        caption=ASSUMED,
        box=SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    for column in ("strategy", "homicides", "change %", "from", "to", "P(fewer)", "P(best)"):
        shown.add_column(column, justify="left" if column == "strategy" else "right", overflow="fold")
    for row in table[table["outcome"] == "homicides"].itertuples():
        paired = [""] * 4
        if not math.isnan(row.probability_better):  # the first strategy is what the others are paired with
            percent = row.difference_percent / row.difference if row.difference else 0.0
            changes = (row.difference_percent, row.difference_q05 * percent, row.difference_q95 * percent)
            paired = [*(f"{change:+.2f}" for change in changes), f"{row.probability_better:.2f}"]
        shown.add_row(row.strategy, f"{row.mean:,.0f}", *paired, f"{row.probability_best:.2f}")
    return shown


def main() -> None:
    """Entry point. Exit status 0 when done, 2 for a mistake in what was given, 130 when interrupted."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors arrive here, to be told in one sentence
    OmegaConf.clear_resolver("oc.env")  # what lies in the environment never reaches a stored configuration
    try:
        run()
    except OverrideParseException as error:
        _fail(f"{error.override}: {error.message}")
    except (HydraException, OmegaConfBaseException) as error:
        _fail(str(error).strip() + _hint(str(error)))
    except SystemExit as stop:
        if isinstance(stop.code, str):
            _fail(stop.code)
        raise
    except KeyboardInterrupt:
        console.print("interrupted; nothing was kept", style="red")
        sys.exit(130)


def _hint(message: str) -> str:
    """The nearest key or option, where an override names one that there is not."""
    unknown = re.search(r"Could not override '(.+?)'", message)
    option = re.search(r"Could not (?:find|load) '(\w+)/(.+?)'", message)
    if option:
        options = [path.stem for path in (folder("conf") / option[1]).glob("*.yaml")]
        return f"\nthe nearest option is {option[1]}={nearest(option[2], options)}"
    if not unknown:
        return ""
    with initialize_config_dir(str(folder("conf")), version_base="1.3"):
        known = _keys(OmegaConf.to_container(compose("config")))
    return f"\nthe nearest key is {nearest(unknown[1], known)}"


def _keys(values: Any, above: str = "") -> list[str]:
    """Every key of nested mappings, written with dots."""
    if not isinstance(values, dict):
        return [above.removesuffix(".")]
    return [key for name, value in values.items() for key in _keys(value, f"{above}{name}.")]


def _fail(message: str) -> None:
    console.print(f"error: {message}", style="red", markup=False)
    sys.exit(2)


if __name__ == "__main__":
    main()
