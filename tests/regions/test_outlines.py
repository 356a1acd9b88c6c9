"""Outlines as real files have them: gaps, levels, the 180th meridian, text without an encoding."""

import codecs
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import MultiPolygon, Polygon, affinity, box

from contagion.errors import InputError
from contagion.plots.panels import project
from contagion.regions.atlas import load_region
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import check_polygons, in_kilometres

COLUMNS = {"id": "code", "name": "name", "population": "pop"}
GRID = [box(x, y, x + 1, y + 1) for y in range(2) for x in range(3)]


def places(shapes=GRID, crs=4326, **columns) -> gpd.GeoDataFrame:
    count = len(shapes)
    given = dict(code=[f"{5001 + row:05d}" for row in range(count)], name=list("abcdefghij")[:count], pop=10_000)
    return gpd.GeoDataFrame(given | columns, geometry=list(shapes), crs=crs)


@pytest.fixture
def load(tmp_path):
    def loaded(frame, suffix="parquet", **options):
        path = tmp_path / f"places.{suffix}"
        frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path)
        return load_region("file", **{"path": str(path), **COLUMNS, **options})

    return loaded


def linked(shapes) -> tuple[np.ndarray, tuple[str, ...]]:
    touching, notes = contiguity(gpd.GeoSeries(list(shapes)))
    return touching.toarray(), notes


def test_borders_that_miss_each_other_a_little_are_shared():
    """All of them, or one of them, corners included; and the widest gap is told."""
    exact, notes = linked(GRID)
    assert notes == ()
    smaller = [affinity.scale(shape, 0.9996, 0.9996) for shape in GRID]
    found, notes = linked(smaller)
    assert np.array_equal(found, exact)
    assert notes[0].startswith("Borders miss each other by up to 0.4 m")
    one = [Polygon([(0, 0), (0.9997, 0), (0.9997, 1), (0, 1)]), *GRID[1:]]
    found, notes = linked(one)
    assert np.array_equal(found, exact)
    assert "0 and 1" in notes[0]


def test_wide_gaps_and_near_corners_keep_places_apart():
    apart, notes = linked([box(0, 0, 1, 1), box(1.01, 0, 2, 1), box(0, 1, 1, 2), box(1.01, 1, 2, 2)])
    assert apart[0, 1] == 0
    assert not any("miss" in note for note in notes)
    corner, notes = linked([box(0, 0, 1, 1), box(1.001, 1.001, 2, 2), box(0, -1, 1, 0), box(2, 1.001, 3, 2)])
    assert corner[0, 1] == 0
    notes = notes[:-1]  # that the places fall into two parts
    assert notes == ()


def test_levels_in_one_file_are_told_and_chosen(load):
    """A country that lies on its municipalities counts everybody twice."""
    frame = places([*GRID, box(0, 0, 3, 2)], level=[8] * 6 + [2])
    with pytest.raises(InputError, match=r"outlines lie on each other: .*05007.*region\.where"):
        load(frame)
    assert len(load(frame, where={"level": 8}).polygons) == 6
    assert len(load(frame, where={"level": ["8"], "name": ["a", "b", "c"]}).polygons) == 3
    with pytest.raises(InputError, match=r"column 'level' of .* has no 9; it has 8, 2"):
        load(frame, where={"level": 9})
    with pytest.raises(InputError, match=r"no column 'levl'; the nearest is 'level'"):
        load(frame, where={"levl": 8})


def test_outlines_that_overlap_a_little_are_noted(load):
    notes = load(places([box(0, 0, 1.05, 1), box(1, 0, 2, 1)])).notes
    assert any("Outlines overlap in 1 pairs of places, by 5% at most" in note for note in notes)
    assert not any("overlap" in note for note in load(places([box(0, 0, 1.001, 1), box(1, 0, 2, 1)])).notes)


def test_a_layer_is_chosen_by_name(tmp_path):
    path = tmp_path / "a.gpkg"
    for layer, count in (("districts", 2), ("wards", 6)):
        places(GRID[:count]).to_file(path, layer=layer)
    given = {"path": str(path), **COLUMNS}
    with pytest.raises(InputError, match=r"2 layers with geometry \(districts, wards\).*region\.layer"):
        load_region("file", **given)
    assert len(load_region("file", **given, layer="wards").polygons) == 6
    with pytest.raises(InputError, match="no layer 'ward' with geometry"):
        load_region("file", **given, layer="ward")


def across() -> gpd.GeoDataFrame:
    """Four places, the last of them cut by the 180th meridian."""
    cut = MultiPolygon([box(179.9, -17.5, 180, -17), box(-180, -17.5, -179.6, -17)])
    shapes = [box(178.5, -17.5, 179, -17), box(179, -17.5, 179.5, -17), box(179.5, -17.5, 179.9, -17), cut]
    return places([*shapes, box(-179.6, -17.5, -179.2, -17)])


def test_the_180th_meridian_is_no_edge():
    """Distances, neighbours and map are those of the same places ten degrees further west."""
    frame = across().set_index("code")
    shapes = [box(x - 10, -17.5, y - 10, -17) for x, y in [(178.5, 179), (179, 179.5), (179.5, 179.9)]]
    shapes += [box(169.9, -17.5, 170.4, -17), box(170.4, -17.5, 170.8, -17)]
    truth = frame.set_geometry(gpd.GeoSeries(shapes, frame.index, crs=4326))
    here, there = in_kilometres(frame), in_kilometres(truth)
    assert here.centroid.distance(here.centroid.iloc[0]).to_numpy() == pytest.approx(
        there.centroid.distance(there.centroid.iloc[0]).to_numpy(), abs=1e-3
    )
    assert np.array_equal(contiguity(here)[0].toarray(), contiguity(there)[0].toarray())
    assert contiguity(here)[1] == ()
    assert here.geom_type.tolist() == ["Polygon"] * 5
    place = frame.index.to_series().to_xarray()
    drawn, true = (project(each.assign(state="all"), place) for each in (frame, truth))
    assert drawn.aspect == pytest.approx(true.aspect, rel=1e-6)
    starts = [[int((path.codes == path.MOVETO).sum()) for path in each.states] for each in (drawn, true)]
    assert starts[0] == starts[1] == [1]  # one ring around all places, without the cut


def test_outlines_that_run_around_the_globe_are_refused():
    with pytest.raises(InputError, match="more than 180 degrees wide; outlines across the 180th meridian must be cut"):
        check_polygons(places([box(-179.6, 0, 179.9, 1), box(170, 1, 171, 2)]).set_index("code"), "a.gpkg")


@pytest.mark.parametrize(
    ("shapes", "crs", "message"),
    [
        ([affinity.translate(shape, -75, 4) for shape in GRID], 3857, "3.0 m wide .* seems to hold degrees"),
        ([affinity.translate(shape, 4, -75) for shape in GRID], 4326, "73.0 degrees south, .* longitude comes first"),
    ],
)
def test_coordinates_of_another_system(load, shapes, crs, message):
    with pytest.raises(InputError, match=message):
        load(places(shapes, crs))


def test_size_and_place_are_told(load):
    assert any("334 km wide and 221 km high, around 1.0° N, 1.5° E" in note for note in load(places()).notes)


def test_names_and_states_may_be_missing(load):
    """A name is replaced by the code; places without a state are a state of their own; none at all is a mistake."""
    frame = places(name=["a", None, "  ", "d", "e", "f"], state=["A", "A", None, "B", "B", ""])
    atlas = load(frame, state="state")
    assert atlas.polygons.name.tolist() == ["a", "05002", "05003", "d", "e", "f"]
    assert atlas.region.province.tolist() == [0, 0, 1, 2, 2, 1]
    assert "Places without a name are shown by their code: 2 (05002, 05003)." in atlas.notes
    assert any("one of their own, 'no state': 2 (05003, 05006)" in note for note in atlas.notes)
    with pytest.raises(InputError, match=r"column 'state' is empty; region\.state=null"):
        load(places(state=[None] * 6), state="state")


def test_words_are_no_missing_values(load, tmp_path):
    """Codes, names, states and groups that are called NA or null."""
    words = ["NA", "null", "None", "nan", "N/A", "true"]
    frame = places(code=words, name=words, state=words)
    counts = tmp_path / "counts.csv"
    counts.write_text("code,homicides\n" + "".join(f"{word},1\n" for word in words))
    presence = tmp_path / "presence.csv"
    presence.write_text("code,group,members\n" + "".join(f"{word},NA,10\n" for word in words[:2]))
    atlas = load(frame, state="state", counts=str(counts), presence=str(presence))
    assert sorted(atlas.polygons.index) == sorted(words)
    assert sorted(atlas.polygons.state) == sorted(words)
    assert atlas.groups[0] == "NA"


def test_columns_may_be_called_by_numbers(load):
    assert load(places(**{"2020": [1, 2, 3, 4, 5, 6]}), population=2020).region.population.sum() == 21


def test_text_without_an_encoding(tmp_path):
    """UTF-8 is recognised in a Shapefile that does not say; what the user says goes before."""
    frame = places(name=["Añasco", "Bogotá", "Cúcuta", "d", "e", "f"])
    frame.to_file(tmp_path / "a.shp", encoding="utf-8")
    (tmp_path / "a.cpg").unlink()
    given = {"path": str(tmp_path / "a.shp"), **COLUMNS}
    atlas = load_region("file", **given)
    assert atlas.polygons.name.tolist()[:3] == ["Añasco", "Bogotá", "Cúcuta"]
    assert any("Text is read as UTF-8" in note for note in atlas.notes)
    assert load_region("file", **given, encoding="latin-1").polygons.name.iloc[0] == "AÃ±asco"
    with pytest.raises(InputError, match=r"region\.encoding=utf-99: no such encoding"):
        load_region("file", **given, encoding="utf-99")


def test_a_byte_order_mark_and_composed_accents(tmp_path):
    """Both forms of an accent are one code."""
    path, counts = tmp_path / "a.geojson", tmp_path / "counts.csv"
    places(code=["e\N{COMBINING ACUTE ACCENT}1", *"bcdef"]).to_file(path)
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    counts.write_bytes(codecs.BOM_UTF8 + "code;homicides\né1;1\nb;1\nc;1\nd;1\ne;1\nf;1\n".encode())
    assert "é1" in load_region("file", path=str(path), **COLUMNS, counts=str(counts)).polygons.index


@pytest.mark.parametrize("where", ["top", "geometry"])
def test_a_reference_system_is_named_and_not_fetched(tmp_path, where):
    path = tmp_path / "a.geojson"
    places().to_file(path)
    content = json.loads(path.read_text())
    part = content if where == "top" else content["features"][0]["geometry"]
    part["crs"] = {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}}
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match='"crs" must name a coordinate reference system'):
        load_region("file", path=str(path), **COLUMNS)


def test_malformed_geometry_is_one_sentence(tmp_path):
    """Rings that do not close, and arrays nested thousands of times."""
    open_ring = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}
    deep = '{"type": "FeatureCollection", "features": ' + "[" * 5000 + "]" * 5000 + "}"
    feature = {"type": "Feature", "properties": {"code": "1", "name": "a", "pop": 1}, "geometry": open_ring}
    for text in (json.dumps({"type": "FeatureCollection", "features": [feature]}), deep):
        (tmp_path / "a.geojson").write_text(text)
        with pytest.raises(InputError):
            load_region("file", path=str(tmp_path / "a.geojson"), **COLUMNS)


def test_a_small_file_of_many_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("contagion.regions.polygons.MOST_FEATURES", 5)
    path = tmp_path / "a.parquet"
    places().to_parquet(path)
    with pytest.raises(InputError, match=r"6 rows of .* must be at most 5"):
        load_region("file", path=str(path), **COLUMNS)


def test_numbers_of_tables_of_persons(tmp_path, load):
    presence = tmp_path / "presence.csv"
    for text, message in (
        ("code,group,members\n05001,Clan,1.200\n05002,Clan,2.500\n", "seem to be thousands of persons; write 1200"),
        ('code,group,members\n05001,Clan,"1,200"\n', "no marks of thousands, which 1,200 has not"),
        ("code,group,members\n05001,,12\n", "column 'group' is empty in row 1"),
        ("code,group,members\n05001,Clan,1e300\n", "is too large in row 1"),
    ):
        presence.write_text(text)
        with pytest.raises(InputError, match=message):
            load(places(), presence=str(presence))
    presence.write_text("code,group,members\n05001,Clan,1.25\n05002,Clan,120.500\n")
    assert load(places(), presence=str(presence)).region.members.sum() == pytest.approx(121.75)


def test_codes_of_a_spreadsheet_are_joined_and_told(tmp_path, load):
    counts = tmp_path / "counts.csv"
    counts.write_text("code,homicides\n" + "".join(f"{5001 + row}.0,1\n" for row in range(6)))
    atlas = load(places(), digits=5, counts=str(counts))
    assert any("codes such as 5001.0 are taken without their decimals" in note for note in atlas.notes)
    with pytest.raises(InputError, match=r"written like 05001, .*: region\.digits=5 pads both"):
        load(places(), counts=str(counts))


def test_areas_of_other_regions_need_no_zeros(tmp_path):
    """The codes of a region that has all of one length tell how many digits there are."""
    areas = tmp_path / "areas.csv"
    codes = load_region("schematic").polygons.index
    pd.DataFrame({"code": [int(code) for code in codes[:3]], "zone": 1}).to_csv(areas, index=False)
    assert load_region("schematic", areas=str(areas)).region.areas["zone"].sum() == 3
