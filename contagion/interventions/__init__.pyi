from .registry import build_intervention, intervention_names, load_driver, load_intervention

__all__ = [
    "build_intervention",
    "intervention_names",
    "load_driver",
    "load_intervention",
]
