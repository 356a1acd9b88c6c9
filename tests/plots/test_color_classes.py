"""Classes of maps: none empty, round breaks, changes symmetrical about zero."""

import numpy as np
import pytest

from contagion.plots.color_classes import change_classes, level_classes, probability_classes


@pytest.mark.parametrize("values", [[0, 1, 2], [12.3, 12.9], [0.1, 0.2, 0.3], [0.912, 0.914, 0.917], [0] * 99 + [5]])
def test_no_class_is_empty(values: list[float]) -> None:
    classes = level_classes(np.array(values, float))
    assert set(classes.assign(np.array(values, float))) == set(range(len(classes.labels)))


def test_breaks_are_round() -> None:
    skewed = np.random.default_rng(0).lognormal(3, 1, 5000)
    assert all(value == float(f"{value:.2g}") for value in level_classes(skewed).breaks)


def test_changes_are_symmetrical_about_zero() -> None:
    changes = np.array([-9.0, -3.0, -1.0, 0.0, 1.0, 3.0, 9.0, np.nan])
    classes = change_classes(changes)
    np.testing.assert_array_equal(classes.breaks, -classes.breaks[::-1])
    found = classes.assign(changes)
    middle = len(classes.labels) // 2
    np.testing.assert_array_equal(found[:7] - middle, middle - found[6::-1])
    assert (found[3], found[7]) == (middle, -1)
    red, _, blue, _ = classes.colours.T
    assert (red[middle + 1 :] > blue[middle + 1 :]).all()
    assert (red[:middle] < blue[:middle]).all()


def test_probabilities_have_classes_of_their_own() -> None:
    """One half is neither up nor down; certainty either way is darkest."""
    classes = probability_classes()
    found = classes.assign(np.array([0, 0.049, 0.05, 0.5, 0.94, 0.95, 1]))
    assert found.tolist() == [0, 0, 1, 3, 5, 6, 6]
    assert classes.labels[0] == "less than 0.05"
    assert classes.labels[-1] == "0.95 or more"
    assert (classes.colours[3, :3] > 0.95).all()
    np.testing.assert_array_equal(classes.colours, change_classes(np.linspace(-1, 1, 99)).colours)
