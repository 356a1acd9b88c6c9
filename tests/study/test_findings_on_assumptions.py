"""The tables and figures of a run with drawn parameters: when there are any, and where they go."""

import numpy as np
import pytest
from draws import run

from contagion.errors import InputError
from contagion.study.findings import assumptions
from contagion.study.folders import output_folder


@pytest.fixture(scope="module")
def dataset():
    x = {f"x{number}": values for number, values in enumerate(np.random.default_rng(0).random((3, 100)))}
    return run({"a": np.zeros(100), "b": x["x0"] - 0.4}, x)


def test_tables_and_figures_of_a_run(dataset, tmp_path):
    found = assumptions.tables(dataset)
    assert list(found) == [
        output_folder.ROBUSTNESS,
        output_folder.SENSITIVITY,
        output_folder.VALUE,
        output_folder.SCENARIOS,
    ]
    drawn, reasons = assumptions.draw(dataset, found, tmp_path)
    assert drawn == [tmp_path / f"{name}.png" for name in ("pareto", "tornado", "rank_reversal")]
    assert all(path.stat().st_size > 10_000 for path in drawn)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in drawn}
    assert reasons == []
    sections = assumptions.sections(dataset, found, drawn)
    assert [len(section.figures) for section in sections] == [1, 1, 0, 0, 1]
    assert "x0" in " ".join(sections[1].sentences)
    with pytest.raises(InputError, match=r"pareto\.png already exists"):
        assumptions.draw(dataset, found, tmp_path)


def test_what_cannot_be_drawn_is_said(dataset, tmp_path):
    few = dataset.isel(replicate=slice(20))
    drawn, reasons = assumptions.draw(few, assumptions.tables(few), tmp_path)
    assert [path.name for path in drawn] == ["pareto.png"]
    assert [reason.split(":")[0] for reason in reasons] == ["no figure tornado", "no figure rank_reversal"]
    assert "of 64 replicates that it takes there are 20" in reasons[1]


def test_without_draws_or_a_choice_there_is_nothing(dataset, tmp_path):
    for other in (dataset.drop_vars("drawn"), dataset.isel(strategy=[0])):
        assert assumptions.tables(other) == {}
        assert assumptions.sections(other, {}, []) == []
        assert assumptions.draw(other, {}, tmp_path / "none") == ([], [])
    assert not (tmp_path / "none").exists()


def test_what_the_choice_hangs_on(dataset):
    said = assumptions.deciding(dataset, assumptions.tables(dataset))
    assert "x0" in said[0]
    assert any(words.startswith("Where x0 is ") for words in said[1:])
    few = dataset.isel(replicate=slice(20))
    assert len(assumptions.deciding(few, assumptions.tables(few))) == 1
    assert assumptions.deciding(dataset, {}) == []
