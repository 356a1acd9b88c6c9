from .page import render, write
from .sections import Section

__all__ = [
    "Section",
    "render",
    "write",
]
