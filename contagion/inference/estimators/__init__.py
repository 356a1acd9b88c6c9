"""The estimators of the published studies, as functions of arrays: the same for recorded and for simulated counts.

Nothing here knows the simulator. Axes are named as everywhere: replicate, month (or week, year), group, place.
"""
