"""Parameters of the model: presets, priors, posteriors, constraints and provenance."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
