"""Nested mappings with one key for each value."""

from typing import Any


def by_dotted_key(values: Any, above: str = "") -> dict[str, Any]:
    """Values of nested mappings by their keys joined with dots; an empty mapping is a value."""
    if not isinstance(values, dict) or not values:
        return {above.removesuffix("."): values}
    return {key: end for name, value in values.items() for key, end in by_dotted_key(value, f"{above}{name}.").items()}
