"""How components declare their fields: numbers with units and bounds, choices and areas."""

from typing import Any

import equinox as eqx


def number(unit: str, low: float, high: float, status: str = "assumed", source: str = "", static: bool = False) -> Any:
    """Declare a number of a component: its unit, its bounds, and where it comes from.

    **Arguments:** `unit` in words; `low`, `high` the legal interval, ends included; `status` one of
    published, calibrated, assumed; `source` a short citation with its year; `static` for a number that decides
    shapes: a new value compiles anew, while all others are traced.
    """
    metadata = dict(unit=unit, low=low, high=high, status=status, source=source)
    return eqx.field(metadata=metadata, static=static)


def choice(*words: str) -> Any:
    """Declare a choice of a component between words; another word compiles anew."""
    return eqx.field(metadata=dict(choices=words), static=True)


def area(instead: str, districts: bool = False) -> Any:
    """Declare the name of an area of `Region.areas`; empty for what is taken instead, in words.

    Of `districts` the area holds the numbers: whatever they are, the option sees them counted from 0.
    """
    return eqx.field(metadata=dict(instead=instead, districts=districts), static=True)


def axes(field: Any) -> list[str]:
    """Names of the axes of an array that is a field of a module."""
    return field.type.dim_str.replace("#", "").split()
