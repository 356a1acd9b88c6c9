from . import forecast
from .forecast import Forecast, fit
from .synthetic_likelihood import Emulator, emulate, posterior

__all__ = [
    "Emulator",
    "Forecast",
    "emulate",
    "fit",
    "forecast",
    "posterior",
]
