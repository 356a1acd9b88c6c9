"""Build components with declared fields from plain values."""

import math
from collections.abc import Mapping
from dataclasses import fields
from numbers import Integral, Real
from typing import Any, TypeVar

import equinox as eqx
import jax.numpy as jnp

from contagion.errors import InputError, nearest

Component = TypeVar("Component", bound=eqx.Module)


def build_component(component: type[Component], values: Mapping[str, Any], where: str) -> Component:
    """Build a component from plain values, checking each against its declaration.

    Parameters
    ----------
    component
        Module class whose fields are declared with `number`, `choice` or `area` of `contagion.kernel.fields`.
    values
        Value of every field by name, in the declared units.
    where
        Prefix of the keys in error messages, such as ``params``.

    Returns
    -------
    Module
        Instance of `component`; numbers are scalar JAX arrays.

    Raises
    ------
    InputError
        If a key is unknown or missing, or a value has the wrong type or is out of bounds. The message names the key,
        the value, the unit and the bounds.
    """
    declared = {field.name: field for field in fields(component)}
    for key in values:
        if key not in declared:
            raise InputError(f"{where}.{key}: no such key; the nearest is {nearest(key, declared)}")
    if missing := [key for key in declared if key not in values]:
        raise InputError(f"{where}: missing {', '.join(missing)}")
    return component(**{key: _value(declared[key], values[key], f"{where}.{key}") for key in declared})


def _value(field: Any, value: Any, where: str) -> Any:
    """Checked value of one field: a number, one of the declared choices, or the name of an area."""
    if "choices" in field.metadata:
        words = field.metadata["choices"]
        if value not in words:
            raise InputError(f"{where}={value!r}: must be one of {', '.join(words)}")
        return value
    if "instead" in field.metadata:
        if value is not None and not (isinstance(value, str) and value.isidentifier()):
            instead = field.metadata["instead"]
            raise InputError(f"{where}={value!r}: must be the name of an area of the region, or null for {instead}")
        return value or ""
    if "named" in field.metadata:
        if not (isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)):
            raise InputError(
                f"{where}={value!r}: must be a list of names of groups; [] where {field.metadata['named']}"
            )
        return tuple(value)
    whole = field.type is int or "int32" in getattr(field.type, "dtypes", ())
    low, high, unit = (field.metadata[part] for part in ("low", "high", "unit"))
    wanted = f"{'a whole number' if whole else 'a number'} from {low} to {high} ({unit})"
    if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
        raise InputError(f"{where}={value!r}: must be {wanted}")
    if not (math.isfinite(value) and low <= value <= high):
        raise InputError(f"{where}={value!r}: out of bounds, must be {wanted}")
    if field.type is int:
        return int(value)  # pyright: ignore[reportArgumentType]
    return jnp.asarray(value, jnp.int32 if whole else float)
