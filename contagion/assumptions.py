"""What the ranking of strategies owes to assumed numbers: the tables and figures of a run that draws them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from xarray import Dataset

from contagion.errors import InputError
from contagion.pareto import pareto
from contagion.rank_flip import flips, rank_flip
from contagion.robustness import robustness
from contagion.scenarios import scenarios
from contagion.sensitivity import sensitivity
from contagion.tornado import tornado


def asked(dataset: Dataset) -> bool:
    """Whether the question arises: there are several strategies, and parameters are drawn per replicate."""
    return "drawn" in dataset and dataset["strategy"].size > 1


def tables(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """The tables of a run, by the names of their files."""
    return {f"{made.__name__}.csv": made(dataset) for made in (robustness, sensitivity, scenarios)}
