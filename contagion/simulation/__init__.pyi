from .runtime import configure
from .store import open_results, save

__all__ = [
    "configure",
    "open_results",
    "save",
]
