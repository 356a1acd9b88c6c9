"""Estimators of the published studies, as functions of arrays of recorded or simulated counts.

They do not depend on the simulator. Axes are replicate, month (or week, year), group, place.
"""
