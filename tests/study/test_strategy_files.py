"""Strategies from files that the command line names."""

import pytest
from conftest import settings

from contagion.errors import InputError
from contagion.study.arguments import prepared
from contagion.study.settings import build_strategies


def written(tmp_path, text):
    file = tmp_path / "plan.yaml"
    file.write_text(text)
    return f"strategies={file}"


def test_a_file_becomes_overrides_that_need_it_no_more(tmp_path):
    """With doses, areas, conditions and lists, as they are written."""
    text = """
    baseline: {}
    mine:
      police_reform: {dose: 1.5, start: 26, within: [guerrero, baja_california]}
      legalisation: {after: {measure: capability, at_least: 0.5, weeks: 26}, crops: null}
    """
    given = prepared([written(tmp_path, text), "weeks=52"])
    (tmp_path / "plan.yaml").unlink()
    strategies = settings(*given).strategies
    assert set(strategies) == {"baseline", "mine"}
    assert strategies["mine"]["police_reform"] == dict(dose=1.5, start=26, within=["guerrero", "baja_california"])
    assert strategies["mine"]["legalisation"]["after"]["at_least"] == 0.5
    assert len(build_strategies(settings(*given))["mine"]) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n- b\n", "must hold strategies by name"),
        ("mine: 3\n", "must hold strategies by name"),
        ("", "must hold strategies by name"),
        ("mine: {police_reform: {dose: [}}\n", "not a readable YAML file"),
        ("a: &x {}\nb: *x\n", "uses the alias *x"),
        ("mine: {police_reform: {mode: '${oc.env:HOME}'}}\n", "is neither a number nor a plain word"),
        ("mine: {./mine.py:Code: {}}\n", "is no name of a strategy, an option or a number"),
        ("mine: {police_reform: {start: 2020-01-01}}\n", "is neither a number nor a plain word"),
    ],
)
def test_a_file_that_holds_none_is_told(tmp_path, text, says):
    with pytest.raises(InputError) as told:
        prepared([written(tmp_path, text)])
    assert says in str(told.value)


def test_a_file_that_is_missing_or_too_large_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        prepared([f"strategies={tmp_path}/none.yaml"])
    with pytest.raises(InputError, match="a file of strategies has at most"):
        prepared([written(tmp_path, "a: {}\n" + "# x\n" * 300_000)])
