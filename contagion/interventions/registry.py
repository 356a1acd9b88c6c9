"""Interventions and drivers by name."""

import importlib
from collections.abc import Mapping
from typing import Any

from contagion._util.resources import folder
from contagion.errors import InputError, nearest
from contagion.kernel.intervention import Intervention
from contagion.parameters.build import build_component
from contagion.parameters.presets import preset

HOMES = {"intervention": "contagion.interventions", "driver": "contagion.interventions.drivers"}
Strategy = tuple[Intervention, ...]


def intervention_names(group: str = "intervention") -> list[str]:
    """Every option of the group `intervention`, or `driver`."""
    return sorted(path.stem for path in (folder("conf") / group).glob("*.yaml"))


def build_intervention(
    name: str, values: Mapping[str, Any], where: str = "intervention", group: str = "intervention"
) -> Intervention:
    """The intervention `name`, a file of contagion/interventions with one class; what is not given is as in `conf`.

    A driver is the same in contagion/drivers and conf/driver.
    """
    if name not in intervention_names(group):
        raise InputError(
            f"{where}: no {group} {name!r}; the nearest is {nearest(name, intervention_names(group))}. One of your "
            f"own needs a class in contagion/{group}s and its values in conf/{group}"
        )
    values = {**preset(group, name)[name], **values}
    module = importlib.import_module(f"{HOMES[group]}.{name}")
    (kind,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Intervention) and value.__module__ == module.__name__
    )
    built = build_component(kind, values, f"{where}.{name}")
    if wrong := built.contradiction():
        raise InputError(f"{where}.{name}: {wrong}")
    return built


def load_intervention(name: str, **changes: float | str | None) -> Intervention:
    """The intervention `name` with its default numbers, some changed."""
    return build_intervention(name, changes)


def load_driver(name: str, **changes: float | str | None) -> Intervention:
    """The exogenous driver `name` with its default numbers, some changed."""
    return build_intervention(name, changes, "driver", "driver")
