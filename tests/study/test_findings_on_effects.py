"""Tables, figures and sections on when, where and at what cost: when there are any, and where they go."""

import numpy as np
import pytest
from lattice import lattice, run

from contagion.errors import InputError
from contagion.study.findings import effects
from contagion.study.folders import output_folder

COST = dict(discount_rate=None, value_of_life=None)


@pytest.fixture(scope="module")
def polygons():
    return lattice(2, 4)


@pytest.fixture(scope="module")
def dataset(polygons):
    """Two strategies, two states, two years."""
    made = run(polygons, ["usual", "push"])
    totals = made["homicides_total"]
    states = np.stack([totals * 0.25, totals * 0.75], axis=-1)
    made["homicides_by_state"] = (("strategy", "replicate", "time", "province"), states)
    of_groups = totals.expand_dims(group=["a"])
    made = made.assign(spending=totals * 0.1, captures=of_groups, relocated=of_groups, members=made["homicides"])
    return made.assign_coords(province=["East", "West"])


def test_tables_figures_and_sections(dataset, polygons, tmp_path):
    found = effects.tables(dataset, COST)
    assert list(found) == [
        output_folder.YEARS, output_folder.BREAK_EVEN, output_folder.COST_EFFECT, output_folder.STATES,
        output_folder.DISPLACEMENT, output_folder.PLACES,
    ]  # fmt: skip
    assert set(found) < set(output_folder.TABLES)
    drawn = effects.draw(dataset, polygons, found, tmp_path)
    assert [path.name for path in drawn] == ["states.png", "cost_effect.png"]
    assert all(path.stat().st_size > 10_000 for path in drawn)
    sections = effects.sections(dataset, found, drawn)
    assert [section.heading for section in sections] == [
        "When it shows", "Where it helps and where it harms", "Places that change most", "What moves where",
        "Cost against effect",
    ]  # fmt: skip
    assert [len(section.figures) for section in sections] == [0, 1, 0, 0, 1]
    assert all(section.sentences for section in sections)
    with pytest.raises(InputError, match=r"states\.png already exists"):
        effects.draw(dataset, polygons, found, tmp_path)


def test_one_strategy_and_one_state(dataset, polygons, tmp_path):
    alone = dataset.isel(strategy=[0])
    assert effects.tables(alone, COST) == {}
    assert effects.sections(alone, {}, []) == []
    assert effects.draw(alone, polygons, {}, tmp_path) == []
    united = dataset.assign_coords(state=("place", np.full(8, "All", dtype=object))).isel(province=[0])
    assert output_folder.STATES not in effects.tables(united, COST)
