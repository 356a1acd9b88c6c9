"""The record of a region: read from a long table, cut at a day, smoothed."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from contagion.errors import InputError
from contagion.regions.record import read_record, smoothed

RESIDENTS = pd.Series([1000, 2000, 3000], pd.Index(["01", "02", "03"], name="code"))
MONTHS = pd.DataFrame(
    {
        "id": ["01", "01", "02", "02", "03", "03"],
        "time": ["2019-11", "2020-01"] * 3,
        "count": [0, 1, 2, 3, 4, 5],
    }
)


def read(table, path, absent="unknown", digits=0):
    file = path / "record.csv"
    table.to_csv(file, index=False)
    return read_record(str(file), "id", digits, absent, RESIDENTS)


def test_months_are_consecutive_and_absent_rows_are_unknown_or_zero(tmp_path):
    record, notes = read(MONTHS, tmp_path)
    assert record.labels.tolist() == ["2019-11", "2019-12", "2020-01"]
    assert record.counts.place.values.tolist() == ["01", "02", "03"]
    assert record.counts.sel(place="03").values.tolist() == pytest.approx([4, np.nan, 5], nan_ok=True)
    assert "3 of 9 places and periods have no row: unknown" in notes[0]
    record, notes = read(MONTHS, tmp_path, "zero")
    assert record.counts[1].values.tolist() == [0, 0, 0]
    assert "taken as no homicides" in notes[0]
    assert record.population.values.tolist() == [[1000, 2000, 3000]]


def test_what_had_ended_is_known(tmp_path):
    record, _ = read(MONTHS, tmp_path, "zero")
    assert record.before(date(2020, 1, 31)).labels[-1] == "2019-12"
    assert record.before(date(2020, 2, 1)).labels[-1] == "2020-01"
    with pytest.raises(InputError, match="start=2019-11-30: nothing was counted before; the record begins in 2019-11"):
        record.before(date(2019, 11, 30))
    total, period = record.last_year()
    assert total.values.tolist() == pytest.approx([4, 20, 36])  # a year at the rate of three months
    assert period == "2019-11 to 2020-01"


def test_years(tmp_path):
    record, _ = read(MONTHS.assign(time=["2018", "2019"] * 3), tmp_path)
    assert record.yearly
    assert record.labels.tolist() == ["2018", "2019"]
    assert record.before(date(2019, 12, 31)).labels.tolist() == ["2018"]
    assert record.last_year()[0].values.tolist() == [1, 3, 5]


def test_codes_that_match_no_polygon_are_reported(tmp_path):
    record, notes = read(MONTHS.assign(id=["99", "01", "02", "02", "03", "03"]), tmp_path)
    assert "1 codes match no polygon: 99" in notes[0]
    assert record.counts.sizes["place"] == 3
    with pytest.raises(InputError, match=r"1, 2, 3 match no polygon, .* written like 01, 02, 03"):
        read(MONTHS.assign(id=["1", "1", "2", "2", "3", "3"]), tmp_path)
    assert read(MONTHS.assign(id=["1", "1", "2", "2", "3", "3"]), tmp_path, digits=2)[0].counts.equals(
        read(MONTHS, tmp_path)[0].counts
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"time": ["2019-11", "11/2019"] * 3},
            r"column 'time' has '11/2019' in row 2; must be years as 2007, or months",
        ),
        ({"time": ["2019-11", "2019-13"] * 3}, "an impossible month"),
        ({"time": ["2019-11", "2019-11"] * 3}, "01 in 2019-11, .* appears in several rows"),
        ({"count": [0, -1, 2, 3, 4, 5]}, r"column 'count' is negative in row 2 \(-1\)"),
        ({"count": [0, 1.5, 2, 3, 4, 5]}, r"row 2 counts 1.5: must be a whole number"),
        ({"count": ["x", 1, 2, 3, 4, 5]}, "is not a finite number"),
    ],
)
def test_malformed_tables(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        read(MONTHS.assign(**change), tmp_path)


def test_missing_columns(tmp_path):
    with pytest.raises(InputError, match="no column 'count'; the nearest is 'counts'"):
        read(MONTHS.rename(columns={"count": "counts"}), tmp_path)


def test_smoothing_shrinks_small_places_most_and_keeps_totals():
    recorded = np.array([0.0, 30.0, 60.0, 0.0, 0.0, np.nan, 5.0, 0.0])
    residents = np.array([100.0, 1e5, 1e5, 1e5, 1e3, 1e3, 1e4, 1e4])
    state = np.array(["a"] * 6 + ["b"] * 2)
    result = smoothed(recorded, residents, state)
    known = np.isfinite(recorded)
    for label in "ab":
        mine = known & (state == label)
        assert result[mine].sum() == pytest.approx(recorded[mine].sum())
    rate = result / residents
    assert (result > 0).all()
    assert rate[2] > rate[1] > rate[4] > rate[3]  # without a homicide, the larger place is the safer one
    assert rate[5] == pytest.approx(90 / 301_100, rel=0.05)
    alone = smoothed(np.array([3.0, 0.0]), np.array([1e3, 1e3]), np.array(["a", "b"]))
    assert alone[0] == pytest.approx(3.0)
    assert 0 < alone[1] <= 1.5  # a state without any homicide leans on the nation
