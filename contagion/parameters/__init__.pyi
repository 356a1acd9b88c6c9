from .build import build_component
from .constraints import branching_ratio
from .posterior import Posterior, read_posterior
from .presets import load_params, preset
from .priors import draw
from .provenance import describe, status
from .scaling import at_scale

__all__ = [
    "Posterior",
    "at_scale",
    "branching_ratio",
    "build_component",
    "describe",
    "draw",
    "load_params",
    "preset",
    "read_posterior",
    "status",
]
