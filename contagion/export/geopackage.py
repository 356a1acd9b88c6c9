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
COLUMNS = {  # of each strategy in a GeoPackage
    "homicides": "homicides over the run, mean of replicates",
    "homicide_rate": f"the same {UNIT_OF_RATE}",
    "change_of_rate": "homicide_rate less that under the first strategy",
    "probability_of_harm": "share of replicates with more homicides than under the first strategy, ties counted half",
}


def write_geopackage(dataset: Dataset, polygons: GeoDataFrame, path: Path | str) -> Path:
    """Write one layer of all places to a GeoPackage: who they are, then the numbers of each strategy side by side.

    A column is named by the strategy and what it holds, as `kingpin_homicide_rate`, in letters, digits and underscores;
    a number tells apart names that are alike after this. Of the first strategy nothing is compared. The metadata of the
    layer say where the numbers come from and which strategy a column belongs to.

    **Raises:** InputError for polygons that do not match, a file that is there already or cannot be written.
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
    """What the columns of each strategy begin with: SQL tells capital letters from small ones no more than signs."""
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
