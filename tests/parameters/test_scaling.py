"""Rates of the national law in regions with other groups."""

import numpy as np
import pytest

import contagion
from contagion.parameters.presets import load_params
from contagion.parameters.scaling import CONCENTRATION_OF_LAW, at_scale, concentration


def test_concentration():
    assert concentration(np.array([[3.0, 1.0], [0.0, 4.0]])) == pytest.approx(0.5)
    assert concentration(np.zeros((3, 2))) == CONCENTRATION_OF_LAW


@pytest.mark.parametrize("groups", [1, 3, 8, 150])
def test_as_many_drop_out_of_fewer_groups(groups):
    members = 115_000 / groups * np.ones((groups, 1))
    scaled = at_scale(load_params(), 1, concentration(members))
    assert float(scaled.saturation) * (members**2).sum() == pytest.approx(4e-8 * 0.0524 * 115_000**2, rel=1e-3)


def test_the_groups_of_the_law_keep_its_rate(public_files):
    members = contagion.load_region("national", mirror=str(public_files)).region.members
    assert concentration(members) == pytest.approx(CONCENTRATION_OF_LAW, rel=1e-12)
