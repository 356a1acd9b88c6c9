"""A small made-up run on a lattice of places, for tests of figures."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from matplotlib.figure import Figure


def lattice(rows: int, columns: int) -> gpd.GeoDataFrame:
    """A lattice of one-degree squares, two states side by side."""
    row, column = (axis.ravel() for axis in np.mgrid[:rows, :columns])
    squares = shapely.box(column - 100.0, row + 20.0, column - 99.0, row + 21.0)
    columns_of = {
        "name": [f"Place {number}" for number in range(rows * columns)],
        "state": np.where(column < columns / 2, "West", "East"),
        "population": np.linspace(1e4, 1e5, rows * columns),
    }
    codes = pd.Index([f"{number:03d}" for number in range(rows * columns)], name="code")
    return gpd.GeoDataFrame(columns_of, geometry=squares, crs="EPSG:4326", index=codes)


def run(polygons: gpd.GeoDataFrame, strategies: list[str], **attributes: object) -> xr.Dataset:
    """Two years of months of a smooth field of homicides that each strategy scales, in each replicate, and trust."""
    times = pd.date_range("2020-01-01", periods=24, freq="MS")
    weeks = np.array([4, 4, 5] * 8)
    field = 1 + np.sin(np.linspace(0, 3, len(polygons))) * 5
    scale = np.linspace(1, 2, len(strategies))[:, None, None, None]
    spread = np.array([1, 0.4, 0.5, 0.9, 2])[:, None, None]
    homicides = scale * spread * weeks[:, None] * field
    dims = ("strategy", "statistic", "time", "place")
    replicates = np.linspace(0.5, 1.5, 11)[:, None]
    totals = homicides[:, 0].sum(-1)[:, None] * replicates
    of_run = homicides[:, 0].sum(1)[:, None] * replicates
    flow = {"long_name": "homicides", "units": "homicides", "cell_methods": "time: sum"}
    stock = {"long_name": "trust", "units": "share, 0 to 1", "cell_methods": "time: mean"}
    places = {name: ("place", polygons[name].to_numpy(object)) for name in ("name", "state")}
    return xr.Dataset(
        {
            "homicides": (dims, homicides, flow),
            "trust": (dims, homicides / 100, stock),
            "homicides_total": (("strategy", "replicate", "time"), totals, flow),
            "homicides_run_total": (("strategy", "replicate", "place"), of_run, flow),
        },
        coords={
            "strategy": strategies,
            "statistic": ["mean", "sd", "q05", "q50", "q95"],
            "time": times,
            "weeks": ("time", weeks),
            "place": polygons.index.to_numpy(object),
            "population": ("place", polygons.population.to_numpy()),
            **places,
        },
        attrs={"region": "Lattice", "source": "Made up", "schematic": 1, "note": ""} | attributes,
    )


def words(figure: Figure) -> str:
    """Everything that is written on a figure outside its axes."""
    return "\n".join(text.get_text() for text in figure.texts)


def colours(figure: Figure, number: int = 0) -> np.ndarray:
    """The colours of the places on one map of a figure."""
    return np.asarray(figure.axes[number].collections[0].get_facecolor())
