"""What came of a run, for GIS and office: a GeoPackage, tables in CSV, netCDF.

Numbers are over the run, against the first strategy in the same replicate where they compare.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame, read_parquet
from xarray import Dataset, open_zarr

from contagion import effects, output
from contagion.committed import committed
from contagion.errors import InputError
from contagion.netcdf import check_libraries, netcdf
from contagion.polygons import in_order, write_geopackage
from contagion.selection import UNIT_OF_RATE, choose

FORMATS = ("gpkg", "csv", "netcdf")
LAYER = "places"
COLUMNS = {  # of each strategy in a GeoPackage
    "homicides": "homicides over the run, mean of replicates",
    "homicide_rate": f"the same {UNIT_OF_RATE}",
    "change_of_rate": "homicide_rate less that under the first strategy",
    "probability_of_harm": "share of replicates with more homicides than under the first strategy, ties counted half",
}

__all__ = ["check", "csv", "geopackage", "netcdf", "places", "totals", "write"]


def check(formats: Iterable[str]) -> None:
    """**Raises:** InputError for a format that there is not, or one whose libraries are missing."""
    if "netcdf" in [choose("format", name, FORMATS) for name in formats]:
        check_libraries()


def write(dataset: Dataset, polygons: GeoDataFrame, folder: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write a run to a new `folder` in each of the `formats` gpkg, csv and netcdf, and return the paths.

    **Raises:** InputError for an unknown format, a folder that exists or cannot be written to, a full disk; nothing is
    kept then.
    """
    check(formats)
    written = []
    with committed(folder) as partial:
        partial.mkdir()
        if "gpkg" in formats:
            written.append(geopackage(dataset, polygons, partial / "places.gpkg"))
        if "csv" in formats:
            written += csv(dataset, partial)
        if "netcdf" in formats:
            written.append(netcdf(dataset, partial / "places.nc"))
    return [folder / path.name for path in written]


def places(dataset: Dataset) -> pd.DataFrame:
    """A table with a row for each strategy and place: who it is, and what happens there over the run.

    Beside what `COLUMNS` says it has the 5 and 95 % quantiles of homicides over replicates. Of the first strategy the
    probability of harm is empty.
    """
    harm = effects.probability_of_harm(dataset)
    numbers = {
        "homicides": effects.homicides(dataset),
        "homicides_q05": effects.homicides(dataset, 0.05),
        "homicides_q95": effects.homicides(dataset, 0.95),
        "homicide_rate": effects.rate(dataset),
        "change_of_rate": effects.change(dataset),
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
    """A table with a row for each strategy, variable and period: its spread over replicates in the whole region.

    Columns: strategy, variable, unit, start (first day of the period), weeks, mean, q05, q50, q95.
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


def csv(dataset: Dataset, folder: Path) -> list[Path]:
    """Write the tables `places` and `totals` to `folder` as CSV with six significant digits, and return the paths.

    In UTF-8 with the mark by which office programs know it.
    """
    written = [folder / "places.csv", folder / "totals.csv"]
    for path, table in zip(written, (places(dataset), totals(dataset)), strict=True):
        with committed(path) as partial:
            table.to_csv(partial, index=False, float_format="%.6g", encoding="utf-8-sig")
    return written


def geopackage(dataset: Dataset, polygons: GeoDataFrame, path: Path | str) -> Path:
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
        write_geopackage(layer, partial, LAYER, about)
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


def main(arguments: Sequence[str] | None = None) -> None:
    """The command for a run that is stored. Exit status 0 when done, 2 for a mistake in what was given."""
    parser = argparse.ArgumentParser(prog="python -m contagion.export", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run, with results.zarr and polygons.parquet")
    for name in FORMATS:
        parser.add_argument(f"--{name}", dest="formats", action="append_const", const=name, help="all if none is given")
    given = parser.parse_args(arguments)
    try:
        for path in _of_folder(given.run, given.formats or FORMATS):
            print(path)
    except InputError as error:
        parser.exit(2, f"error: {error}\n")


def _of_folder(run: Path, formats: Sequence[str]) -> list[Path]:
    results, outlines = run / output.RESULTS, run / output.POLYGONS
    for needed in (results, outlines):
        if not needed.exists():
            raise InputError(f"{needed}: there is no such file; give the folder of a run")
    with open_zarr(results) as dataset:
        return write(dataset, read_parquet(outlines), run / output.EXPORT, formats)


if __name__ == "__main__":
    main(sys.argv[1:])
