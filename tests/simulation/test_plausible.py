"""Numbers within their bounds that are impossible together are told, and never stored."""

import numpy as np
import pytest

import contagion
from contagion.simulation.plausible import check


@pytest.fixture(scope="module")
def atlas():
    return contagion.load_region("lattice", rows=3, columns=3)


@pytest.fixture(scope="module")
def results(atlas):
    return contagion.simulate(atlas, weeks=9, replicates=2)


def test_groups_do_not_outnumber_residents(atlas):
    params = contagion.load_params(recruitment=0.1, saturation=0)
    with pytest.raises(
        contagion.InputError, match=r"baseline: rank and file .*more than residents.*params\.recruitment"
    ):
        contagion.simulate(atlas, params=params, weeks=520, replicates=2)


def test_what_can_be_passes(results):
    assert check(results) is results


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("homicides", np.inf, "homicides is not a number"),
        ("trust_total", np.nan, "trust_total is not a number"),
        ("homicides", 1e7, "homicides: more than residents"),
        ("homicides_total", 1e9, "homicides, total: more than residents"),
    ],
)
def test_the_impossible_is_named(results, name, value, message):
    faulty = results.copy(deep=True)
    faulty[name][(0,) * faulty[name].ndim] = value
    with pytest.raises(contagion.InputError, match=f"baseline: {message}"):
        check(faulty)
