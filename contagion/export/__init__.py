"""Results for GIS and office programs: GeoPackage, CSV, netCDF, workbooks."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
