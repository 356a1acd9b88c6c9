"""Interventions and drivers by name: those of the package, of installed packages, and classes that a caller gives."""

import importlib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from inspect import isabstract
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from jax import Array

from contagion._util.resources import folder
from contagion.errors import InputError, nearest
from contagion.interventions.conditional import Condition, Conditional
from contagion.interventions.option import HOMES, Option, build_option, default_values, identity
from contagion.interventions.scaled import Scaled
from contagion.interventions.within import Within
from contagion.kernel.intervention import Drawn, Intervention
from contagion.parameters.build import build_component

if TYPE_CHECKING:
    import pandas as pd

GROUPS = {group: home for home, group in HOMES.items()}
# Where other packages register theirs.
ENTRY_POINTS = {"intervention": "contagion.interventions", "driver": "contagion.interventions.drivers"}
CONDITIONS = ("after", "until")
COMMON = (*CONDITIONS, "within", "dose")  # keys of any option
MOST = 100.0  # a dose at most
Strategy = tuple[Intervention, ...]
Classes = Mapping[str, type[Intervention]]


def intervention_names(group: str = "intervention") -> list[str]:
    """List the options of the package.

    Parameters
    ----------
    group
        Group of options, intervention or driver.

    Returns
    -------
    list of str
        Names, sorted.
    """
    return sorted(path.stem for path in (folder("conf") / group).glob("*.yaml"))


def installed(group: str = "intervention") -> dict[str, EntryPoint]:
    """Entry points by which installed packages offer options.

    Parameters
    ----------
    group
        Group of options, intervention or driver.

    Returns
    -------
    dict of str to EntryPoint
        By name. A name of the package itself is never replaced.
    """
    own = intervention_names(group)
    return {point.name: point for point in entry_points(group=ENTRY_POINTS[group]) if point.name not in own}


def check_option(kind: Any, where: str) -> type[Intervention]:
    """Check that an object from outside the package is the class of an option.

    Parameters
    ----------
    kind
        What is to be checked.
    where
        What messages call it.

    Returns
    -------
    type of Intervention
        The class.

    Raises
    ------
    InputError
        Where it is no class of an intervention, declares no `effects`, or has a number without a default value.
    """
    if not (isinstance(kind, type) and issubclass(kind, Intervention)) or isabstract(kind):
        raise InputError(f"{where}: not an option: must be a subclass of contagion.interventions.Option with act()")
    if not hasattr(kind, "effects"):
        raise InputError(f"{where}: no effects: name the numbers that make it do nothing when all are zero")
    for name, value in default_values(kind).items():
        metadata = kind.__dataclass_fields__[name].metadata if name in kind.__dataclass_fields__ else {}
        if value is None and "instead" not in metadata:
            raise InputError(f"{where}: {name} has no default value: declare it with number(..., default=...)")
    return kind


def option_class(name: str, group: str, where: str, own: Classes | None = None) -> type[Intervention]:
    """Find the class of an option.

    Parameters
    ----------
    name
        Name of the option.
    group
        Group of options, intervention or driver.
    where
        What messages call the place that names it.
    own
        Classes by name that are known besides.

    Returns
    -------
    type of Intervention
        The class.

    Raises
    ------
    InputError
        Where there is none of this name.
    """
    if own and name in own:
        return own[name]
    if name in intervention_names(group):
        return _built_in(name, group)
    points = installed(group)
    if name in points:
        return _loaded(points[name])
    if ":" in name:
        raise InputError(f"{where}: {name!r} names code, which only the command line may do: {group}=[{name}]")
    raise InputError(
        f"{where}: no {group} {name!r}; the nearest is {nearest(name, [*intervention_names(group), *points])}. A class "
        f"of your own is named on the command line: {group}=[./file.py:{name}]"
    )


def _built_in(name: str, group: str) -> type[Intervention]:
    """The one class of a file of the package."""
    module = importlib.import_module(f"{GROUPS[group]}.{name}")
    (kind,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Intervention) and value.__module__ == module.__name__
    )
    return kind


@cache
def _loaded(point: EntryPoint) -> type[Intervention]:
    """The class that an installed package offers."""
    where = f"entry point {point.name} = {point.value}"
    try:
        kind = point.load()
    except (ImportError, AttributeError) as error:
        raise InputError(f"{where}: cannot be imported: {error}") from error
    return check_option(kind, where)


def build_intervention(
    name: str,
    values: Mapping[str, Any],
    where: str = "intervention",
    group: str = "intervention",
    own: Classes | None = None,
) -> Intervention:
    """Build an option by name; what is not given has its default value.

    Beside the numbers of the option, `after` and `until` may hold conditions on which it starts and ends: mappings with
    the `measure` (capability, homicide_rate, homicides, agreement), `at_least` or `at_most`, the `weeks` on end for
    which that must be seen, and an `area` of the region. `within` names the areas outside which the option does
    nothing, and `dose` says on what scale it is done, 1 being that of its numbers.

    Parameters
    ----------
    name
        Name of the option.
    values
        Plain values by name of the field.
    where
        What messages call the place that names it.
    group
        Group of options, intervention or driver.
    own
        Classes by name that are known besides those of the package and of installed packages.

    Returns
    -------
    Intervention
        The option.

    Raises
    ------
    InputError
        For an unknown option or field, a value out of bounds, or values that contradict each other.
    """
    kind, where = option_class(name, group, where, own), f"{where}.{name}"
    conditions = {key: _condition(values[key], f"{where}.{key}") for key in CONDITIONS if values.get(key) is not None}
    option: Any = build_option(kind, {key: value for key, value in values.items() if key not in COMMON}, where)
    if conditions:
        option = Drawn(option)
    if (areas := values.get("within")) is not None:
        option = Within(option, _areas(areas, f"{where}.within"))
    if conditions:
        option = Conditional(option, **{key: conditions.get(key) for key in CONDITIONS})
    if (dose := values.get("dose")) is not None:
        option = Scaled(option, _dose(dose, f"{where}.dose"))
    return option


def _areas(given: Any, where: str) -> tuple[str, ...]:
    """Names of areas from one or a list of them."""
    names = [given] if isinstance(given, str) else given
    if not (isinstance(names, list | tuple) and names and all(isinstance(name, str) and name for name in names)):
        raise InputError(f"{where}={given!r}: must be the name of an area of the region, or a list of names")
    return tuple(names)


def _dose(given: Any, where: str) -> Array:
    """A dose, checked."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= MOST:
        raise InputError(
            f"{where}={given!r}: must be a number from 0 to {MOST:g} (1: as the numbers of the option say)"
        )
    return jnp.asarray(given, float)


def _condition(values: Any, where: str) -> Condition:
    """A condition from plain values; bounds and weeks that are not given are not asked."""
    if not isinstance(values, Mapping) or not {"at_least", "at_most"} & values.keys():
        raise InputError(
            f"{where}={values!r}: must be a measure with at_least or at_most, such as "
            "{measure: capability, at_least: 0.5, weeks: 26}"
        )
    usual = {field.name: field.metadata["default"] for field in fields(Condition) if field.name != "measure"}
    return build_component(Condition, {**usual, **values}, where)


def load_intervention(name: str, **changes: float | str | None) -> Intervention:
    """Build an intervention by name, some of its default values changed.

    Parameters
    ----------
    name
        Name of the option, such as kingpin.
    **changes
        Values by name of the field.

    Returns
    -------
    Intervention
        The option.

    Raises
    ------
    InputError
        For an unknown option or field, a value out of bounds, or values that contradict each other.
    """
    return build_intervention(name, changes)


def load_driver(name: str, **changes: float | str | None) -> Intervention:
    """Build an exogenous driver by name, some of its default values changed.

    Parameters
    ----------
    name
        Name of the driver, such as us_demand.
    **changes
        Values by name of the field.

    Returns
    -------
    Intervention
        The driver.

    Raises
    ------
    InputError
        For an unknown driver or field, a value out of bounds, or values that contradict each other.
    """
    return build_intervention(name, changes, "driver", "driver")


def table() -> "pd.DataFrame":
    """Tabulate the numbers of all options and drivers of the package.

    Returns
    -------
    pandas.DataFrame
        One row per number, with the columns group, option, number, unit, low, high, default, kind, status and source.
        Of the kind *effect* are numbers that can be dosed and optimised: an option whose effects are zero does nothing.
    """
    import pandas as pd  # takes long to import, and only this needs it

    rows = [
        dict(zip(("group", "option"), identity(kind), strict=True)) | {"number": number.name} | vars(number)
        for group in GROUPS
        for name in intervention_names(group)
        for kind in [_built_in(name, group)]
        if issubclass(kind, Option)
        for number in kind.numbers()
    ]
    columns = ["group", "option", "number", "unit", "low", "high", "default", "kind", "status", "source"]
    return pd.DataFrame(rows, columns=columns)
