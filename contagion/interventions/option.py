"""Base class of options and drivers: default values, typed constructors, a table of numbers, a short text."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar

import equinox as eqx

from contagion.errors import InputError
from contagion.kernel.intervention import Intervention
from contagion.parameters.build import build_component
from contagion.parameters.presets import preset

HOMES = {"contagion.interventions": "intervention", "contagion.interventions.drivers": "driver"}
SHOWN = 6  # changed numbers in the text of an option, at most

Kind = TypeVar("Kind", bound=Intervention)


@dataclass(frozen=True)
class Number:
    """A number of an option as it is declared.

    An *effect* is named in `effects` of its class: it can be dosed and optimised, and at zero does nothing. A *timing*
    counts weeks. A *setting* is any other number.
    """

    name: str
    unit: str
    low: float
    high: float
    default: float | None
    status: str
    source: str
    kind: Literal["effect", "timing", "setting"]


class Option(Intervention):
    """An intervention with default values: what options and drivers inherit from."""

    @classmethod
    def preset(cls: type[Kind], **changes: float | str | None) -> Kind:
        """Build the option with its default values, some of them changed.

        Parameters
        ----------
        **changes
            Values by name of the field, instead of the default ones.

        Returns
        -------
        Option
            Instance of the class.

        Raises
        ------
        InputError
            For an unknown name, a value out of bounds, values that contradict each other, or a number without default.
        """
        return build_option(cls, changes, ".".join(part for part in identity(cls) if part))

    @classmethod
    def numbers(cls) -> list[Number]:
        """List the numbers of the option in the order in which they are declared.

        Returns
        -------
        list of Number
            Unit, bounds, default value, status, source and kind of each.
        """
        values = default_values(cls)
        return [
            Number(
                name=field.name,
                default=values[field.name],
                kind=_kind(cls, field.name, field.metadata["unit"]),
                **{part: field.metadata[part] for part in ("unit", "low", "high", "status", "source")},
            )
            for field in fields(cls)
            if "low" in field.metadata
        ]

    def __repr__(self) -> str:
        """Name and changed values on one line; dots for values as they are by default."""
        values = default_values(type(self))
        shown = {field.name: _shown(getattr(self, field.name)) for field in fields(self)}
        changed = [f"{name}={text}" for name, text in shown.items() if text != _shown(values.get(name))]
        more = ["..."] if len(changed) > SHOWN or len(changed) < len(shown) else []
        return f"{type(self).__name__}({', '.join(changed[:SHOWN] + more)})"


def identity(kind: type[Intervention]) -> tuple[str, str]:
    """Group and name in `conf/` of a class of the package; of any other no group, and its own name."""
    home, _, module = kind.__module__.rpartition(".")
    return (HOMES[home], module) if home in HOMES else ("", kind.__name__)


def default_values(kind: type[Intervention]) -> dict[str, Any]:
    """Plain default values by field: of the file in `conf/`, or else as declared with `default`; None for none."""
    group, name = identity(kind)
    if group:
        return preset(group, name)[name]
    return {field.name: field.metadata.get("default") for field in fields(kind)}


def build_option(kind: type[Kind], changes: Mapping[str, Any], where: str) -> Kind:
    """Build an option with its default values, some of them changed.

    Parameters
    ----------
    kind
        Class of the option.
    changes
        Plain values by name of the field.
    where
        What messages call the option.

    Returns
    -------
    Intervention
        Instance of the class.

    Raises
    ------
    InputError
        For an unknown name, a value out of bounds, values that contradict each other, or a number without default.
    """
    values = {**default_values(kind), **changes}
    for field in fields(kind):
        given = field.name in changes or "instead" in field.metadata
        if not given and values.get(field.name) is None:
            raise InputError(f"{where}.{field.name}: missing: give a value, or declare it with default=...")
    built = build_component(kind, values, where)
    if wrong := built.contradiction():
        raise InputError(f"{where}: {wrong}")
    return built


def _kind(kind: type[Intervention], name: str, unit: str) -> Literal["effect", "timing", "setting"]:
    if name in kind.effects:
        return "effect"
    return "timing" if unit.startswith("week") else "setting"


def _shown(value: Any) -> str:
    """A number to six digits, a word in quotes; other arrays by their shape."""
    if isinstance(value, str | None):
        return repr(value or "")
    if isinstance(value, list | tuple):
        return repr(list(value))
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError):  # of many values, traced, or deleted
        return eqx.tree_pformat(value)
    return f"{number:.0f}" if number.is_integer() else f"{number:.6g}"
