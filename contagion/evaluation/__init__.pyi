from .figures import fan, probability_map, reliability, skill_figure
from .origins import Evaluation, Observed, choose_origins, evaluate, rolling
from .outlook import Outlook, look_ahead
from .rivals import rival_forecasts
from .scores import Mixture, Sample, energy_score
from .summary import calibration, skill_table

__all__ = [
    "Evaluation",
    "Mixture",
    "Observed",
    "Outlook",
    "Sample",
    "calibration",
    "choose_origins",
    "energy_score",
    "evaluate",
    "fan",
    "look_ahead",
    "probability_map",
    "reliability",
    "rival_forecasts",
    "rolling",
    "skill_figure",
    "skill_table",
]
