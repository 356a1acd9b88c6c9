"""Results by place as a GeoPackage."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from geopandas import GeoDataFrame
from xarray import Dataset

from contagion._util.atomic import committed
from contagion.analysis.select import UNIT_OF_RATE
from contagion.export.tables import places
from contagion.regions.polygons import in_order, write_layer

LAYER = "places"
COLUMNS = {  # columns per strategy
    "homicides": "homicides over the run, mean of replicates",
    "homicide_rate": f"the same {UNIT_OF_RATE}",
    "change_of_rate": "homicide_rate less that under the first strategy",
    "probability_of_harm": "share of replicates with more homicides than under the first strategy, ties counted half",
}


def write_geopackage(dataset: Dataset, polygons: GeoDataFrame, path: Path | str) -> Path:
    """Write results by place to a GeoPackage with a single layer.

    The columns code, name, state and population (persons) are followed by those of each strategy. They are named by
    strategy and quantity, as ``kingpin_homicide_rate``, in letters, digits and underscores; a number distinguishes
    names that become equal. The first strategy, the reference, has no comparison columns. The layer metadata describe
    the columns, their strategies and the source of the data.

    Parameters
    ----------
    dataset
        Results of a run.
    polygons
        Outlines of the places, indexed by code.
    path
        File to create.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    InputError
        If polygons and places do not match, or the file exists or cannot be written.
    """
    path = Path(path)
    ordered = in_order(polygons, dataset.place.to_index())
    table = places(dataset)
    first, *_ = strategies = [str(name) for name in dataset.strategy.values]
    columns = {
        name: table.loc[table.strategy == first, name].to_numpy() for name in ("code", "name", "state", "population")
    }
    called = _called(strategies)
    for strategy, rows in table.groupby("strategy", sort=False):
        kept = list(COLUMNS)[: 2 if strategy == first else None]
        columns |= {f"{called[str(strategy)]}_{name}": rows[name].to_numpy() for name in kept}
    layer = GeoDataFrame(columns, geometry=ordered.geometry.to_numpy(), crs=ordered.crs)
    about = {
        name: str(dataset.attrs[name])
        for name in ("title", "region", "source", "note", "schematic")
        if name in dataset.attrs
    }
    about |= {f"column {name}": words for name, words in COLUMNS.items()}
    about["strategies"] = json.dumps(called)
    with committed(path) as partial:
        write_layer(layer, partial, LAYER, about)
    return path


def _called(strategies: Iterable[str]) -> dict[str, str]:
    """Unique column prefix of each strategy; SQL names are case-insensitive."""
    called: dict[str, str] = {}
    taken: set[str] = set()
    for strategy in strategies:
        plain = re.sub(r"\W+", "_", strategy).strip("_") or "strategy"
        name, number = plain, 1
        while taken & (columns := {f"{name}_{column}".casefold() for column in COLUMNS}):
            number += 1
            name = f"{plain}_{number}"
        taken |= columns
        called[strategy] = name
    return called
