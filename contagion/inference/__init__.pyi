from .synthetic_likelihood import Emulator, emulate, posterior

__all__ = [
    "Emulator",
    "emulate",
    "posterior",
]
