"""The groups of 2020 and their links: what is known about the files, and faults that are refused."""

from datetime import date

import numpy as np
import pytest

from contagion.errors import InputError
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.atlas import load_region
from contagion.regions.kinds import national

FILES = {
    "nodes": "Node,Group\nA,Alpha\nB,Beta\nC,Gamma\n",
    "rivals": "Node,RNode,weight\nA,B,2\nB,A,3\nB,C,1\n",
    "alliances": "Node,RNode,weight\nC,A,4\n",
}


def written(folder, **changes):
    paths = []
    for name, text in (FILES | changes).items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    return paths


def test_links_by_hand(tmp_path):
    """The larger of both directions; hostility falls with the alliances of the one who faces it."""
    rivalry, alliance = national.links(*written(tmp_path))
    assert rivalry.index.tolist() == ["Alpha", "Beta", "Gamma"]
    assert rivalry.to_numpy().tolist() == [[0, 3, 0], [3, 0, 1], [0, 1, 0]]
    assert alliance.to_numpy().tolist() == [[0, 0, 4], [0, 0, 0], [4, 0, 0]]
    expected = [[0, 4 / 5, 1 / 5], [4, 0, 2], [1 / 5, 2 / 5, 0]]
    np.testing.assert_allclose(national.hostility(rivalry.to_numpy(), alliance.to_numpy()), expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(rivals="Node,Rnode,weight\nA,B,2\n"), "rivals.csv: no column 'RNode'; the nearest is 'Rnode'"),
        (dict(nodes="Node,Name\nA,Alpha\n"), "nodes.csv: no column 'Group'"),
        (dict(nodes="Node,Group\nA,Alpha\nA,Beta\n"), "repeats the code A"),
        (dict(nodes="Node,Group\nA,Alpha\nB,Alpha\n"), "repeats the code Alpha"),
        (dict(alliances="Node,RNode,weight\nC,a,4\n"), "alliances.csv: column 'RNode' names a, .* the nearest is A"),
        (dict(alliances="Node,RNode,weight\nD,A,4\n"), "alliances.csv: column 'Node' names D"),
        (dict(rivals="Node,RNode,weight\nA,B,-2\n"), r"rivals.csv: column 'weight' is negative in row 1 \(-2\)"),
        (dict(rivals="Node,RNode,weight\nA,B,many\n"), "is not a finite number in row 1"),
        (dict(rivals="Node,RNode,weight\n"), "rivals.csv: no rows"),
    ],
)
def test_faults_are_refused(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        national.links(*written(tmp_path, **changes))


def test_files_are_as_published(public_files):
    rivalry, alliance = national.links(*(public_files / name for name in national.FILES))
    assert len(rivalry) == 150
    assert ((rivalry > 0).sum().sum() // 2, (alliance > 0).sum().sum() // 2) == (92, 91)
    assert rivalry.loc["Cártel de Sinaloa", "Cártel Jalisco Nueva Generación (CJNG)"] == 7


def test_region(public_files):
    atlas = load_region("national", mirror=str(public_files))
    region = atlas.region
    assert (len(atlas.polygons), atlas.start, atlas.law_scale) == (1, date(2012, 1, 1), 1)
    assert atlas.groups[:2] == ("Cártel Jalisco Nueva Generación (CJNG)", "Cártel de Sinaloa")
    assert len(set(atlas.groups)) == 150
    ranks = 1 / np.arange(1, 151)
    np.testing.assert_allclose(region.members[:, 0], 115_000 * ranks / ranks.sum(), rtol=1e-6)
    assert region.homicides.sum() * WEEKS_OF_YEAR == pytest.approx(27_330)
    assert not region.weights.any()
    assert not region.hostility.diagonal().any()
    assert region.hostility[0, 1] == pytest.approx((7 + 1) / (55 + 1))
    assert set(national.FILES) < set(atlas.hashes)


def test_slots_beyond_the_groups_stay_free(public_files):
    atlas = load_region("national", mirror=str(public_files), groups=152)
    assert atlas.groups[-2:] == ("Free slot 1", "Free slot 2")
    assert not atlas.region.members[-2:].any()
    np.testing.assert_allclose(atlas.region.hostility[-1, :-1], 1)
    with pytest.raises(InputError, match=r"region\.groups=8: .* names 150 groups; set region\.groups=150 or more"):
        load_region("national", mirror=str(public_files), groups=8)
