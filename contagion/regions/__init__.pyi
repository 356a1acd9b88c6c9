from .atlas import Atlas, load_region

__all__ = [
    "Atlas",
    "load_region",
]
