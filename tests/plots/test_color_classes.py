"""Classes of maps: none empty, round breaks, changes symmetrical about zero."""

import numpy as np
import pytest
from xarray import DataArray

from contagion.plots.color_classes import (
    change_classes,
    classes_of,
    level_classes,
    probability_classes,
    rate_classes,
)


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


def test_homicide_rates_have_known_thresholds() -> None:
    """A place is violent above 26; whatever the rates of a run are, a colour is the same rate."""
    classes = rate_classes()
    assert classes.labels == ["less than 5", "5 to 10", "10 to 26", "26 to 50", "50 to 100", "100 or more"]
    assert classes.assign(np.array([0, 4.9, 5, 25.9, 26, 99, 100, np.nan])).tolist() == [0, 0, 1, 2, 3, 4, 5, -1]
    rates = DataArray([1.0, 2.0], attrs=dict(units="per 100,000 residents a year"))
    assert classes_of(rates).labels == classes.labels
    assert classes_of(rates.assign_attrs(units="members")).labels == level_classes(rates.values).labels


def test_levels_go_from_pale_to_dark() -> None:
    """Each class is clearly darker than the one below, also to the colour-blind, and the palest is no paper."""
    light = rate_classes().colours[:, :3] @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(light) < -0.08).all()
    assert light[0] > 0.9
    assert light[-1] < 0.2
    assert (rate_classes().colours[0, :3].min()) < 0.9
