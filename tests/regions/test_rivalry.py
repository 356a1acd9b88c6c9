"""Deaths attributed to rivalry: shares of homicides by place, from a table of the user."""

import numpy as np
import pandas as pd
import pytest

from contagion.errors import InputError
from contagion.parameters.presets import load_params
from contagion.regions.atlas import load_region
from contagion.simulation.simulate import simulate

LATTICE = dict(rows=4, columns=5, population=200_000.0, homicide_rate=50.0)


def write(path, rows, columns=("code", "time", "count")):
    file = path / "rivalry.csv"
    pd.DataFrame(rows, columns=columns).to_csv(file, index=False)
    return str(file)


@pytest.fixture
def codes():
    return load_region("lattice", **LATTICE).polygons.index.tolist()


def test_shares_follow_the_deaths(tmp_path, codes):
    """Half of homicides in one place, a few in another: shrunk, kept in total, none above all homicides."""
    deaths = [(codes[7], "2019", 50), (codes[8], "2019", 10)]
    atlas = load_region("lattice", **LATTICE, rivalry=write(tmp_path, deaths))
    share = np.asarray(atlas.region.rivalry)
    assert share.argmax() == 7
    assert 0.3 < share[7] < 0.5
    assert share[8] > share[0] > 0
    homicides = np.asarray(atlas.region.homicides) * 52.1775
    assert (share * homicides).sum() == pytest.approx(60, rel=1e-6)
    assert "Conflict at the start is by the deaths attributed to rivalry in 2019: 60, " in " ".join(atlas.notes)
    assert "rivalry.csv" in " ".join(atlas.hashes)


def test_conflict_of_a_run_begins_there(tmp_path, codes):
    deaths = [(code, "2019", 5 + 2 * number) for number, code in enumerate(codes)]
    atlas = load_region("lattice", **LATTICE, members=2000.0, rivalry=write(tmp_path, deaths))
    params = load_params(contagion_channel=0.0)  # so that all homicides follow from no other
    options = dict(params=params, weeks=4, replicates=2, deterministic=True, record="run")
    run = simulate(atlas, **options).isel(strategy=0, time=0)
    begun = run.conflict_homicides.sel(statistic="mean").values / 4
    wanted = np.asarray(atlas.region.rivalry) * np.asarray(atlas.region.homicides)
    free = wanted < 0.8 * np.asarray(atlas.region.homicides)  # what may be by conflict
    met = (begun > 0) & (np.asarray(atlas.region.members).sum(axis=0) > 20)  # who can be as many as the deaths
    assert (met & free).sum() > 5
    np.testing.assert_allclose(begun[met & free], wanted[met & free], rtol=0.05)


def test_the_list_of_mexico_is_read_as_it_is(tmp_path, codes):
    """Columns cvegeo, year, month, total_dwrh and others; months without a row had no death."""
    rows = [(codes[7], 2008, 9, 4, 4), (codes[7], 2009, 3, 6, 6)]
    path = write(tmp_path, rows, ("cvegeo", "year", "month", "total_dwrh", "executions"))
    assert "2008-09 to 2009-03: 17," in " ".join(
        load_region("lattice", **LATTICE, rivalry=path).notes
    )  # ten in 7 months


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("nowhere", "2019", 5)], "match no polygon"),
        ([("0000", "2019", -5)], "negative"),
        ([("0000", "2019", 0)], r"region\.rivalry=.*: no deaths in 2019; must hold some, or be null"),
        ([("0000", "May 2019", 5)], "must be years as 2007, or months as 2007-03"),
    ],
)
def test_bad_tables(tmp_path, codes, rows, message):
    rows = [(codes[0] if code == "0000" else code, *rest) for code, *rest in rows]
    with pytest.raises(InputError, match=message):
        load_region("lattice", **LATTICE, rivalry=write(tmp_path, rows))


def test_a_list_that_ends_long_before_the_start(tmp_path, public_files):
    path = write(tmp_path, [("02004", "2009-12", 5)])
    with pytest.raises(InputError, match=r"ends in 2009-12, more than a year before start=2012-01-01"):
        load_region("mexico", mirror=str(public_files), start="2012-01-01", rivalry=path)
