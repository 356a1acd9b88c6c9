"""Read one layer of a polygon file with GDAL in a process of its own, which can open no other file and no address.

GDAL decides once, when it is loaded, which drivers there are. A process of its own leaves those of the caller as they
are, and is restricted even where the caller has loaded GDAL already.
"""

import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import geopandas as gpd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

# Every driver that can open other files or the network is left out. Curl may open no address: where GDAL asks it to in
# spite of that, it goes to a proxy that there is not.
_DRIVERS = """PCIDSK,PDS4,VICAR,PDF,MBTiles,EEDA,OGCAPI,GDALG,MapInfo File,LVBAG,S57,DGN,OGR_VRT,CSV,GML,GPX,
LIBKML,KML,GeoJSONSeq,ESRIJSON,TopoJSON,OGR_GMT,SQLite,WAsP,OpenFileGDB,DXF,GeoRSS,VFK,PGDUMP,OSM,GPSBabel,OGR_PDS,
WFS,OAPIF,EDIGEO,Idrisi,ODS,XLSX,Elasticsearch,Carto,AmigoCloud,SXF,Selafin,JML,PLSCENES,CSW,VDV,MVT,NGW,MapML,GTFS,
PMTiles,JSONFG,MiraMonVector,ADBC,AVCBin,AVCE00,AIVector,HTTP"""
RESTRICTED = {
    "GDAL_SKIP": _DRIVERS.replace("\n", ""),
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_MAX_RETRY": "0",
    "PROJ_NETWORK": "OFF",
}
UNREADABLE = 3  # exit status
PATIENCE = 600  # seconds
MOST = 1_000_000  # features of a layer


def read_layer(file: Path, layer: str | None = None, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Read a layer with geometry of a file.

    Parameters
    ----------
    file
        Polygon file of a format that GDAL reads.
    layer
        Name of the layer; None for the only one.
    encoding
        Of the text in a Shapefile; None for what the file says.

    Returns
    -------
    geopandas.GeoDataFrame
        Features of the layer.

    Raises
    ------
    ValueError
        Where the file cannot be read, has no such layer, or has several and none is named; says why.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "layer.parquet"
        words = [sys.executable, "-P", __file__, str(file), str(copy)]  # -P: no module is taken from this folder
        words += [layer or "", encoding or ""]
        try:
            run = subprocess.run(
                words, env=restricted(), capture_output=True, encoding="utf-8", check=False, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            raise ValueError(f"GDAL did not end within {PATIENCE} s") from None
        if run.returncode == UNREADABLE:
            raise ValueError(run.stdout.strip())
        if run.returncode:
            raise ValueError(f"GDAL ended with status {run.returncode}: {run.stderr.strip().rpartition(chr(10))[2]}")
        return gpd.read_parquet(copy)


def restricted() -> dict[str, str]:
    """Environment of a process in which GDAL is restricted, and modules are found as in this one."""
    paths = [path for path in sys.path if path]
    return os.environ | RESTRICTED | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"}


def main(source: str, target: str, layer: str, encoding: str) -> None:
    """Copy a layer with geometry of `source` to the GeoParquet file `target`; in the process of its own."""
    warnings.simplefilter("ignore")  # GDAL's remarks on a file that is checked later
    try:
        layers = [str(name) for name, shape in pyogrio.list_layers(source) if shape]
        if chosen := [name for name in layers if name == layer or (not layer and len(layers) == 1)]:
            frame = pyogrio.read_dataframe(source, chosen[0], encoding or None, max_features=MOST + 1)
            if len(frame) > MOST:
                raise ValueError(f"more than {MOST:,} features; must be one polygon per place")
            frame.to_parquet(target)
            return
    except (ValueError, OSError, LookupError, DataSourceError, DataLayerError, FeatureError) as error:
        print(error)
        sys.exit(UNREADABLE)
    named = f" ({', '.join(layers[:5])})" if layers else ""
    if layer:
        print(f"no layer {layer!r} with geometry among {len(layers)}{named}")
    else:
        print(f"{len(layers)} layers with geometry{named}; must be exactly one, or region.layer=NAME says which")
    sys.exit(UNREADABLE)


if __name__ == "__main__":
    main(*sys.argv[1:])
