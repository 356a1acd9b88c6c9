"""Maps of hot spots of homicides, in the record and under each strategy."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from xarray import Dataset

from contagion._util.language import label, say, worded
from contagion.analysis.select import choose
from contagion.analysis.spatial.hot_spots import ALONE, COLD, HIGH_IN_LOW, HOT, LOW_IN_HIGH, RECORD
from contagion.plots.color_classes import Classes
from contagion.plots.legends import Listed
from contagion.plots.panels import Panel, plate, project

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

COLOURS = {  # purple and orange, as of changes
    COLD: "#4a2c85",
    LOW_IN_HIGH: "#c6c0de",
    ALONE: "#f0f0f0",
    HIGH_IN_LOW: "#fcd9ad",
    HOT: "#9c4a05",
}
STATISTICS = ("cluster", "spot")


def hot_spots(
    dataset: Dataset, polygons: "GeoDataFrame", table: pd.DataFrame, statistic: Literal["cluster", "spot"] = "spot"
) -> Figure:
    """Map hot spots of homicides, in the record and under each strategy.

    Parameters
    ----------
    dataset
        Results of a run.
    polygons
        One row per place, indexed by code, with columns state and geometry.
    table
        Result of `contagion.analysis.hot_spot_table` for the dataset.
    statistic
        ``spot``: Gi*, high or low with its neighbours; ``cluster``: local Moran's I, which also has places unlike their
        neighbours.

    Returns
    -------
    Figure
        A figure with one map per source of the table.

    Raises
    ------
    InputError
        If the statistic is unknown, or polygons and places do not match.
    """
    choose("statistic", statistic, STATISTICS)
    shown = [name for name in COLOURS if statistic == "cluster" or name in (COLD, ALONE, HOT)]
    number = {name: index for index, name in enumerate(shown)}
    codes = dataset["place"].values
    panels = []
    for source, rows in table.groupby("source", sort=False):
        of_place = dict(zip(rows["code"], rows[statistic], strict=True))
        assigned = np.array([number[of_place[code]] if code in of_place else -1 for code in codes])
        hot, cold = int((assigned == number[HOT]).sum()), int((assigned == number[COLD]).sum())
        name = say("spots.record") if source == RECORD else label(str(source))
        panels.append(Panel(name, assigned, say("spots.counted", hot=f"{hot:,}", cold=f"{cold:,}")))
    words = [worded("spot", name) for name in shown]
    classes = Classes(np.empty(0), to_rgba_array([COLOURS[name] for name in shown]), words)
    legend = Listed(classes, say("spots.admitted"), any((panel.assigned < 0).any() for panel in panels))
    mean = say("statistic.of_replicates", statistic=say("statistic.mean"))
    attributes = {**dataset.attrs, "period": say("spots.period"), "statistic": mean}
    outlines = project(polygons, dataset["place"])
    return plate(outlines, panels, classes.colours, legend, say(f"spots.{statistic}"), attributes)
