from . import (
    analysis,
    evaluation,
    export,
    inference,
    interventions,
    kernel,
    optimise,
    parameters,
    plots,
    regions,
    report,
    simulation,
)
from ._util.language import speaking
from .analysis.comparison import compare
from .analysis.ranking import rank
from .errors import InputError
from .interventions.registry import load_driver, load_intervention
from .parameters.presets import load_params
from .regions.atlas import Atlas, load_region
from .simulation.simulate import simulate
from .simulation.store import open_results
from .simulation.sweeps import one_job

__all__ = [
    "Atlas",
    "InputError",
    "analysis",
    "compare",
    "evaluation",
    "export",
    "inference",
    "interventions",
    "kernel",
    "load_driver",
    "load_intervention",
    "load_params",
    "load_region",
    "one_job",
    "open_results",
    "optimise",
    "parameters",
    "plots",
    "rank",
    "regions",
    "report",
    "simulate",
    "simulation",
    "speaking",
]
