from .budget import Scale, equalised
from .evaluations import Aim, Evaluated, Evaluations, Objective
from .gradients import Gradient, gradient
from .search import Optimum, best_plan
from .space import Choice, Space

__all__ = [
    "Aim",
    "Choice",
    "Evaluated",
    "Evaluations",
    "Gradient",
    "Objective",
    "Optimum",
    "Scale",
    "Space",
    "best_plan",
    "equalised",
    "gradient",
]
