"""Where a strategy makes things worse: places with more homicides over the run than under the first strategy."""

import numpy as np
from numpy.typing import NDArray
from xarray import Dataset

from contagion.outcomes import residents_made_worse

SURE = 0.95  # probability of more from which harm is called sure


def more(dataset: Dataset) -> NDArray[np.float64]:
    """Share of replicates with more homicides than under the first strategy, ties half [strategy, place]."""
    homicides = dataset.homicides_of_run.transpose("strategy", "replicate", "place").values
    return (1 + np.sign(homicides - homicides[:1])).mean(axis=1) / 2


def residents(dataset: Dataset) -> dict[str, NDArray[np.float64]]:
    """Share of all residents who live in places with more homicides than under the first strategy [strategy].

    `mean` over replicates, with `low` and `high` the ends of its 90 % interval; and `sure`, in places where that is so
    in at least the share SURE of replicates.
    """
    share = residents_made_worse(dataset).transpose("strategy", "replicate").values
    weights = dataset.population.values / dataset.population.values.sum()
    return {
        "mean": share.mean(axis=1),
        "low": np.quantile(share, 0.05, axis=1),
        "high": np.quantile(share, 0.95, axis=1),
        "sure": (more(dataset) >= SURE) @ weights,
    }
