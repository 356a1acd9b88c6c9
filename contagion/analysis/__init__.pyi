from .assumptions.rank_reversal import reversal_table
from .assumptions.robustness import Aim, robustness_table
from .assumptions.scenario_discovery import scenario_table
from .assumptions.sensitivity import sensitivity_table
from .assumptions.unknown_numbers import uncertainty_table
from .assumptions.value_of_information import value_table
from .by_place import certainty, change, homicides, probability_of_harm, rate
from .by_state import best_by_province
from .comparison import ceiling, compare, compare_jobs
from .cost_effect import cost_effect_table
from .metrics import OUTCOMES, Outcome
from .over_time import break_even, differences_by_year
from .paired import PairedDifference, mean_interval, paired_difference, verdict, wins
from .ranking import rank
from .select import by_period, by_strategy, by_year
from .spatial.displacement import displacement_table, members_by_state
from .spatial.effects import by_province, places_most_changed, state_table
from .spatial.hot_spots import hot_spot_table

__all__ = [
    "OUTCOMES",
    "Aim",
    "Outcome",
    "PairedDifference",
    "best_by_province",
    "break_even",
    "by_period",
    "by_province",
    "by_strategy",
    "by_year",
    "ceiling",
    "certainty",
    "change",
    "compare",
    "compare_jobs",
    "cost_effect_table",
    "differences_by_year",
    "displacement_table",
    "homicides",
    "hot_spot_table",
    "mean_interval",
    "members_by_state",
    "paired_difference",
    "places_most_changed",
    "probability_of_harm",
    "rank",
    "rate",
    "reversal_table",
    "robustness_table",
    "scenario_table",
    "sensitivity_table",
    "state_table",
    "uncertainty_table",
    "value_table",
    "verdict",
    "wins",
]
