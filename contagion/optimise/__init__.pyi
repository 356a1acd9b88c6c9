from .budget import Scale, equalised

__all__ = [
    "Scale",
    "equalised",
]
