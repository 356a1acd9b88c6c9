"""Maps by state: what a strategy changes over the run in each, and how surely."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from xarray import Dataset

from contagion.analysis.by_state import provinces
from contagion.analysis.spatial.effects import by_province
from contagion.plots import map_figures
from contagion.plots.panels import project
from contagion.regions.polygons import in_order

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def state_changes(dataset: Dataset, polygons: "GeoDataFrame", strategies: Sequence[str] | None = None) -> Figure:
    """Map the change in the homicide rate over the run from the first strategy by state, and its certainty.

    Certainty is the share of replicates whose change has the sign of the mean change; ties count one half.

    Parameters
    ----------
    dataset
        Results of a run.
    polygons
        One row per place, indexed by code, with column geometry.
    strategies
        Strategies to show; all except the first by default.

    Returns
    -------
    Figure
        A figure with one map of bivariate classes per strategy; changes are per 100,000 residents and year.

    Raises
    ------
    InputError
        If a strategy is unknown, the run has no homicides by replicate and place, or polygons and places do not match.
    """
    names, numbers = provinces(dataset)
    labels = np.array(names, dtype=object)[numbers]
    states = in_order(polygons, dataset.place.to_index())[["geometry"]].assign(state=labels).dissolve("state")
    states = states.assign(state=states.index).rename_axis("code")
    whole = by_province(dataset)
    return map_figures.certainties(project(states, whole.place), whole, strategies, "states")
