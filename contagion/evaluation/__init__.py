"""How well forecasts of a record did before, beside rivals, and what they say now."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
