"""Mexico's public files: what is known about them, and the region made of them."""

import shutil

import jax
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
import shapely

from contagion.interventions.historical import RecordedOperations, RecordedRemovals
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.atlas import load_region
from contagion.regions.kinds import mexico, mexico_groups, mexico_records
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres


@pytest.fixture(scope="module")
def mirror(public_files, tmp_path_factory):
    """The mirror as an argument, with a cache of our own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield str(public_files)


@pytest.fixture(scope="module")
def topology(public_files):
    return mexico_records._read_r(public_files / mexico_records.OUTLINES)


@pytest.fixture(scope="module")
def atlas(mirror):
    return load_region("mexico", mirror=mirror, start="2012-01-01")


def test_outlines(mirror, topology):
    outlines = mexico_records._outlines(topology)
    assert len(outlines) == 2469
    assert (~outlines.is_valid).sum() == 6
    polygons, notes = mexico_records.municipalities(mirror)
    assert polygons.is_valid.all()
    assert set(polygons.index) == set(outlines.index)
    assert polygons.index.str.fullmatch(r"\d{5}").all()
    assert notes[0].startswith("Invalid outlines were repaired: 6 ")
    assert polygons.loc["02004", ["name", "state"]].tolist() == ["Tijuana", "Baja California"]
    assert polygons.state.nunique() == 32


def test_topology(topology):
    assert len(topology["arcs"]) == 8199
    assert sum(map(len, topology["arcs"])) == 74_730


def test_queen_contiguity(mirror):
    polygons, _ = mexico_records.municipalities(mirror)
    touching, notes = contiguity(in_kilometres(polygons))
    degree = np.diff(touching.indptr)
    assert notes == ()  # no isolate, one component
    assert touching.nnz == 2 * 7226
    assert degree.mean() == pytest.approx(5.85, abs=0.005)
    assert degree.max() == 22


def test_recorded_homicides(mirror):
    table = mexico.recorded_homicides(mirror)
    assert table.index.equals(mexico_records.municipalities(mirror)[0].index)
    national = table.T.groupby(table.columns.year).sum().sum(axis=1)
    recorded = {
        2007: 8_837, 2008: 14_229, 2009: 19_798, 2010: 26_045, 2011: 27_330, 2012: 25_795, 2013: 22_490,
        2014: 19_562, 2015: 20_262, 2016: 24_602, 2017: 31_712, 2018: 34_404, 2019: 35_188,
    }  # fmt: skip
    assert {year: national[year] for year in recorded} == recorded
    assert table.index[table.isna().all(axis=1)].tolist() == ["04012", "07125", "17036"]
    assert table.shape == (2469, 264)


def test_population(mirror):
    table = mexico_records.population(mirror)
    assert table["2010"].sum() == pytest.approx(114.8e6, rel=1e-3)
    assert table["2020"].sum() == pytest.approx(128.2e6, rel=1e-3)
    assert len(table) == 2469


def test_codes_join_after_new_municipalities_return_to_their_parents(mirror):
    codes = set(mexico_records.municipalities(mirror)[0].index)
    assert set(mexico_records.PARENTS.values()) <= codes
    assert not set(mexico_records.PARENTS) & codes
    for table in (mexico_records.homicides(mirror), mexico_records.population(mirror)):
        assert set(table.index) <= codes
    assert set(mexico_records.events(mirror).code) <= codes


def test_events(mirror):
    events = mexico_records.events(mirror)
    assert len(events) == 64_895
    assert events.code.nunique() == 1447
    assert events.actor.isin(mexico_records.NO_GROUP).mean() == pytest.approx(0.69, abs=0.005)
    assert (events.date.dt.year.min(), events.date.dt.year.max()) == (2000, 2018)


def test_strategic_places_areas_and_relations_name_what_exists(mirror):
    polygons, _ = mexico_records.municipalities(mirror)
    strategic = mexico_records.hand_coded("strategic.csv", {"code": str}).set_index("code")
    assert polygons.name[strategic.index].tolist() == strategic.name.tolist()
    assert set(strategic.kind) == {"port", "crossing"}
    areas = mexico_records.hand_coded("areas.csv", {"code": str}).set_index("code")
    assert polygons.name[areas.index].tolist() == areas.name.tolist()
    assert areas.index.is_unique
    relations = mexico_records.hand_coded("relations.csv", {})
    assert set(relations.group) | set(relations.other) <= set(mexico_records.events(mirror).actor)
    assert set(relations.relation) == {"rivals", "allied"}


def test_region_of_2012(atlas):
    region = atlas.region
    assert region.members.sum() == pytest.approx(115_000, rel=1e-5)
    assert (region.members[-5:] == 0).all()
    assert atlas.groups[0] == "Los Zetas"
    assert atlas.groups[10:12] == (mexico_groups.OTHER, "Free slot 1")
    assert len(atlas.groups) == 16
    assert region.population.sum() == pytest.approx(118.06e6, rel=1e-3)
    assert region.homicides.sum() * WEEKS_OF_YEAR == pytest.approx(27_330, rel=1e-3)
    assert (region.homicides > 0).all()
    assert region.strategic.sum() == 28
    inside = {name: int(values.sum()) for name, values in region.areas.items()}
    assert inside == {"strategic": 28, "crops": 33, "fuel_corridor": 22}
    assert region.provinces == 32
    assert not atlas.schematic
    tables = {"strategic.csv", "areas.csv", "relations.csv", "removals.csv", "operations.csv"}
    assert set(atlas.hashes) == {*mexico_records.FILES, *tables}
    assert any("published for 2012" in note for note in atlas.notes)


@pytest.mark.parametrize(
    ("start", "months", "events"),
    [
        ("2001-01-01", "from 2000-01 to 2000-12", "from 2000-01 to 2000-12"),
        ("2007-01-15", "from 2006-01 to 2006-12", "from 2004-01 to 2006-12"),
        ("2022-01-01", "from 2021-01 to 2021-12", "from 2016-01 to 2018-12"),
    ],
)
def test_windows_before_the_start(mirror, start, months, events):
    notes = " ".join(load_region("mexico", mirror=mirror, start=start).notes)
    assert months in notes
    assert events in notes
    assert "assumed for this start" in notes


def test_history_happens_on_its_dates(mirror):
    """Cuernavaca, 2009-12-16, 1,080 days after the start, and the operations by their first days."""
    atlas = load_region("mexico", mirror=mirror, start="2007-01-01", groups=8, history=True)
    removals, operations = atlas.history
    assert isinstance(removals, RecordedRemovals)
    assert isinstance(operations, RecordedOperations)
    (event,) = np.flatnonzero(np.asarray(removals.place) == atlas.polygons.index.get_loc("17007"))
    assert int(removals.week[event]) == 1080 // 7
    assert float(removals.killed[event]) == 1
    assert float(removals.severity[event]) == pytest.approx(0.8)
    group = int(removals.group[event])
    assert group == (atlas.groups.index("Beltran Leyva") if "Beltran Leyva" in atlas.groups else -1)
    assert (np.diff(removals.week) >= 0).all()  # by date
    assert np.unique(removals.severity) == pytest.approx([0.3, 0.8])
    assert operations.week[:3].tolist() == [-3, 0, 2]  # 2006-12-11, 2007-01-03 and 2007-01-15
    usual = atlas.polygons.population * 0.3 / 1000
    extra = atlas.region.military - usual
    assert extra.sum() == pytest.approx(3000, rel=1e-4)  # of the one under way at the start
    assert set(atlas.polygons.index[extra > 1e-6].str[:2]) == {"16"}
    troops = np.asarray(operations.military)
    np.testing.assert_allclose(troops.sum(axis=1), 3000, rtol=1e-5)
    assert set(atlas.polygons.index[troops[0] > 0].str[:2]) == {"16"}
    assert atlas.polygons.index[troops[1] > 0].tolist() == ["02004"]  # a municipality where the timeline names one
    later = load_region("mexico", mirror=mirror, start="2010-01-01", groups=8, history=True).history[0]
    assert int(later.week[event]) == -16 // 7  # before the start: never


def test_history_is_left_out_unless_it_is_asked_for(mirror):
    atlas = load_region("mexico", mirror=mirror, start="2007-01-01")
    assert atlas.history == ()
    assert not any("happen on their dates" in note for note in atlas.notes)


def test_events_without_a_name_go_to_the_groups_named_there():
    """By hand: shared 3 to 1, all to one, and where nobody is named as around, by distance."""
    named = np.array([[3.0, 0, 0, 0], [1, 5, 0, 0], [0, 0, 0, 0]])
    unnamed = np.array([4.0, 1, 11, 6])
    centres = np.array([[0.0, 0], [50 * np.log(2), 0], [50 * np.log(2), 0], [9e4, 0]])
    expected = [[6, 0, 11 * 1.5 / 7, 6 * 3 / 14], [2, 6, 11 * 5.5 / 7, 6 * 11 / 14], [0, 0, 0, 0]]
    np.testing.assert_allclose(mexico_groups.attributed(named, unnamed, centres, 50.0), expected)
    np.testing.assert_allclose(mexico_groups.attributed(named, 0 * unnamed, centres, 50.0), named)
    nobody = mexico_groups.attributed(0 * named, unnamed, centres, 50.0)
    np.testing.assert_allclose(nobody, [[0] * 4, [0] * 4, unnamed])


@pytest.mark.parametrize("spread", [0.0, 0.2, 1.0])
def test_members_next_to_reported_places(spread):
    """Four places in a row, events of one group in the second: its neighbours get half of the share each."""
    codes = pd.Index(["01001", "01002", "01003", "02001"], name="code")
    chain = sparse.csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    events = pd.DataFrame(
        {"code": ["01002"] * 16 + ["02001"], "date": pd.Timestamp("2006-06-15"), "actor": ["A"] * 16 + ["B"]}
    )
    centres = np.array([[0.0, 0], [10, 0], [20, 0], [30, 0]])
    members, names = mexico_groups.place_members(
        events, codes, chain, centres, 50.0, groups=8, total=500.0, power=0.5, spread=spread
    )
    assert members.sum() == pytest.approx(500)
    assert names[:2] == ("A", "B")
    home, away = 400 * (1 - spread), 200 * spread  # four fifths, by the root of sixteen events to one
    np.testing.assert_allclose(members[0], [away, home, away, 0])
    np.testing.assert_allclose(members[1], [0, 0, 100 * spread, 100 * (1 - spread)])
    assert not members[2:].any()


@pytest.mark.parametrize("groups", [1, 2, 64])
def test_any_number_of_groups(mirror, groups):
    atlas = load_region("mexico", mirror=mirror, start="2012-01-01", groups=groups)
    assert len(atlas.groups) == len(set(atlas.groups)) == groups
    assert atlas.region.members.sum() == pytest.approx(115_000, rel=1e-5)


def test_damaged_cache_is_rebuilt(public_files, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = mexico_records.population(str(public_files))
    (kept,) = tmp_path.rglob("*.parquet")
    content = kept.read_bytes()
    middle = len(content) // 2
    for damaged in (content[:1000], content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]):
        kept.write_bytes(damaged)
        pd.testing.assert_frame_equal(mexico_records.population(str(public_files)), before)
        assert kept.read_bytes() == content


def test_cache_serves_without_the_files(public_files, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    shutil.copy(public_files / mexico_records.POPULATION, mirror)
    before = mexico_records.population(str(mirror))
    shutil.rmtree(mirror)
    pd.testing.assert_frame_equal(mexico_records.population(str(mirror)), before)


def test_rings_follow_arcs_forwards_and_backwards():
    def vector(number):
        return np.array([number])

    square = [[0, 0], [2, 0], [0, 2]]  # (0, 0), (2, 0), (2, 2), as steps
    rest = [[0, 0], [0, 2], [2, 0]]  # (0, 0), (0, 2), (2, 2)
    topology = {
        "transform": {"scale": [vector(1.0), vector(1.0)], "translate": [vector(10.0), vector(0.0)]},
        "arcs": [[[vector(x), vector(y)] for x, y in arc] for arc in (square, rest)],
        "objects": {
            "municipios": {
                "geometries": [
                    {
                        "type": np.array(["Polygon"]),
                        "arcs": [[vector(0), vector(-2)]],
                        "properties": {"id": np.array(["01001"])},
                    }
                ]
            }
        },
    }
    (shape,) = mexico_records._outlines(topology).geometry
    assert shape.equals(shapely.box(10, 0, 12, 2))


def test_nothing_after_the_start_is_used(mirror, monkeypatch):
    """Corrupt what was counted, reported and lived in from the start on: the region at the start is the same."""
    day = pd.Timestamp("2010-06-01")
    before = load_region("mexico", mirror=mirror, start="2010-06-01", history=False)
    counted, events = mexico_records.homicides(mirror), mexico_records.events(mirror)
    later = pd.to_datetime(counted.columns + "-01") >= day
    corrupted, shuffled = counted.copy(), events.assign(code=events.code.where(events.date < day, "01001"))
    corrupted.loc[:, later] = 7 * counted.loc[:, later] + 3
    monkeypatch.setattr(mexico_records, "homicides", lambda *_: corrupted)
    monkeypatch.setattr(mexico_records, "events", lambda *_: shuffled)
    after = load_region("mexico", mirror=mirror, start="2010-06-01", history=False)
    for one, other in zip(jax.tree.leaves(before.region), jax.tree.leaves(after.region), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (before.record.counts != after.record.counts).any()
    assert before.record.before(before.start).counts.equals(after.record.before(after.start).counts)


def test_the_record_is_monthly(atlas):
    record = atlas.record
    assert repr(record) == "Record(2,469 places, 2000-01 to 2021-12)"
    assert record.counts.place.values.tolist() == atlas.polygons.index.tolist()
    assert int(record.counts.isnull().all("time").sum()) == 3
    known = record.before(atlas.start)
    assert known.labels[-1] == "2011-12"
    assert known.last_year()[0].equals(record.counts[132:144].sum("time", min_count=1))
    assert record.population.sel(time=2012).sum() == atlas.polygons.population.sum()
