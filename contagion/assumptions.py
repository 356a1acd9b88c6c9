"""What the ranking of strategies owes to assumed numbers: the tables and figures of a run that draws them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from xarray import Dataset

from contagion import output
from contagion.errors import InputError
from contagion.maps import fresh, save
from contagion.pareto import pareto
from contagion.rank_flip import flips, rank_flip
from contagion.robustness import robustness
from contagion.scenarios import scenarios
from contagion.sensitivity import sensitivity
from contagion.tornado import tornado


def tables(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """The tables of a run by the names of their files; none where no parameter is drawn or nothing is compared."""
    if "drawn" not in dataset or dataset["strategy"].size == 1:
        return {}
    return {
        output.ROBUSTNESS: robustness(dataset),
        output.SENSITIVITY: sensitivity(dataset),
        output.SCENARIOS: scenarios(dataset),
    }


def draw(dataset: Dataset, found: Mapping[str, pd.DataFrame], folder: Path) -> tuple[list[Path], list[str]]:
    """Writes the figures of a run to `folder` as PNG; returns their paths, and of those that cannot be drawn why.

    **Arguments:** `found` as `tables` returns of the dataset; without its tables there are no figures.

    **Raises:** InputError naming a file that is there already; nothing is written then.
    """
    if output.SENSITIVITY not in found:
        return [], []
    makers: dict[str, Callable[[], Figure]] = {
        "pareto": lambda: pareto(dataset),
        "tornado": lambda: tornado(dataset, found[output.SENSITIVITY]),
        "rank_flip": lambda: rank_flip(dataset, flips(dataset)),
    }
    targets = {name: fresh(folder, name) for name in makers}
    drawn, reasons = [], []
    for name, target in targets.items():
        try:
            figure = makers[name]()
        except InputError as reason:
            reasons.append(f"no {target.name}: {reason}")
            continue
        save(figure, target)
        drawn.append(target)
    return drawn, reasons
