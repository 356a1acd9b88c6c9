"""What a job will do: region, strategies and parameters, checked and built before anything runs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from contagion import export
from contagion.errors import InputError
from contagion.interventions.registry import Strategy
from contagion.kernel.params import Params
from contagion.parameters.presets import build_params, load_posterior
from contagion.parameters.priors import draw
from contagion.parameters.provenance import describe
from contagion.regions.atlas import Atlas, load_region
from contagion.study.settings import Settings, build_drivers, build_strategies


@dataclass(frozen=True)
class Plan:
    """A region, and what is to be simulated there."""

    atlas: Atlas
    strategies: Mapping[str, Strategy]
    drivers: Strategy
    params: Params  # in force: fixed, or a row per replicate
    numbers: list[str]  # where the parameters come from, in sentences


def plan(settings: Settings, chosen: Iterable[str]) -> Plan:
    """The plan of a job.

    Parameters
    ----------
    settings
        The validated configuration.
    chosen
        Names of the parameters that were given on the command line.

    Raises
    ------
    InputError
        If settings contradict each other, or a part cannot be built.
    """
    export.check(settings.export)
    ensemble = settings.ensemble
    if ensemble.tolerance is not None and ensemble.batch is None:
        raise InputError(f"ensemble.tolerance={ensemble.tolerance:g}: takes batches; set ensemble.batch as well")
    params = build_params(settings.params, ensemble.replicates, ensemble.seed, chosen)
    drawn = draw(settings.priors, params, ensemble.replicates, ensemble.seed) if ensemble.priors else params
    strategies, drivers = build_strategies(settings), build_drivers(settings)
    return Plan(
        atlas=_region(json.dumps(settings.region, sort_keys=True, default=str)),
        strategies=strategies,
        drivers=drivers,
        params=drawn,
        numbers=describe(params, drawn, load_posterior(settings.params, params)),
    )


@lru_cache(maxsize=1)
def _region(options: str) -> Atlas:
    """The region of a configuration, kept between the runs of a sweep."""
    return load_region(**json.loads(options))
