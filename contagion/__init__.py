"""Simulate how violence between criminal groups spreads, and what interventions do to it.

Everything is imported when it is first used, so `import contagion` costs nothing.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
