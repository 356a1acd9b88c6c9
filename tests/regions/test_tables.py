"""Faults of the user's tables are named, with what would be right."""

import numpy as np
import pandas as pd
import pytest

from contagion.errors import InputError
from contagion.regions.tables import check_join, codes, column, numbers, read_table


def test_absent_column_names_the_nearest():
    with pytest.raises(InputError, match=r"a\.csv: no column 'populaton'; the nearest is 'population'"):
        column(pd.DataFrame({"name": ["x"], "population": [1]}), "populaton", "a.csv")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["01001", None], "no code in row 2"),
        (["01001", "01001"], "repeats the code 01001"),
        ([1001, 31001], r"4 and 5 digits.*region\.digits=5"),
        (["1001", "31001"], r"leading zeros may have been lost \(1001 for 01001\?\)"),
    ],
)
def test_doubtful_codes(values, message):
    with pytest.raises(InputError, match=message):
        codes(pd.Series(values, name="id"), "a.gpkg")


def test_codes_are_padded_only_when_told():
    assert list(codes(pd.Series([1001.0, 31001.0], name="id"), "a", digits=5)) == ["01001", "31001"]
    assert list(codes(pd.Series([999, 1000], name="id"), "a", digits=0)) == ["999", "1000"]
    assert list(codes(pd.Series([9, 10], name="id"), "a")) == ["9", "10"]
    assert list(codes(pd.Series(["a", "a"], name="id"), "a", unique=False)) == ["a", "a"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, -2.0], r"is negative in row 2 \(-2\.0\)"),
        ([1.0, np.nan], r"not a finite number in row 2 \(nan\)"),
        ([np.inf, 1.0], "not a finite number in row 1"),
        (["many", "1"], r"not a finite number in row 1 \(many\)"),
        (pd.array([None, 4], "Int64"), "no number in row 1; each row needs one"),
        (["", "1"], "not a finite number in row 1"),
    ],
)
def test_bad_numbers(values, message):
    with pytest.raises(InputError, match=message):
        numbers(pd.Series(values, name="population"), "a.gpkg")


def test_join_says_which_codes_and_how_many():
    places = pd.Index(["01001", "01002", "01003"])
    with pytest.raises(InputError, match=r"2 of 3 codes match no polygon \(1001, 1002\).*written like 01001"):
        check_join(pd.Index(["1001", "1002", "01003"]), places, "a.csv")
    with pytest.raises(InputError, match=r"1 of 3 places have no row \(01003\); write 0"):
        check_join(places[:2], places, "a.csv", complete=True)
    check_join(places[:2], places, "a.csv")


def test_unreadable_tables(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_table(str(tmp_path / "absent.csv"))
    empty, binary = tmp_path / "empty.csv", tmp_path / "binary.csv"
    empty.write_text("id,homicides\n")
    binary.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="no rows"):
        read_table(str(empty))
    with pytest.raises(InputError, match="not a readable CSV"):
        read_table(str(binary))
