"""Where strategies help and harm, by state and place, counted by hand."""

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from lattice import colours, lattice, run, words

from contagion import plots
from contagion.analysis.by_place import residents_harmed
from contagion.analysis.spatial import effects
from contagion.errors import InputError


@pytest.fixture(scope="module")
def polygons() -> gpd.GeoDataFrame:
    return lattice(2, 4)


@pytest.fixture(scope="module")
def dataset(polygons: gpd.GeoDataFrame) -> xr.Dataset:
    """Of 20 homicides in each place, `push` averts 4 in one place of the west and brings 1, 2, 3, 4 to one of the east.

    Places 0, 1, 4, 5 lie in the west. In ten replicates, place 6 has more in eight and fewer in two.
    """
    made = run(polygons, ["usual", "push", "idle"]).isel(replicate=slice(10))
    homicides = np.full((3, 10, 8), 20.0)
    homicides[1, :, 0] -= 4
    homicides[1, :, 3] += np.tile([1, 2, 3, 4, 5], 2)
    homicides[1, :8, 6] += 2
    homicides[1, 8:, 6] -= 3
    return made.assign(homicides_run_total=(("strategy", "replicate", "place"), homicides))


def test_states_by_hand(dataset: xr.Dataset) -> None:
    table = effects.state_table(dataset).set_index(["strategy", "state"])
    assert table.index.tolist() == [(name, state) for name in ("push", "idle") for state in ("East", "West")]
    west, east = table.loc[("push", "West")], table.loc[("push", "East")]
    assert (west["homicides"], west["difference"], west["verdict"]) == (76, -4, "better")
    assert west["difference_percent"] == -5
    assert east["difference"] == 3 + (8 * 2 - 2 * 3) / 10
    assert east["verdict"] == "worse"
    assert east[["places", "probably_helped", "probably_harmed"]].tolist() == [4, 0, 2]
    assert west[["places", "probably_helped", "probably_harmed"]].tolist() == [4, 1, 0]
    residents = dataset.population[[0, 1, 4, 5]].sum().item()
    assert west["residents"] == residents
    assert west["change_of_rate"] == pytest.approx(-4 / 104 * 52.1775 / residents * 1e5)
    assert table.loc["idle", "verdict"].tolist() == ["no difference"] * 2


def test_places_by_hand(dataset: xr.Dataset) -> None:
    table = effects.places_most_changed(dataset)
    assert table["strategy"].unique().tolist() == ["push"]
    assert table["place"].tolist() == ["Place 0", "Place 3", "Place 6"]
    assert table["effect"].tolist() == ["probably helped", "probably harmed", "probably harmed"]
    assert table["difference"].tolist() == [-4, 3, 1]
    assert table["probability"].tolist() == [1, 1, 0.8]
    assert len(effects.places_most_changed(dataset, most=1)) == 2


def test_probable_and_sure_harm_are_two_things(dataset: xr.Dataset) -> None:
    found = residents_harmed(dataset)
    share = dataset.population.values / dataset.population.values.sum()
    np.testing.assert_allclose(found["probable"], [0, share[[3, 6]].sum(), 0])
    np.testing.assert_allclose(found["sure"], [0, share[3], 0])


def test_findings_say_where(dataset: xr.Dataset) -> None:
    heading, sentences, table = effects.finding_of_states(effects.state_table(dataset))
    assert heading == "Where it helps and where it harms"
    assert sentences == [
        "Homicides under push, of 2 states: fewer in 1, most in West (\N{MINUS SIGN}4; \N{MINUS SIGN}4 in all); "
        "more in 1, most in East (+4; +4 in all); undecided in 0.",
        "idle changes nothing in any state.",
    ]
    assert table.columns.tolist() == ["State", "push"]
    assert table["push"].iloc[1].endswith("better")
    _, sentences, table = effects.finding_of_places(dataset, effects.places_most_changed(dataset))
    assert "of 8 places: probably fewer in 1, home to" in sentences[0]
    assert "of residents, almost surely in 1; probably more in 2, home to" in sentences[0]
    assert sentences[0].endswith("of residents, almost surely in 1.")
    assert len(sentences) == 2  # of the one that does nothing there is nothing to say
    assert table["Probability"].tolist() == ["100 %", "100 %", "80 %"]


def test_map_by_state(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    figure = plots.state_changes(dataset, polygons, ["push"])
    text = words(figure).replace("\n", " ")
    assert "in 95 % of replicates or more: up in 1 of 2 states, down in 1" in text
    assert len(colours(figure)) == 2
    assert len(plots.state_changes(dataset, polygons).axes) == 2
    with pytest.raises(InputError, match="unknown strategy 'pusj'; the nearest is 'push'"):
        plots.state_changes(dataset, polygons, ["pusj"])
    with pytest.raises(InputError, match="2 places have no polygon: 000, 001"):
        plots.state_changes(dataset, polygons[2:])
