"""Files for GIS and office, of a real run on a small lattice, opened again by those who read them."""

import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
import xarray as xr
from draws import run as random_run
from lattice import lattice
from lattice import run as made_up

import contagion
from contagion import export
from contagion.analysis import by_place, uncertainty_table
from contagion.analysis.assumptions.unknown_numbers import beside
from contagion.analysis.comparison import write as write_table
from contagion.errors import InputError
from contagion.export.__main__ import main
from contagion.export.geopackage import COLUMNS, _called
from contagion.export.netcdf import LIBRARIES
from contagion.export.workbook import SHEETS, columns, described
from contagion.regions.polygons import read_polygons
from contagion.simulation.store import POLYGONS, RESULTS, save
from contagion.study.findings import assumptions, effects

HOSTILE = '=1+1, "quoted"; Ñandú\nsecond line'
STRATEGIES = ["baseline", "hot spots/a", "Hot_spots_A"]  # of which two are alike in letters and digits


@pytest.fixture(scope="module")
def run() -> tuple[xr.Dataset, gpd.GeoDataFrame]:
    """Half a year on a violent lattice; one place has a hostile name, and one consists of two parts."""
    atlas = contagion.load_region("lattice", rows=4, columns=5, homicide_rate=60.0)
    kingpin = contagion.load_intervention("kingpin", start=2)
    strategies = dict(zip(STRATEGIES, ((), (kingpin,), (kingpin,)), strict=True))
    dataset = contagion.simulate(atlas, strategies, weeks=26, replicates=8)
    names = np.array([HOSTILE, *atlas.polygons["name"][1:]], dtype=object)
    shapes = atlas.polygons.geometry.to_numpy().copy()
    _, south, east, north = shapes[3].bounds
    shapes[3] = shapely.MultiPolygon([shapes[3], shapely.box(east + 2, south, east + 3, north)])
    polygons = atlas.polygons.assign(name=names, geometry=gpd.GeoSeries(shapes, atlas.polygons.index, "EPSG:4326"))
    return dataset.assign_coords(name=("place", names)), polygons


@contextmanager
def room(most: int) -> Iterator[None]:
    """No file may hold more bytes than this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# GeoPackage


def test_geopackage_holds_places_and_numbers(run, tmp_path: Path) -> None:
    dataset, polygons = run
    path = export.write_geopackage(dataset, polygons.sample(frac=1, random_state=0), tmp_path / "places.gpkg")
    assert list(tmp_path.iterdir()) == [path]
    layer = gpd.read_file(path)
    assert list(layer.columns) == [
        "code",
        "name",
        "state",
        "population",
        "baseline_homicides",
        "baseline_homicide_rate",
        *(f"hot_spots_a_{name}" for name in COLUMNS),
        *(f"Hot_spots_A_2_{name}" for name in COLUMNS),
        "geometry",
    ]
    assert layer.crs == "EPSG:4326"
    assert layer["code"].tolist() == dataset.place.values.tolist()
    assert layer["name"].tolist() == dataset["name"].values.tolist()
    assert (layer["population"] == np.rint(dataset.population.values)).all()
    for strategy, prefix in zip(STRATEGIES[1:], ("hot_spots_a", "Hot_spots_A_2"), strict=True):
        for name, values in (
            ("homicides", dataset.homicides_run_total.mean("replicate")),
            ("homicide_rate", by_place.rate(dataset)),
            ("change_of_rate", by_place.change(dataset)),
            ("probability_of_harm", by_place.probability_of_harm(dataset)),
        ):
            np.testing.assert_allclose(layer[f"{prefix}_{name}"], values.sel(strategy=strategy), rtol=1e-6)
    same = layer.geometry.geom_equals(gpd.GeoSeries(polygons.loc[layer["code"]].geometry.values, crs="EPSG:4326"))
    assert same.all()


def test_geopackage_is_one_layer_that_says_what_it_is(run, tmp_path: Path) -> None:
    """A place of several parts and one of one part are of one type, as GIS want it; the file is sound."""
    dataset, polygons = run
    path = export.write_geopackage(dataset, polygons, tmp_path / "places.gpkg")
    assert pyogrio.list_layers(path).tolist() == [["places", "MultiPolygon"]]
    about = pyogrio.read_info(path)["layer_metadata"]
    assert about["region"] == dataset.attrs["region"]
    assert "assumed" in about["note"]
    assert '"hot spots/a": "hot_spots_a"' in about["strategies"]
    assert "ties counted half" in about["column probability_of_harm"]
    with sqlite3.connect(path) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store.execute("PRAGMA application_id").fetchone() == (0x47504B47,)  # GPKG
    assert len(read_polygons(str(path))) == 20  # a region of one's own again


def test_columns_are_told_apart() -> None:
    """By what is left of the names, whatever the columns: SQL takes capital letters for small ones."""
    called = _called(["a", "A", "a!", "a_2", "a_change", "¿?", "Ñandú"])
    assert list(called.values()) == ["a", "A_2", "a_3", "a_2_2", "a_change", "strategy", "Ñandú"]
    columns = [f"{name}_{column}".casefold() for name in called.values() for column in COLUMNS]
    assert len(set(columns)) == len(columns)


def test_polygons_that_do_not_match(run, tmp_path: Path) -> None:
    dataset, polygons = run
    with pytest.raises(InputError, match="2 places have no polygon"):
        export.write_geopackage(dataset, polygons[2:], tmp_path / "places.gpkg")
    assert not list(tmp_path.iterdir())


# Tables


def test_tables_come_back(run, tmp_path: Path) -> None:
    dataset, _ = run
    places, totals = export.write_csv(dataset, tmp_path)
    table = pd.read_csv(places, dtype={"code": str})
    assert places.read_bytes().startswith(b"\xef\xbb\xbfstrategy,code,name")
    assert len(table) == 3 * 20
    assert table["name"][0] == f"'{HOSTILE}"  # a spreadsheet shows it, and computes nothing
    assert table["code"].tolist() == dataset.place.values.tolist() * 3
    second = table[table.strategy == STRATEGIES[1]]
    np.testing.assert_allclose(second["homicide_rate"], by_place.rate(dataset).sel(strategy=STRATEGIES[1]), rtol=1e-5)
    np.testing.assert_allclose(second["homicides_q95"], by_place.homicides(dataset, 0.95)[1], rtol=1e-5)
    assert table[table.strategy == "baseline"]["probability_of_harm"].isna().all()
    assert (table[table.strategy == "baseline"]["change_of_rate"] == 0).all()
    assert (second["probability_of_harm"].between(0, 1)).all()

    table = pd.read_csv(totals, parse_dates=["start"])
    assert not table.duplicated(["strategy", "variable", "start"]).any()
    shown = table[(table.variable == "homicides_total") & (table.strategy == STRATEGIES[2])]
    expected = dataset.homicides_total.sel(strategy=STRATEGIES[2])
    np.testing.assert_allclose(shown["mean"], expected.mean("replicate"), rtol=1e-5)
    np.testing.assert_allclose(shown["q05"], expected.quantile(0.05, "replicate"), rtol=1e-5)
    assert (shown["start"].to_numpy() == dataset.time.values).all()
    assert (shown["weeks"].to_numpy() == dataset.weeks.values).all()
    of_region = {name for name, values in dataset.items() if set(values.dims) == set(dataset.homicides_total.dims)}
    assert set(table["variable"]) == of_region
    assert set(table.loc[table.variable == "spending", "unit"]) == {"million dollars"}


# netCDF


def test_netcdf_comes_back(run, tmp_path: Path) -> None:
    dataset, _ = run
    path = export.write_netcdf(dataset, tmp_path / "places.nc")
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        named = stored.set_xindex("code").set_xindex("strategy_name").set_xindex("statistic_name")
        for name in ("homicides", "trust", "violent"):
            for strategy in STRATEGIES:
                for statistic in ("mean", "q95"):
                    found = named[name].sel(strategy_name=strategy, statistic_name=statistic)
                    expected = dataset[name].sel(strategy=strategy, statistic=statistic)
                    np.testing.assert_allclose(found.transpose("time", "place"), expected.transpose("time", "place"))
        np.testing.assert_allclose(stored.probability_of_harm, by_place.probability_of_harm(dataset))
        assert stored["name"].values.tolist() == dataset["name"].values.tolist()
        assert stored["code"].values.tolist() == dataset.place.values.tolist()
        (by_time,) = {values.sizes["time"] for values in stored.values() if "time" in values.dims}
        assert by_time == dataset.time.size


def test_netcdf_follows_cf(run, tmp_path: Path) -> None:
    """What the conventions ask of time series at places, as the checker of the conventions found it."""
    dataset, _ = run
    path = export.write_netcdf(dataset, tmp_path / "places.nc")
    with xr.open_dataset(path, engine="h5netcdf", decode_cf=False) as raw:
        assert raw.attrs["Conventions"] == "CF-1.11"
        assert raw.attrs["featureType"] == "timeSeries"
        assert raw["code"].dtype == "S1"  # letters, which every reader knows
        assert raw["code"].attrs["cf_role"] == "timeseries_id"
        assert raw["lat"].attrs["standard_name"] == "latitude"
        assert raw["lon"].attrs["units"] == "degrees_east"
        assert raw["time"].attrs["bounds"] == "time_bounds"
        assert raw["homicides"].dims == ("strategy", "statistic", "place", "time")
        assert {"lat", "lon", "code", "strategy_name"} <= set(raw["homicides"].attrs["coordinates"].split())
        assert raw["homicides"].attrs["cell_methods"] == "time: sum"
        assert raw["homicides"].attrs["comment"] == "in persons"
        assert raw["change_of_rate"].attrs["units"] == "1e-5 year-1"
        assert {values.attrs["units"] for values in raw.values() if values.dims[-1:] == ("time",)} == {"1", "week"}
        assert not set(raw.dims) & set(raw.data_vars)
        assert not {name for name in raw.variables if name in raw.dims and raw[name].ndim > 1}
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        bounds = stored.time_bounds.values
        assert (bounds[1:, 0] == bounds[:-1, 1]).all()
        assert bounds[0, 0] == np.datetime64(dataset.attrs["start"])
        assert ((bounds[:, 1] - bounds[:, 0]) / np.timedelta64(7, "D") == dataset.weeks.values).all()
        assert (stored.time.values >= bounds[:, 0]).all()
        assert (stored.time.values < bounds[:, 1]).all()


def test_netcdf_of_a_stored_run_is_the_same(run, tmp_path: Path) -> None:
    """Text comes out of a store as another type."""
    dataset, _ = run
    with xr.open_zarr(save(dataset, tmp_path)) as stored:
        again = export.write_netcdf(stored, tmp_path / "again.nc")
    first = export.write_netcdf(dataset, tmp_path / "first.nc")
    with xr.open_dataset(first, engine="h5netcdf") as one, xr.open_dataset(again, engine="h5netcdf") as other:
        xr.testing.assert_identical(one.load(), other.load())


@pytest.mark.parametrize("absent", LIBRARIES)
def test_netcdf_without_its_libraries(absent: str, run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contagion.export.netcdf.find_spec", lambda name: None if name == absent else object())
    with pytest.raises(InputError, match=rf"{absent} not installed; pip install 'contagion\[export\]'"):
        export.write_netcdf(run[0], tmp_path / "places.nc")
    with pytest.raises(InputError, match="not installed"):
        export.check(["gpkg", "netcdf"])
    export.check(["gpkg", "csv"])
    assert not list(tmp_path.iterdir())


# Workbook


TABLE = pd.DataFrame(
    dict(
        strategy=["=HYPERLINK(1)", "#N/A", "007", "tab\tand\x07bell"],
        mean=[1234.56789, np.nan, np.inf, -1.0],
        replicates_needed=[3, 4, 5, 6],
        acts=[True, False, True, True],
        break_even=[pd.Timestamp("2020-05-01"), pd.NaT, pd.NaT, pd.NaT],
    )
)


@pytest.fixture(scope="module")
def book(run, tmp_path_factory: pytest.TempPathFactory):
    openpyxl = pytest.importorskip("openpyxl")
    path = export.write_xlsx(run[0], tmp_path_factory.mktemp("book") / "tables.xlsx", {"ranking": TABLE})
    return openpyxl.load_workbook(path)


def test_workbook_has_a_sheet_for_each_table(run, book) -> None:
    assert book.sheetnames == ["about", "ranking", "places", "totals"]
    assert {sheet.freeze_panes for sheet in book} == {"A2"}
    rows = list(book["places"].iter_rows(values_only=True))
    expected = export.places(run[0])
    assert list(rows[0]) == list(expected.columns)
    assert len(rows) == len(expected) + 1
    found = pd.DataFrame(rows[1:], columns=rows[0])
    np.testing.assert_allclose(found["homicides"], expected["homicides"], rtol=1e-5)
    assert found["code"].tolist() == expected["code"].tolist()
    assert found["name"][0] == f"'{HOSTILE}"
    assert book["places"]["A1"].font.bold


def test_workbook_has_text_as_text_and_numbers_as_numbers(book) -> None:
    rows = [[cell.value for cell in row] for row in book["ranking"].iter_rows(min_row=2)]
    assert [row[0] for row in rows] == ["'=HYPERLINK(1)", "#N/A", "007", "tab\\tand\\x07bell"]
    assert [row[1] for row in rows] == [1234.57, None, None, -1]
    assert [row[2] for row in rows] == [3, 4, 5, 6]
    assert [row[3] for row in rows] == [True, False, True, True]
    assert [str(row[4])[:10] for row in rows] == ["2020-05-01", "None", "None", "None"]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert not kinds & {"f", "e"}


def test_first_sheet_explains_the_others(run, book) -> None:
    rows = [[value or "" for value in row] for row in book["about"].iter_rows(min_row=2, values_only=True)]
    assert ["", "region", "", run[0].region] in rows
    assert ["ranking", "", "4 rows", "strategies ranked by homicides, the one with fewest first"] in rows
    assert ["places", "homicides_q95", "persons", "homicides: 95 % quantile over replicates"] in rows
    assert all(unit and meaning for sheet, _, unit, meaning in rows if sheet)


def test_every_column_of_every_table_is_described(run) -> None:
    draws = np.random.default_rng(0).random(100)
    drawn = random_run({"a": np.zeros(100), "b": draws - 0.4}, {"x": draws})
    uncertainty = uncertainty_table(run[0], run[0])
    states = np.array(["West"] * 8 + ["East"] * 12, dtype=object)
    several = run[0].assign_coords(state=("place", states))
    tables = assumptions.tables(drawn) | effects.tables(several, dict(value_of_life=2.0, discount_rate=0.03))
    tables |= dict(comparison=beside(contagion.compare(run[0]), uncertainty), ranking=contagion.rank(run[0]))
    tables |= dict(uncertainty=uncertainty, places=export.places(run[0]), totals=export.totals(run[0]))
    assert {Path(name).stem for name in tables} <= set(SHEETS)
    named = {str(name) for table in tables.values() for name in table.columns}
    assert [name for name in named if not all(described(name))] == []
    assert set(columns()) - named <= {"q50"}


def test_workbook_that_cannot_be(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contagion.export.workbook.ROWS", 5)
    with pytest.raises(InputError, match=r"t\.xlsx: places has 60 rows, a sheet at most 4; export csv"):
        export.write_xlsx(run[0], tmp_path / "t.xlsx", {})
    monkeypatch.setattr("contagion.export.workbook.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"xlsx: openpyxl not installed; pip install 'contagion\[export\]'"):
        export.check(["xlsx"])
    assert not list(tmp_path.iterdir())


# All of them


def test_all_formats_in_one_folder(run, tmp_path: Path) -> None:
    paths = export.write(*run, tmp_path / "export")
    assert [path.name for path in paths] == ["places.gpkg", "places.csv", "totals.csv", "places.nc", "tables.xlsx"]
    assert sorted((tmp_path / "export").iterdir()) == sorted(paths)
    with pytest.raises(InputError, match="export already exists and is never overwritten"):
        export.write(*run, tmp_path / "export", ["csv"])


def test_a_region_of_one_place(tmp_path: Path) -> None:
    polygons = lattice(1, 1)
    dataset = made_up(polygons, ["baseline", "other"])
    export.write_geopackage(dataset, polygons, tmp_path / "place.gpkg")
    assert gpd.read_file(tmp_path / "place.gpkg")["other_probability_of_harm"].tolist() == [1]
    assert len(export.places(dataset)) == 2


def test_a_run_of_one_strategy(run, tmp_path: Path) -> None:
    dataset, polygons = run
    export.write(dataset.isel(strategy=[0]), polygons, tmp_path / "export")
    assert gpd.read_file(tmp_path / "export" / "places.gpkg").shape == (20, 7)


@pytest.mark.parametrize("formats", [["gpkg"], ["csv"], ["netcdf"], ["xlsx"]])
def test_full_disk_leaves_nothing_behind(formats: list[str], run, tmp_path: Path) -> None:
    with room(3000), pytest.raises(InputError, match=r"no space left on the disk|is there room on the disk"):
        export.write(*run, tmp_path / "export", formats)
    assert not list(tmp_path.iterdir())


def test_unwritable_folders(run, tmp_path: Path) -> None:
    dataset, polygons = run
    absent = tmp_path / "absent" / "export"
    for write in (
        lambda: export.write(dataset, polygons, absent),
        lambda: export.write_geopackage(dataset, polygons, absent),
        lambda: export.write_netcdf(dataset, absent),
        lambda: export.write_csv(dataset, absent),
        lambda: export.write_xlsx(dataset, absent, {}),
    ):
        with pytest.raises(InputError, match="cannot write there"):
            write()


def test_single_files_are_never_overwritten(run, tmp_path: Path) -> None:
    dataset, polygons = run
    for name in ("places.gpkg", "places.csv", "places.nc"):
        (tmp_path / name).write_text("precious")
    for write in (
        lambda: export.write_geopackage(dataset, polygons, tmp_path / "places.gpkg"),
        lambda: export.write_csv(dataset, tmp_path),
        lambda: export.write_netcdf(dataset, tmp_path / "places.nc"),
    ):
        with pytest.raises(InputError, match="never overwritten"):
            write()
    assert {path.read_text() for path in tmp_path.iterdir()} == {"precious"}


def test_unknown_formats(run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown format 'gpk'; the nearest is 'gpkg'"):
        export.write(*run, tmp_path / "export", ["gpk"])
    assert not list(tmp_path.iterdir())


# The command of a stored run


@pytest.fixture(scope="module")
def stored(run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    dataset, polygons = run
    folder = tmp_path_factory.mktemp("stored")
    save(dataset, folder)
    polygons.to_parquet(folder / POLYGONS)
    return folder


def test_export_of_a_stored_run(stored: Path, run, capsys: pytest.CaptureFixture) -> None:
    main([str(stored), "--csv", "--gpkg"])
    assert capsys.readouterr().out.split() == [
        str(stored / "export" / name) for name in ("places.gpkg", "places.csv", "totals.csv")
    ]
    table = pd.read_csv(stored / "export" / "places.csv", dtype={"code": str})
    pd.testing.assert_series_equal(table["homicides"], export.places(run[0])["homicides"], rtol=1e-5)
    with pytest.raises(SystemExit, match="2"):
        main([str(stored), "--csv"])
    assert "export already exists and is never overwritten" in capsys.readouterr().err


def test_workbook_of_a_stored_run_has_its_tables(stored: Path, run, tmp_path: Path) -> None:
    """Read from files, text that looks like a number stays text."""
    shutil.copytree(stored / RESULTS, tmp_path / RESULTS)
    shutil.copy(stored / POLYGONS, tmp_path)
    write_table(TABLE, tmp_path / "ranking.csv")
    write_table(contagion.compare(run[0]), tmp_path / "comparison.csv")
    main([str(tmp_path), "--xlsx"])
    book = pytest.importorskip("openpyxl").load_workbook(tmp_path / "export" / "tables.xlsx")
    assert book.sheetnames == ["about", "comparison", "ranking", "places", "totals"]
    assert [cell.value for cell in book["ranking"][4]] == ["007", None, 5, True, None]
    assert book["comparison"]["D2"].data_type == "n"


def test_export_of_what_is_no_run(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "contagion.export", tmp_path], capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    assert "results.zarr: no such file; give the folder of a run" in told.stderr
    assert "Traceback" not in told.stderr
