"""Polygon files: only what they seem to be, checked, repaired where that is safe."""

import os
import subprocess
import sys

import geopandas as gpd
import pyogrio
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon, box

from contagion.errors import InputError
from contagion.regions.polygons import check_polygons, in_kilometres, read_polygons
from contagion.regions.reader import RESTRICTED, restricted

BOWTIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def frame(*shapes, crs=4326):
    return gpd.GeoDataFrame({"name": list("abcd")[: len(shapes)]}, geometry=list(shapes), crs=crs)


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".fgb", ".parquet"])
def test_formats(tmp_path, suffix):
    path = tmp_path / f"places{suffix}"
    places = frame(box(0, 0, 1, 1), box(1, 0, 2, 1))
    places.to_parquet(path) if suffix == ".parquet" else places.to_file(path)
    assert sorted(read_polygons(str(path)).name) == ["a", "b"]


@pytest.mark.parametrize(
    "address",
    [
        "/vsicurl/http://example.org/a.gpkg",
        "http://example.org/a.gpkg",
        '{"type": "x"}',
        "<OGRVRTDataSource/>",
    ],
)
def test_addresses_are_refused(address):
    with pytest.raises(InputError, match="an address is not accepted"):
        read_polygons(address)


def test_other_files_are_refused(tmp_path):
    virtual = "<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>"
    pipeline = '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline"}'
    for name, content, message in [
        ("a.vrt", virtual, "unknown extension '.vrt'; must be one of"),
        ("a.zip", "PK", "unknown extension '.zip'; must be one of"),
        ("a.gpkg", virtual, "the content does not match the extension .gpkg"),
        ("a.geojson", virtual, "not a GeoJSON file"),
        ("b.geojson", pipeline, "not a GeoJSON FeatureCollection"),
        ("c.geojson", '{"type": "FeatureCollection", "features": []}', "no features"),
        ("a.parquet", "PAR1 and no more", "cannot be read as polygons"),
    ]:
        (tmp_path / name).write_text(content)
        with pytest.raises(InputError, match=message):
            read_polygons(str(tmp_path / name))
    with pytest.raises(InputError, match="no such file"):
        read_polygons(str(tmp_path / "absent.gpkg"))
    with pytest.raises(InputError, match="not a regular file"):
        read_polygons(str(tmp_path))


def test_one_layer_with_geometry(tmp_path):
    path = tmp_path / "a.gpkg"
    for layer in ("districts", "wards"):
        frame(box(0, 0, 1, 1)).to_file(path, layer=layer)
    with pytest.raises(InputError, match=r"2 layers with geometry \(districts, wards\)"):
        read_polygons(str(path))
    table = tmp_path / "table.gpkg"
    pyogrio.write_dataframe(frame(box(0, 0, 1, 1)).drop(columns="geometry"), table)
    with pytest.raises(InputError, match="0 layers with geometry"):
        read_polygons(str(table))


def test_truncated_file(tmp_path):
    path = tmp_path / "a.gpkg"
    frame(box(0, 0, 1, 1)).to_file(path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"a\.gpkg"):
        read_polygons(str(path))


def test_drivers_that_open_other_files_are_off():
    """In the process that reads a file of the user."""
    code = "import os, pyogrio; print(os.environ['CPL_VSIL_CURL_ALLOWED_EXTENSIONS'], *pyogrio.list_drivers())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=restricted())
    extensions, *drivers = run.stdout.split()
    assert extensions == ".none"
    assert "GPKG" in drivers
    assert not {"OGR_VRT", "GDALG", "SQLite", "HTTP", "WFS"} & set(drivers)


def test_a_file_opens_no_other_file(tmp_path):
    """A pipeline that claims to be a FeatureCollection as well, in a process that has loaded every driver of GDAL."""
    assert "GeoJSON" in pyogrio.list_drivers()
    frame(box(0, 0, 1, 1)).to_file(tmp_path / "secret.gpkg")
    pipeline = f'"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {tmp_path}/secret.gpkg"'
    collection = (
        '"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null, "properties": {"own": 1}}]'
    )
    (tmp_path / "a.geojson").write_text(f"{{{pipeline}, {collection}}}")
    assert read_polygons(str(tmp_path / "a.geojson")).columns.tolist() == ["own", "geometry"]


def test_environment_and_gdal_are_unchanged_by_a_region(tmp_path):
    """In a process of its own, which has loaded nothing yet."""
    places = frame(box(0, 0, 1, 1), box(1, 0, 2, 1)).assign(code=[1, 2], residents=1000)
    places.to_file(tmp_path / "places.gpkg")
    code = f"""
import os
before = dict(os.environ)
import contagion
contagion.load_region("schematic")
atlas = contagion.load_region(
    "file", path={str(tmp_path / "places.gpkg")!r}, id="code", name="name", population="residents", source="test"
)
assert len(atlas.polygons) == 2
assert before == dict(os.environ)
import pyogrio
assert pyogrio.get_gdal_config_option("GDAL_SKIP") is None
assert {{"CSV", "KML"}} & set(pyogrio.list_drivers())
"""
    free = {name: value for name, value in os.environ.items() if name not in RESTRICTED}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=free)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("places", "message"),
    [
        (frame(), "no features"),
        (frame(box(0, 0, 1, 1), crs=None), "coordinate reference system is missing"),
        (frame(box(0, 0, 1, 1), None), "1 has no geometry"),
        (frame(box(0, 0, 1, 1), Polygon()), "1 has an empty geometry"),
        (frame(box(0, 0, 1, 1), Point(0, 0)), "1 has something other than a polygon"),
        (frame(LineString([(0, 0), (1, 1)])), "0 has something other than a polygon"),
        (frame(Polygon([(0, 0), (1, 1), (0, 0)])), "0 encloses no area"),
        (frame(box(500_000, 0, 600_000, 1)), "not degrees on the globe"),
    ],
)
def test_unusable_polygons(places, message):
    with pytest.raises(InputError, match=message):
        check_polygons(places, "a.gpkg")


def test_invalid_outline_is_repaired_and_noted():
    places, notes = check_polygons(frame(box(2, 0, 3, 1), BOWTIE), "a.gpkg")
    assert notes == ("Invalid outlines were repaired: 1 (1).",)
    assert places.is_valid.all()
    assert isinstance(places.geometry.iloc[1], MultiPolygon)
    assert places.geometry.iloc[1].area == pytest.approx(0.5)


def test_polygons_come_back_in_degrees_and_measure_in_kilometres():
    places, _ = check_polygons(frame(box(0, 0, 1, 1)).to_crs(3857), "a.gpkg")
    assert places.crs.to_epsg() == 4326
    assert in_kilometres(places).area.iloc[0] == pytest.approx(12_309, rel=1e-3)  # 1° cell at the equator
