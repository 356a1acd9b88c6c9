from .document import document
from .page import render, write
from .sections import Section

__all__ = [
    "Section",
    "document",
    "render",
    "write",
]
