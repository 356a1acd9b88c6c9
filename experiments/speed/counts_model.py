"""The counts-only (endemic-epidemic) model of all candidates: y ~ Poisson(nu + phi y_before + xi W y_before)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from contagion.kernel.region import Region
from experiments.speed import problem

PHI, XI = 0.3, 0.1  # homicides that follow from one in the same and in neighbouring places, per week

Candidate = Callable[[int, int], object]  # counts summed over weeks, from numbers of replicates and weeks


def endemic(region: Region) -> NDArray:
    """nu, homicides per place and week, at which the stationary mean is what was recorded.

    Where neighbours alone explain more than was recorded nu is 0, and the mean lies above the record (1 % in total).
    """
    homicides = np.asarray(region.homicides, float)
    return np.maximum(homicides - PHI * homicides - XI * (problem.weights(region) @ homicides), 0)
