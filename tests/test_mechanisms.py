"""The study of mechanisms at a small size: directions that follow from the model over broad priors."""

import importlib.util
from pathlib import Path

import pytest

import contagion

SCRIPT = Path(__file__).parents[1] / "experiments" / "mechanisms.py"


@pytest.fixture(scope="module")
def shares():
    spec = importlib.util.spec_from_file_location("mechanisms", SCRIPT)
    mechanisms = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mechanisms)
    table = mechanisms.study(contagion.load_region("schematic"), 16)
    return table.set_index("claim")["share"]


def test_identical_before_the_first_action(shares):
    assert shares["before the first action all strategies are identical"] == 1


def test_kingpin_raises_violence(shares):
    assert shares["kingpin: homicides rise in the first year"] > 0.9


def test_coverage_decides_whether_a_sweep_lowers_violence(shares):
    low, high = (shares[f"middle layer, coverage {share}%: homicides fall over five years"] for share in (20, 95))
    assert low < 0.5 < high
    assert shares["middle layer: coverage of 95 % does better than of 20 %"] > 0.9


def test_withdrawal_relapses_where_a_handover_does_not(shares):
    """The strict claim needs both halves in one draw; that a handover holds more is far surer."""
    assert shares["a completed handover holds more than an abrupt withdrawal"] > 0.9
    assert shares["withdrawal: the fall shrinks within a year and a half"] > 0.5
    assert shares["completed handover: the fall does not shrink"] > 0.5
