"""Exogenous drivers: one file per driver, each a final class like an option's."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
