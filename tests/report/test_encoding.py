"""Numbers and outlines come back from the text of a page, as exactly as is promised."""

import base64
import zlib

import numpy as np
import pytest
import shapely

from contagion.report.encoding import EXACT, MISSING, levels, outlines, steps, text, worth

KNEE = 4.0


@pytest.mark.parametrize("knee", [KNEE, 0.04, 1.0])
def test_levels_are_exact_to_a_share(knee: float) -> None:
    sizes = np.concatenate([[0.0], np.geomspace(1e-9, 1e9, 40_001)])
    for values in (sizes, -sizes):
        apart = np.abs(worth(levels(values, knee), knee) - values)
        assert (apart <= EXACT * np.maximum(sizes, knee) * (1 + 1e-9)).all()
        assert apart.max() > 0
    assert EXACT < 0.0026


def test_levels_are_in_order_and_symmetrical() -> None:
    values = np.geomspace(1e-3, 1e6, 5001)
    found = levels(values, KNEE)
    assert (np.diff(found) >= 0).all()
    np.testing.assert_array_equal(levels(-values, KNEE), -found)
    assert levels(np.array([0.0, -0.0]), KNEE).tolist() == [0, 0]


def test_probabilities_of_round_numbers_stay_what_they_are() -> None:
    """Classes of a map begin at them."""
    shares = np.array([0, 0.05, 0.2, 0.4, 0.5, 0.6, 0.8, 0.95, 1])
    np.testing.assert_array_equal(worth(levels(shares, 1.0), 1.0), shares)


def test_unknown_is_no_level() -> None:
    found = levels(np.array([np.nan, np.inf, -np.inf, 1.0]), KNEE)
    assert (found == MISSING).tolist() == [True, True, True, False]
    assert np.isnan(worth(found, KNEE)).tolist() == [True, True, True, False]


def test_steps_add_up_whatever_they_are() -> None:
    """From the least level to the greatest and back, which two bytes hold only modulo their number."""
    found = np.array([[0, 5, 5, -3], [MISSING, 32767, MISSING, 0]], np.int16)
    low, high = steps(found).astype(np.int32)
    folded = low + 256 * high
    back = np.cumsum((folded >> 1) ^ -(folded & 1), axis=-1).astype(np.int16)
    np.testing.assert_array_equal(back, found)
    assert folded[0].tolist() == [0, 10, 0, 15]


def test_text_is_deflated_bytes() -> None:
    assert zlib.decompress(base64.b64decode(text(np.arange(5, dtype="<i4")))) == np.arange(5, dtype="<i4").tobytes()


def test_what_is_smaller_than_a_step_stays_a_ring() -> None:
    tiny = shapely.box(5, 5, 5.001, 5.001)
    assert outlines([tiny], 0.1, 0, 10).tolist()[:2] == [1, 4]
