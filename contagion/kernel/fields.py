"""How components declare their fields: numbers with units and bounds, choices and areas."""

from dataclasses import fields
from typing import Any, get_args

import equinox as eqx
import jax


def number(
    unit: str,
    low: float,
    high: float,
    status: str = "assumed",
    source: str = "",
    static: bool = False,
    default: float | None = None,
) -> Any:
    """Declare a number of a component: its unit, its bounds, and where it comes from.

    Parameters
    ----------
    unit
        Unit in words.
    low, high
        Legal interval, ends included.
    status
        One of published, calibrated, assumed.
    source
        Short citation with its year.
    static
        True for a number that decides shapes: a new value compiles anew, while all others are traced.
    default
        Default value, for options that have no file in `conf/`.

    Returns
    -------
    Any
        Field of an Equinox module.
    """
    metadata = dict(unit=unit, low=low, high=high, status=status, source=source, default=default)
    return eqx.field(metadata=metadata, static=static)


def choice(*words: str, default: str | None = None) -> Any:
    """Declare a choice of a component between words; another word compiles anew.

    Parameters
    ----------
    *words
        Words to choose from.
    default
        Default word, for options that have no file in `conf/`.

    Returns
    -------
    Any
        Field of an Equinox module.
    """
    return eqx.field(metadata=dict(choices=words, default=default), static=True)


def area(instead: str, districts: bool = False, default: str | None = None) -> Any:
    """Declare the name of an area of `Region.areas`.

    Parameters
    ----------
    instead
        What is taken where no area is named, in words.
    districts
        True where the area holds the numbers of districts: whatever they are, the option sees them counted from 0.
    default
        Default name, for options that have no file in `conf/`; None for what is taken instead.

    Returns
    -------
    Any
        Field of an Equinox module, empty where no area is named.
    """
    return eqx.field(metadata=dict(instead=instead, districts=districts, default=default), static=True)


def group_names(instead: str, default: tuple[str, ...] = ()) -> Any:
    """Declare names of groups of the region.

    Parameters
    ----------
    instead
        What holds where no group is named, in words.
    default
        Default names, for options that have no file in `conf/`.

    Returns
    -------
    Any
        Field of an Equinox module, a tuple of names.
    """
    return eqx.field(metadata=dict(named=instead, default=default), static=True)


def axes(field: Any) -> list[str]:
    """Names of the axes of an array that is a field of a module."""
    kinds = [kind for kind in (field.type, *get_args(field.type)) if hasattr(kind, "dim_str")]
    return kinds[0].dim_str.replace("#", "").split() if kinds else []


def has_places(module: Any) -> Any:
    """Whether the first axis of each array of a module is that of places, as its fields declare them."""
    found = []
    for field in fields(module):
        value = getattr(module, field.name)
        if isinstance(value, eqx.Module):
            found += jax.tree.leaves(has_places(value))
        elif not field.metadata.get("static"):
            named = field.metadata["axes"] if "axes" in field.metadata else axes(field)
            found += [list(named[:1]) == ["place"]] * len(jax.tree.leaves(value))
    return jax.tree.unflatten(jax.tree.structure(module), found)
