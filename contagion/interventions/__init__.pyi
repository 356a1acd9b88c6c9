from ._targeting import hottest, rank
from .registry import build_intervention, intervention_names, load_driver, load_intervention

__all__ = [
    "build_intervention",
    "hottest",
    "intervention_names",
    "load_driver",
    "load_intervention",
    "rank",
]
