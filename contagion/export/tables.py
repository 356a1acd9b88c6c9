"""Results as tables: by place, and totals over time."""

from pathlib import Path

import numpy as np
import pandas as pd
from xarray import Dataset

from contagion._util.atomic import committed
from contagion._util.text import harmless
from contagion.analysis import by_place


def places(dataset: Dataset) -> pd.DataFrame:
    """Table of results over the run by strategy and place.

    Parameters
    ----------
    dataset
        Results of a run.

    Returns
    -------
    DataFrame
        A row per strategy and place with columns strategy, code, name, state, population (persons); homicides (persons
        over the run, mean of replicates) with quantiles homicides_q05 and homicides_q95; homicide_rate and
        change_of_rate (per 100,000 residents and year, the change relative to the first strategy); and
        probability_of_harm (0 to 1, NaN for the first strategy).
    """
    harm = by_place.probability_of_harm(dataset)
    numbers = {
        "homicides": by_place.homicides(dataset),
        "homicides_q05": by_place.homicides(dataset, 0.05),
        "homicides_q95": by_place.homicides(dataset, 0.95),
        "homicide_rate": by_place.rate(dataset),
        "change_of_rate": by_place.change(dataset),
        "probability_of_harm": harm.where(harm.strategy != harm.strategy[0]),
    }
    count = dataset.strategy.size
    described = {name: np.tile(dataset[name].values, count) for name in ("name", "state")}
    table = dict(
        strategy=np.repeat(dataset.strategy.values, dataset.place.size), code=np.tile(dataset.place.values, count)
    )
    table |= described | dict(population=np.tile(np.rint(dataset.population.values).astype(np.int64), count))
    return pd.DataFrame(table | {name: values.values.ravel() for name, values in numbers.items()})


def totals(dataset: Dataset) -> pd.DataFrame:
    """Table of regional totals over time.

    Parameters
    ----------
    dataset
        Results of a run.

    Returns
    -------
    DataFrame
        A row per strategy, variable and period with columns strategy, variable, unit, start (first day of the period),
        weeks, and mean, q05, q50, q95 over replicates.
    """
    dims = ("strategy", "replicate", "time")
    tables = []
    for name, values in dataset.data_vars.items():
        if set(values.dims) != set(dims):
            continue
        spread = values.transpose(*dims).values.astype(float)
        levels = np.stack([spread.mean(axis=1), *np.quantile(spread, (0.05, 0.5, 0.95), axis=1)], axis=-1)
        strategies, periods, count = levels.shape
        rows = dict(
            strategy=np.repeat(dataset.strategy.values, periods),
            variable=name,
            unit=values.units,
            start=np.tile(dataset.time.dt.strftime("%Y-%m-%d").values, strategies),
            weeks=np.tile(dataset.weeks.values, strategies),
        )
        rows |= dict(zip(("mean", "q05", "q50", "q95"), levels.reshape(-1, count).T, strict=True))
        tables.append(pd.DataFrame(rows))
    return pd.concat(tables, ignore_index=True)


def write_csv(dataset: Dataset, folder: Path) -> list[Path]:
    """Write the tables `places` and `totals` as CSV files with six significant digits.

    The encoding is UTF-8 with a byte order mark, which spreadsheet programs need. Names that they would take for
    formulas have an apostrophe before them.

    Parameters
    ----------
    dataset
        Results of a run.
    folder
        Existing folder.

    Returns
    -------
    list of Path
        Paths of ``places.csv`` and ``totals.csv``.

    Raises
    ------
    InputError
        If a file exists or cannot be written.
    """
    written = [folder / "places.csv", folder / "totals.csv"]
    for path, table in zip(written, (places(dataset), totals(dataset)), strict=True):
        with committed(path) as partial:
            table.map(harmless).to_csv(partial, index=False, float_format="%.6g", encoding="utf-8-sig")
    return written
