"""Simulate how violence between criminal groups spreads, and what interventions do to it.

Everything is imported when it is first used, so `import contagion` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contagion import maps
    from contagion.comparison import compare
    from contagion.config import load_driver, load_intervention, load_params
    from contagion.dataset import simulate
    from contagion.errors import InputError
    from contagion.geography import Atlas, load_region

_HOMES = {
    "Atlas": "contagion.geography",
    "InputError": "contagion.errors",
    "compare": "contagion.comparison",
    "load_driver": "contagion.config",
    "load_intervention": "contagion.config",
    "load_params": "contagion.config",
    "load_region": "contagion.geography",
    "simulate": "contagion.dataset",
}

__all__ = [
    "Atlas",
    "InputError",
    "compare",
    "load_driver",
    "load_intervention",
    "load_params",
    "load_region",
    "maps",
    "simulate",
]


def __getattr__(name: str) -> Any:
    if name == "maps":
        return import_module("contagion.maps")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'contagion' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
