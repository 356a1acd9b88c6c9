"""A country or city of the user, by options alone."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from contagion.errors import InputError
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.atlas import load_region
from contagion.simulation.simulate import simulate

COLUMNS = {"id": "divipola", "name": "municipio", "population": "habitantes", "state": "departamento"}


@pytest.fixture
def places():
    """Six municipalities in two departments near Bogotá, codes with leading zeros."""
    return gpd.GeoDataFrame(
        {
            "divipola": ["05001", "05002", "05003", "11001", "11002", "11003"],
            "municipio": list("ABCDEF"),
            "habitantes": [100, 200, 300, 400, 500, 600],
            "departamento": ["Antioquia"] * 3 + ["Bogotá"] * 3,
        },
        geometry=[box(x - 75, y + 4, x - 74, y + 5) for y in range(2) for x in range(3)],
        crs=4326,
    )


@pytest.fixture
def load(tmp_path):
    def loaded(places, suffix="parquet", **options):
        path = tmp_path / f"colombia.{suffix}"
        places.to_parquet(path) if suffix == "parquet" else places.to_file(path)
        for table in ("counts", "record", "presence", "roads"):
            if isinstance(options.get(table), pd.DataFrame):
                file = tmp_path / f"{table}.csv"
                options[table].to_csv(file, index=False)
                options[table] = str(file)
        return load_region("file", **{"path": str(path), **COLUMNS, **options})

    return loaded


def test_polygons_alone_are_enough(places, load):
    atlas = load(places, suffix="gpkg")
    region = atlas.region
    assert atlas.polygons.index.tolist() == places.divipola.tolist()
    assert region.population.tolist() == [100, 200, 300, 400, 500, 600]
    assert region.province.tolist() == [0, 0, 0, 1, 1, 1]
    assert region.members.sum() == pytest.approx(2.1)
    assert region.homicides[0] * WEEKS_OF_YEAR == pytest.approx(0.022)
    assert not atlas.schematic  # the outlines are real
    assert any("Groups are assumed (2 members in discs)" in note for note in atlas.notes)
    assert [len(digest) for digest in atlas.hashes.values()] == [64]


def test_nobody_is_killed_where_nobody_lives(places, load):
    """Not even by what spills over from places around; the note says so."""
    places.habitantes = [0, 200_000, 300_000, 0, 500_000, 600_000]
    atlas = load(places, homicide_rate=100)
    assert any("without residents have no homicides: 2" in note for note in atlas.notes)
    homicides = simulate(atlas, weeks=52, replicates=8, record="run").homicides_run_total.to_numpy().sum(axis=(0, 1))
    assert homicides[[0, 3]].tolist() == [0, 0]
    assert homicides[[1, 2, 4, 5]].min() > 100


def test_columns_of_the_polygons_are_areas(places, load):
    """In any order of rows; a bad one is told by its name."""
    shuffled = places.assign(coca=[0, 1, 0.5, 0, 0, 1], zone=[1, 1, 2, 2, 3, 3]).iloc[[3, 0, 5, 1, 4, 2]]
    region = load(shuffled, area_columns=["coca", "zone"]).region
    assert region.areas["coca"].tolist() == [0, 1, 0.5, 0, 0, 1]
    assert region.areas["zone"].tolist() == [1, 1, 2, 2, 3, 3]
    with pytest.raises(InputError, match="no column 'cola'; the nearest is 'coca'"):
        load(shuffled, area_columns=["cola"])
    with pytest.raises(InputError, match="column 'municipio' is not a finite number"):
        load(shuffled, area_columns=["municipio"])
    with pytest.raises(InputError, match="column 'coca area' cannot name an area"):
        load(shuffled.rename(columns={"coca": "coca area"}), area_columns=["coca area"])


def test_tables_are_joined_by_code_in_any_order_of_rows(places, load):
    counts = pd.DataFrame({"divipola": places.divipola, "homicides": [1, 2, 3, 4, 5, 6]})
    presence = pd.DataFrame(
        {
            "divipola": ["05001", "11003", "11003"],
            "group": ["Clan", "Clan", "Frente"],
            "members": [10, 30, 70],
        }
    )
    plain = load(places, counts=counts, presence=presence)
    mixed = [table.sample(frac=1, random_state=3) for table in (places, counts, presence)]
    shuffled = load(mixed[0], counts=mixed[1], presence=mixed[2])
    for atlas in (plain, shuffled):
        assert atlas.groups[:2] == ("Frente", "Clan")
        assert atlas.region.members[:2].tolist() == [[0, 0, 0, 0, 0, 70], [10, 0, 0, 0, 0, 30]]
        assert atlas.region.homicides * WEEKS_OF_YEAR == pytest.approx([1, 2, 3, 4, 5, 6])
    assert np.array_equal(plain.region.weights, shuffled.region.weights)
    assert np.array_equal(plain.region.neighbours, shuffled.region.neighbours)
    assert not plain.schematic


def test_members_rescale_the_table(places, load):
    presence = pd.DataFrame({"divipola": ["05001", "05002"], "group": "Clan", "members": [1, 3]})
    members = load(places, presence=presence, members=1000.0).region.members
    assert members[0].tolist() == [250, 750, 0, 0, 0, 0]


def test_lost_zeros_are_padded_when_told(places, load):
    places["divipola"] = places.divipola.astype(int)
    with pytest.raises(InputError, match=r"region\.digits=5"):
        load(places)
    counts = pd.DataFrame({"divipola": places.divipola, "homicides": 1})
    atlas = load(places, digits=5, counts=counts)
    assert atlas.polygons.index[0] == "05001"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"divipola": ["05001"] * 6}, "repeats the code 05001"),
        ({"divipola": ["05001", None, "05003", "11001", "11002", "11003"]}, "no code in row 2"),
        ({"habitantes": [100, -5, 300, 400, 500, 600]}, r"'habitantes' is negative in row 2 \(-5\)"),
        ({"habitantes": [100, np.nan, 300, 400, 500, 600]}, "not a finite number in row 2"),
    ],
)
def test_bad_polygon_columns(places, load, change, message):
    with pytest.raises(InputError, match=rf"colombia\.parquet: .*{message}"):
        load(places.assign(**change))


def test_absent_column(places, load):
    with pytest.raises(InputError, match="no column 'habitante'; the nearest is 'habitantes'"):
        load(places, population="habitante")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"divipola": ["05001"], "homicides": [1]}, r"5 of 6 places have no row \(05002"),
        ({"divipola": ["05001", "05001"], "homicides": [1, 2]}, "repeats the code 05001"),
        ({"divipola": ["99999"], "homicides": [1]}, r"1 of 1 codes match no polygon \(99999\)"),
        ({"divipola": [5001], "homicides": [1]}, r"match no polygon \(5001\).*written like 05001"),
        ({"divipola": ["05001"], "homicidios": [1]}, "no column 'homicides'; the nearest is 'homicidios'"),
        ({"codigo": ["05001"], "homicides": [1]}, "no column 'divipola'"),
    ],
)
def test_bad_counts(places, load, rows, message):
    rows = pd.DataFrame(rows)
    if "homicidios" in rows:
        rows = pd.DataFrame({"divipola": places.divipola, "homicidios": 1})
    with pytest.raises(InputError, match=rf"counts\.csv: .*{message}"):
        load(places, counts=rows)


@pytest.mark.parametrize(("value", "fault"), [(-1, "is negative"), (None, "has no number")])
def test_negative_or_missing_counts(places, load, value, fault):
    counts = pd.DataFrame({"divipola": places.divipola, "homicides": [1, value, 1, 1, 1, 1]})
    with pytest.raises(InputError, match=rf"'homicides' {fault} in row 2"):
        load(places, counts=counts)


def test_bad_presence(places, load):
    presence = pd.DataFrame({"divipola": "05001", "group": ["Clan", "Clan"], "members": 1})
    with pytest.raises(InputError, match=r"presence\.csv: Clan in 05001 appears in several rows"):
        load(places, presence=presence)
    presence["group"] = ["Clan", "Frente"]
    with pytest.raises(InputError, match=r"names 2 groups .* set region\.groups=2 or more"):
        load(places, presence=presence, groups=1)
    with pytest.raises(InputError, match="no such file"):
        load(places, presence="absent.csv")


def pairs(region) -> dict[tuple[int, int], float]:
    """Closeness by pair of places, of columns and tail alike."""
    near = {}
    for place, (others, values) in enumerate(zip(region.neighbours, region.closeness, strict=True)):
        near |= {(place, int(other)): float(value) for other, value in zip(others, values, strict=True) if value > 0}
    tail = zip(region.tail_place, region.tail_neighbour, region.tail_closeness, strict=True)
    return near | {(int(place), int(other)): float(value) for place, other, value in tail}


def test_roads_change_closeness_where_they_are_known(places, load):
    """exp(-km / 50) both ways, the shorter of two ways, text codes with leading zeros; all else as it was."""
    roads = pd.DataFrame({"from": ["05001", "05002", "05003"], "to": ["05002", "05001", "11003"], "km": [100, 75, 0]})
    straight, atlas = load(places), load(places, roads=roads)
    before, after = pairs(straight.region), pairs(atlas.region)
    assert after[0, 1] == after[1, 0] == pytest.approx(np.exp(-75 / 50), rel=1e-5)
    assert after[2, 5] == after[5, 2] == 1
    changed = {pair for pair in before if before[pair] != after[pair]}
    assert changed == {(0, 1), (1, 0), (2, 5), (5, 2)}
    assert np.array_equal(straight.region.weights, atlas.region.weights)
    assert len(atlas.hashes) == 2


def test_roads_follow_the_digits_of_codes(places, load):
    places["divipola"] = places.divipola.astype(int)
    roads = pd.DataFrame({"from": [5001], "to": [5002], "km": [75]})
    near = pairs(load(places, digits=5, roads=roads).region)
    assert near[0, 1] == pytest.approx(np.exp(-75 / 50), rel=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from": ["99999"]}, r"1 of 1 codes match no polygon \(99999\)"),
        ({"to": ["99999"]}, r"1 of 1 codes match no polygon \(99999\)"),
        ({"km": [-1]}, r"'km' is negative in row 1 \(-1\)"),
        ({"km": ["far"]}, r"'km' is not a finite number in row 1 \(far\)"),
        ({"to": None}, "no column 'to'"),
        ({"from": None}, "no column 'from'"),
        ({"km": None}, "no column 'km'"),
    ],
)
def test_bad_roads(places, load, change, message):
    rows = {"from": ["05001"], "to": ["05002"], "km": [100]} | change
    roads = pd.DataFrame({name: values for name, values in rows.items() if values})
    with pytest.raises(InputError, match=rf"roads\.csv: .*{message}"):
        load(places, roads=roads)
    with pytest.raises(InputError, match="no such file"):
        load(places, roads="absent.csv")


def test_places_without_residents_stay_finite(load, places):
    """A lake or a park: shown without people, simulated with one, so that rates are numbers."""
    places["habitantes"] = [100, 0, 300, 400, 500, 600]
    atlas = load(places)
    assert atlas.polygons.population.tolist() == [100, 0, 300, 400, 500, 600]
    assert atlas.region.population.min() == 1
    assert any("Places without residents have no homicides: 1 (05002)." in note for note in atlas.notes)
    results = simulate(atlas, {"baseline": ()}, weeks=8, replicates=2)
    assert all(np.isfinite(array).all() for array in results.data_vars.values())


def test_a_record_gives_levels_and_dates(places, load):
    """The year before the start is what a place starts from; `start` lies in the record or just after it."""
    months = [str(month) for month in pd.period_range("2015-01", "2017-12", freq="M")]
    rows = [(code, month) for code in places.divipola for month in months]
    record = pd.DataFrame(rows, columns=["divipola", "time"]).assign(count=1)
    record.loc[record.time >= "2017-01", "count"] = 2
    atlas = load(places, record=record, start="2017-01-01")
    assert str(atlas.start) == "2017-01-01"
    assert repr(atlas.record) == "Record(6 places, 2015-01 to 2017-12)"
    assert atlas.region.homicides.sum() * WEEKS_OF_YEAR == pytest.approx(6 * 12)
    later = load(places, record=record, start="2018-01-01")
    assert later.region.homicides.sum() * WEEKS_OF_YEAR == pytest.approx(6 * 24)
    assert any("recorded in 2017-01 to 2017-12" in note for note in later.notes)
    assert len(later.hashes) == 2
    with pytest.raises(InputError, match=r"start=2018-02-01: .* ends in 2017-12; must be at most 2018-01-01"):
        load(places, record=record, start="2018-02-01")
    with pytest.raises(InputError, match="nothing was counted before"):
        load(places, record=record, start="2015-01-20")
    counts = pd.DataFrame({"divipola": places.divipola, "homicides": 1})
    with pytest.raises(InputError, match=r"region\.counts=.* set one to null"):
        load(places, record=record, counts=counts, start="2017-01-01")
