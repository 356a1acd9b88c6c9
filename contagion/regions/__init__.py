"""Regions: build a `Region` to simulate on and an `Atlas` to draw maps from, out of polygons and tables."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
