"""Hot spots: places whose neighbourhood has more homicides than chance would put there, in the record and in a run.

Local Moran's I (Anselin 1995) asks whether a place and its neighbours are alike, Gi* (Getis and Ord 1992; Ord and Getis
1995) whether a place with its neighbours is high or low. Both are of esda; p-values are two-sided, by the normal
approximation with the moments of conditional randomisation (Sokal, Oden and Thomson 1998). Among many places some are
small by chance, so what counts as significant is limited by the false discovery rate (Benjamini and Hochberg 1995).
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from xarray import DataArray, Dataset

from contagion.analysis.select import RATE, by_strategy, of_years, yearly_rate
from contagion.errors import InputError, install
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres, in_order

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

RECORD = "record"
ALONE, HOT, LOW_IN_HIGH, COLD, HIGH_IN_LOW = (
    "not significant",
    "hot spot",
    "low among high",
    "cold spot",
    "high among low",
)
QUADRANTS = (ALONE, HOT, LOW_IN_HIGH, COLD, HIGH_IN_LOW)  # by the number that esda gives them
FALSE = 0.05  # expected share of false discoveries among what is called significant


def hot_spot_table(dataset: Dataset, polygons: "GeoDataFrame") -> pd.DataFrame:
    """Local Moran's I and Gi* of the homicide rate, in the record before the start and under each strategy.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.
    polygons
        One row per place, indexed by code, with column geometry; those that share a border or a point are neighbours.

    Returns
    -------
    pandas.DataFrame
        One row per `source` (`record`, the twelve months before the start, where the run is anchored to one; then the
        strategies, over the last twelve months of the run, mean of replicates) and place: `code`, `name`, `state`,
        homicide `rate` per 100,000 residents and year; `moran`, its p-value `moran_p` and `cluster` (hot spot, cold
        spot, high among low, low among high, or not significant); `getis`, Gi* in standard deviations, `getis_p` and
        `spot` (hot spot, cold spot or not significant). Significant is what a false discovery rate of 5 % admits.
        Places without residents are left out, and not anyone's neighbours.

    Raises
    ------
    InputError
        If esda is not installed, there are fewer than three places, or polygons and places do not match.
    """
    places = in_order(polygons, dataset["place"].to_index())
    rates = _rates(dataset)
    known = dataset["population"].values > 0
    if known.sum() < 3:
        raise InputError("hot spots take three places with residents or more")
    graph = _graph(places.loc[places.index[known]])
    described = {"code": dataset["place"], "name": dataset["name"], "state": dataset["state"]}
    columns = {name: values.values[known] for name, values in described.items()}
    tables = [
        pd.DataFrame(dict(source=source, **columns, rate=values[known], **_local(values[known], graph)))
        for source, values in rates.items()
    ]
    return pd.concat(tables, ignore_index=True)


def _rates(dataset: Dataset) -> dict[str, NDArray[np.float64]]:
    """Homicides per 100,000 residents and year [place], by source."""
    found = {}
    if "recorded_homicides" in dataset:
        counted = dataset["recorded_homicides"]
        last = counted.isel(recorded_time=slice(-1 if of_years(counted) else -12, None)).sum("recorded_time")
        found[RECORD] = yearly_rate(last, DataArray(WEEKS_OF_YEAR)).values.astype(float)
    simulated = by_strategy(dataset, RATE)
    return found | {
        str(name): simulated.sel(strategy=name).values.astype(float) for name in simulated["strategy"].values
    }


def _graph(places: "GeoDataFrame") -> Any:
    """Neighbours by shared borders, as libpysal has them."""
    from libpysal.graph import Graph  # which takes long to import

    return Graph.from_sparse(contiguity(in_kilometres(places))[0])


def _local(rates: NDArray[np.float64], graph: Any) -> dict[str, Any]:
    """Both statistics of rates [place], with what is significant among them."""
    try:
        import esda
    except ImportError:
        raise InputError(f"esda is not installed: {install('estimators')}") from None
    if np.ptp(rates) == 0:  # nothing is higher than anything else
        none = dict.fromkeys(("moran", "moran_p", "getis", "getis_p"), np.nan)
        return none | dict(cluster=ALONE, spot=ALONE)
    moran = esda.Moran_Local(rates, graph, permutations=0)
    getis = esda.G_Local(rates, graph, transform="B", star=True, permutations=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # of a place at the mean
        apart = (moran.Is - moran.EIc) / np.sqrt(moran.VIc)
    moran_p, getis_p = (2 * norm.sf(np.abs(np.nan_to_num(z))) for z in (apart, getis.Zs))
    clusters = np.where(_significant(moran_p, esda), moran.q, 0)
    spots = np.where(_significant(getis_p, esda), np.where(getis.Zs > 0, 1, 3), 0)
    return dict(
        moran=moran.Is,
        moran_p=moran_p,
        cluster=np.array(QUADRANTS, dtype=object)[clusters],
        getis=getis.Zs,
        getis_p=getis_p,
        spot=np.array(QUADRANTS, dtype=object)[spots],
    )


def _significant(p_values: NDArray[np.float64], esda: Any) -> NDArray[np.bool_]:
    """What the false discovery rate admits."""
    return p_values <= min(esda.fdr(p_values, FALSE), FALSE)
