from .runtime import configure
from .store import open_results, save
from .sweeps import one_job

__all__ = [
    "configure",
    "one_job",
    "open_results",
    "save",
]
