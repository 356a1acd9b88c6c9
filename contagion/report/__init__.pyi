from .brief import brief, write_brief
from .document import document
from .page import render, write
from .sections import Section

__all__ = [
    "Section",
    "brief",
    "document",
    "render",
    "write",
    "write_brief",
]
