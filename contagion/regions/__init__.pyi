from .atlas import Atlas, load_region
from .record import Record

__all__ = [
    "Atlas",
    "Record",
    "load_region",
]
