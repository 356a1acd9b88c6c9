"""Regions: polygons and tables become a `Region` to simulate on and an `Atlas` to draw maps from."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
