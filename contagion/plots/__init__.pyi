from .animation import animate
from .assumptions.pareto import pareto_plot
from .assumptions.rank_reversal import rank_reversal_plot
from .assumptions.tornado import tornado_plot
from .cost_effect import cost_effect_plot
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
from .spatial.hot_spots import hot_spots
from .spatial.state_maps import state_changes
from .time_series import series

__all__ = [
    "animate",
    "choropleth",
    "cost_effect_plot",
    "difference",
    "difference_panel",
    "draw",
    "effect_and_certainty",
    "effects_by_job",
    "harm",
    "harm_panel",
    "hot_spots",
    "multiples",
    "panel",
    "pareto_plot",
    "rank_reversal_plot",
    "series",
    "state_changes",
    "tornado_plot",
]
