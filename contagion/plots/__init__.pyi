from .animation import animate
from .effects_by_job import effects_by_job
from .maps import (
    choropleth,
    difference,
    difference_panel,
    draw,
    effect_and_certainty,
    harm,
    harm_panel,
    multiples,
    panel,
)
from .pareto import pareto_plot
from .rank_reversal import rank_reversal_plot
from .time_series import series
from .tornado import tornado_plot

__all__ = [
    "animate",
    "choropleth",
    "difference",
    "difference_panel",
    "draw",
    "effect_and_certainty",
    "effects_by_job",
    "harm",
    "harm_panel",
    "multiples",
    "panel",
    "pareto_plot",
    "rank_reversal_plot",
    "series",
    "tornado_plot",
]
