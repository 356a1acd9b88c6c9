"""Write the results of a run in several formats.

Numbers are over the run, against the first strategy in the same replicate where they compare.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from geopandas import GeoDataFrame
from xarray import Dataset

from contagion._util.atomic import committed
from contagion.analysis.select import choose
from contagion.export.geopackage import write_geopackage
from contagion.export.netcdf import check_libraries, write_netcdf
from contagion.export.tables import write_csv

FOLDER = "export"  # beside the results of a run
FORMATS = ("gpkg", "csv", "netcdf")


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
            written.append(write_geopackage(dataset, polygons, partial / "places.gpkg"))
        if "csv" in formats:
            written += write_csv(dataset, partial)
        if "netcdf" in formats:
            written.append(write_netcdf(dataset, partial / "places.nc"))
    return [folder / path.name for path in written]
