from .assumptions.rank_reversal import reversal_table
from .assumptions.robustness import Aim, robustness_table
from .assumptions.scenario_discovery import scenario_table
from .assumptions.sensitivity import sensitivity_table
from .by_place import certainty, change, homicides, probability_of_harm, rate
from .by_state import best_by_province
from .comparison import ceiling, compare, compare_jobs
from .metrics import OUTCOMES, Outcome
from .paired import PairedDifference, mean_interval, paired_difference, verdict, wins
from .ranking import rank
from .select import by_period, by_strategy, by_year

__all__ = [
    "OUTCOMES",
    "Aim",
    "Outcome",
    "PairedDifference",
    "best_by_province",
    "by_period",
    "by_strategy",
    "by_year",
    "ceiling",
    "certainty",
    "change",
    "compare",
    "compare_jobs",
    "homicides",
    "mean_interval",
    "paired_difference",
    "probability_of_harm",
    "rank",
    "rate",
    "reversal_table",
    "robustness_table",
    "scenario_table",
    "sensitivity_table",
    "verdict",
    "wins",
]
