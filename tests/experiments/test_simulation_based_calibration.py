"""Ranks of what came among what was drawn, in miniature."""

import numpy as np
import pytest
from conftest import load_script

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def script():
    module = load_script("experiments/simulation_based_calibration.py")
    for name, value in dict(MONTHS=48, ROWS=3, COLUMNS=6, PLACES=18, AREAS=3, DRAWS=39).items():
        setattr(module, name, value)
    return module


def test_a_made_up_country(script):
    counts, expected, residents, area = script.country(np.random.default_rng(0))
    assert counts.shape == expected.shape == (60, 18)
    assert set(area) == {0, 1, 2}
    assert counts.sum() == pytest.approx(expected.sum(), rel=0.1)
    assert np.corrcoef(residents, expected.mean(axis=0))[0, 1] > 0.2


def test_ranks_are_between_0_and_1_and_repeat(script):
    found = script.ranks(3)
    assert found.shape == (3, 4)
    assert np.all((found >= 0) & (found < 1))
    np.testing.assert_array_equal(found, script.ranks(3))


def test_the_table_tells_uniform_ranks_from_others(script):
    generator = np.random.default_rng(0)
    uniform = generator.random((200, 3, 4))
    assert (script.table(uniform).p > 0.001).all()
    assert script.table(uniform).within_90.mean() == pytest.approx(0.9, abs=0.03)
    assert (script.table(uniform**2).p < 1e-6).all()
