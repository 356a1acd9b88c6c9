"""What a strategy averts in some states and adds in others, counted by hand."""

import numpy as np
import pytest
import xarray as xr
from lattice import lattice, run

from contagion.analysis.spatial.displacement import displacement_table, finding, members_by_state

MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def dataset() -> xr.Dataset:
    """A push averts 10, 12 in the west and adds 4, 4 in the east, where 7 members more are at the end."""
    polygons = lattice(2, 4)
    made = run(polygons, ["usual", "push", "idle"]).isel(replicate=slice(2))
    homicides = np.full((3, 2, 8), 20.0)
    homicides[1, :, 0] -= [10, 12]
    homicides[1, :, 3] += [4, 4]
    members = np.ones(made["homicides"].shape)
    members[1, 0, -1, 7] += 7
    relocated = np.zeros((3, 2, 24, 2))
    relocated[:, :, 0, 1] = 5
    relocated[1, :, 3, 0] = [30, 31]
    dims = ("strategy", "replicate", "time", "group")
    return made.assign(
        homicides_run_total=(("strategy", "replicate", "place"), homicides),
        members=(made["homicides"].dims, members),
        relocated=(dims, relocated),
    )


def test_table_by_hand(dataset: xr.Dataset) -> None:
    table = displacement_table(dataset).set_index("strategy")
    push = table.loc["push"]
    assert push[["states_with_fewer", "states_with_more", "averted", "added", "relocated"]].tolist() == [
        1,
        1,
        11,
        4,
        30.5,
    ]
    assert push["returned"] == pytest.approx(4 / 11)
    assert push["relocated_low"] == pytest.approx(30.5 - 6.313752 / 2, rel=1e-5)
    assert table.loc["idle", ["states_with_fewer", "states_with_more", "averted", "relocated"]].tolist() == [0] * 4
    assert np.isnan(table.loc["idle", "returned"])


def test_members_of_states(dataset: xr.Dataset) -> None:
    table = members_by_state(dataset)
    assert table["state"].tolist() == ["East", "West"]
    assert table["push"].tolist() == [7, 0]
    assert table["idle"].tolist() == [0, 0]


def test_finding(dataset: xr.Dataset) -> None:
    heading, sentences, table = finding(displacement_table(dataset), members_by_state(dataset))
    assert heading == "What moves where"
    assert sentences[0] == (
        "push averts 11 homicides in 1 state and adds 4 in 1 state, 36 % of what it averts. "
        "Members who move between places change by +30 (90 % confidence interval +27 to +34)."
    )
    assert table.columns.tolist() == ["State", "push"]
    assert table["push"].tolist() == ["+7", "0"]
    more = dataset.copy(deep=True)
    more["homicides_run_total"][1, :, 3] += 50
    assert "more than all of what it averts" in finding(displacement_table(more), members_by_state(more)).sentences[0]
    still = dataset.isel(strategy=[0, 2])
    assert finding(displacement_table(still), members_by_state(still)).table.empty
