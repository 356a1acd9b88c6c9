"""Write the results of a run in several formats.

Values are totals or means over the run; comparisons are with the first strategy in the same replicate.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from geopandas import GeoDataFrame
from pandas import DataFrame
from xarray import Dataset

from contagion._util.atomic import committed
from contagion.analysis.select import choose
from contagion.export.geopackage import write_geopackage
from contagion.export.netcdf import check_libraries, write_netcdf
from contagion.export.tables import write_csv
from contagion.export.workbook import check_library, write_xlsx

FOLDER = "export"  # beside the results of a run
FORMATS = ("gpkg", "csv", "netcdf", "xlsx")


def check(formats: Iterable[str]) -> None:
    """Check that the formats are known and their libraries installed.

    Parameters
    ----------
    formats
        Names among ``gpkg``, ``csv``, ``netcdf`` and ``xlsx``.

    Raises
    ------
    InputError
        If a format is unknown or a library it needs is not installed.
    """
    chosen = [choose("format", name, FORMATS) for name in formats]
    if "netcdf" in chosen:
        check_libraries()
    if "xlsx" in chosen:
        check_library()


def write(
    dataset: Dataset,
    polygons: GeoDataFrame,
    folder: Path,
    formats: Sequence[str] = FORMATS,
    tables: Mapping[str, DataFrame] | None = None,
) -> list[Path]:
    """Export the results of a run to a new folder.

    Parameters
    ----------
    dataset
        Results of a run, as returned by `contagion.simulate` or `contagion.open_results`.
    polygons
        Outlines of the places, indexed by code.
    folder
        Folder to create. If an error occurs, nothing is left behind.
    formats
        Formats to write: ``gpkg`` (results by place), ``csv`` (tables of places and totals), ``netcdf`` (time series of
        places), ``xlsx`` (a workbook of all tables).
    tables
        Sheets of the workbook, as for `write_xlsx`.

    Returns
    -------
    list of Path
        Paths of the files written.

    Raises
    ------
    InputError
        If a format is unknown, the folder exists or is not writable, or the disk is full.

    Examples
    --------
    >>> write(results, atlas.polygons, Path("export"), ["csv"])
    """
    check(formats)
    written = []
    with committed(folder) as partial:
        partial.mkdir()
        if "gpkg" in formats:
            written.append(write_geopackage(dataset, polygons, partial / "places.gpkg"))
        if "csv" in formats:
            written += write_csv(dataset, partial)
        if "netcdf" in formats:
            written.append(write_netcdf(dataset, partial / "places.nc"))
        if "xlsx" in formats:
            written.append(write_xlsx(dataset, partial / "tables.xlsx", tables))
    return [folder / path.name for path in written]
