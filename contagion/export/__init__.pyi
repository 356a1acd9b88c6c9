from .files import check, write
from .geopackage import write_geopackage
from .netcdf import write_netcdf
from .tables import places, totals, write_csv
from .workbook import write_xlsx

__all__ = [
    "check",
    "places",
    "totals",
    "write",
    "write_csv",
    "write_geopackage",
    "write_netcdf",
    "write_xlsx",
]
