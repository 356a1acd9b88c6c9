"""What settings ask for, checked and loaded: everything that a run needs to know."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console

from contagion import export
from contagion.errors import InputError
from contagion.interventions.priors import draw_strategies
from contagion.interventions.registry import Strategy
from contagion.kernel.intervention import parts
from contagion.kernel.params import Params
from contagion.parameters.posterior import located
from contagion.parameters.presets import build_params, load_posterior
from contagion.parameters.priors import draw
from contagion.parameters.provenance import describe
from contagion.plots.maps import Format
from contagion.regions.atlas import Atlas, load_region
from contagion.regions.sources import hashed
from contagion.simulation.anchoring import default_kind, fitted
from contagion.simulation.labels import revision
from contagion.study.folders.run_record import surroundings
from contagion.study.own_options import Own
from contagion.study.settings import Ensemble, Settings, build_drivers, build_strategies

if TYPE_CHECKING:
    from contagion.inference.forecast import Forecast


LEAST, MOST = 32, 64  # replicates of a run from which on it has a second ensemble, and of that at most


@dataclass(frozen=True)
class Plan:
    """A run, before it is simulated."""

    atlas: Atlas
    strategies: Mapping[str, Strategy]
    drivers: Strategy
    params: Params  # a row per replicate of what is drawn
    chosen: tuple[str, ...]  # parameters that the user asked for by name
    sentences: tuple[str, ...]  # on how the parameters were chosen
    replicates: int  # at most, where there is a tolerance
    batch: int | None  # replicates at a time; None for all at once
    tolerance: float | None  # ranks
    budget: float | None  # million dollars beyond the first strategy, of every other
    priors: Mapping[str, Any]  # of what is not drawn in the run
    second: int  # replicates of the ensemble in which it is; 0 for none
    cost: Mapping[str, Any]  # options of the table of cost and effect
    options: Mapping[str, Any]  # of `simulate`: weeks, start, seed and others
    full: bool  # whether every replicate and place is kept
    figures: tuple[Format, ...]
    language: str  # of figures, the page and sentences
    export: tuple[str, ...]  # formats
    depends_on: Mapping[str, Any]  # what results depend on beside the configuration


def plan(settings: Settings, chosen: Sequence[str], own: Own, console: Console) -> Plan:
    """Check settings and load what they name: strategies, parameters, region.

    Parameters
    ----------
    settings
        Validated settings.
    chosen
        Parameters that a user asked for by name.
    own
        Classes of options that a user names on the command line.
    console
        Where to say what was found.

    Returns
    -------
    Plan
        The run.

    Raises
    ------
    InputError
        For settings that make no run.
    """
    ensemble = settings.ensemble
    export.check(settings.export)
    if ensemble.tolerance is not None and ensemble.batch is None:
        raise InputError(f"ensemble.tolerance={ensemble.tolerance:g}: takes batches; set ensemble.batch as well")
    params = build_params(settings.params, ensemble.replicates, ensemble.seed, chosen)
    strategies, drivers = build_strategies(settings, own.intervention), build_drivers(settings, own.driver)
    drawn = params
    if ensemble.priors:
        drawn = draw(settings.priors, params, ensemble.replicates, ensemble.seed)
        strategies, drivers = draw_strategies(settings.priors, strategies, drivers, ensemble.replicates, ensemble.seed)
    sentences = describe(params, drawn, load_posterior(settings.params, params))
    quietly = partial(console.print, markup=False, style="dim")
    for sentence in sentences:
        quietly(sentence)
    with console.status("reading the region"):
        atlas = region_of(settings)
    most = "at most " if ensemble.tolerance else ""
    console.print(
        f"{len(atlas.polygons)} places; {len(strategies)} strategies x {most}{ensemble.replicates} replicates x "
        f"{settings.weeks} weeks from {settings.start}",
        markup=False,
    )
    for note in (*atlas.notes, *_idle(strategies, settings.weeks)):
        quietly(f"note: {note}")
    anchor = settings.anchor or default_kind(atlas)
    if anchor == "forecast":
        with console.status("fitting the forecast to the record"):
            anchor = _forecast(_named(settings), settings.start)
    quietly(f"anchor: {anchor}")
    posterior = [located(str(file)) for file in [settings.params.get("posterior")] if file]
    return Plan(
        atlas=atlas,
        strategies=strategies,
        drivers=drivers,
        params=drawn,
        chosen=tuple(chosen),
        sentences=tuple(sentences),
        replicates=ensemble.replicates,
        batch=ensemble.batch,
        tolerance=ensemble.tolerance,
        budget=settings.budget,
        priors={} if ensemble.priors else settings.priors,
        second=_second(ensemble),
        cost=settings.cost.model_dump(),
        options=_options(settings) | dict(anchor=anchor),
        full=settings.output == "full",
        figures=tuple(settings.figures),
        language=settings.language,
        export=tuple(settings.export),
        depends_on=surroundings(atlas.hashes | hashed(*posterior), own.hashes(), revision()),
    )


def _second(ensemble: Ensemble) -> int:
    """Replicates of the second ensemble of a run that draws nothing: half of its own where it has enough."""
    if ensemble.priors:
        return 0
    if ensemble.drawn_replicates is not None:
        return min(ensemble.drawn_replicates, ensemble.replicates)
    return min(ensemble.replicates // 2, MOST) if ensemble.replicates >= LEAST else 0


def _idle(strategies: Mapping[str, Strategy], weeks: int) -> list[str]:
    """Sentences on strategies that begin when the run has ended."""
    notes = []
    for name, options in strategies.items():
        starts = [
            float(np.min(vars(part)["start"])) for each in options for part in parts(each) if "start" in vars(part)
        ]
        if starts and min(starts) >= weeks:
            notes.append(f"{name} never acts: it starts in week {min(starts):.0f}, and the run has {weeks} weeks.")
    return notes


def _options(settings: Settings) -> dict[str, Any]:
    """Arguments of `simulate` that are the same in every batch."""
    ensemble = settings.ensemble
    return dict(
        mechanism_weight=settings.mechanism_weight,
        weeks=settings.weeks,
        start=settings.start,
        seed=ensemble.seed,
        deterministic=ensemble.deterministic,
        generator=ensemble.generator,
        record=settings.record,
        chunk_size=ensemble.chunk_size,
    )


def region_of(settings: Settings) -> Atlas:
    """The region of a configuration, kept between the runs of a sweep."""
    return _region(_named(settings))


def _named(settings: Settings) -> str:
    """What a configuration says of its region, in words."""
    return json.dumps(settings.region, sort_keys=True, default=str)


@lru_cache(maxsize=1)
def _region(options: str) -> Atlas:
    """The region that is so named."""
    return load_region(**json.loads(options))


@lru_cache(maxsize=1)
def _forecast(options: str, start: date) -> "Forecast":
    """The forecast of a region from a day on, kept between the runs of a sweep."""
    return fitted(_region(options), start)
