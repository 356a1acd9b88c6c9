"""Maps of the probability of harm, and of effect and certainty: what they show, say and refuse."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from lattice import colours, lattice, run, words
from matplotlib.text import Text

from contagion import plots
from contagion.errors import InputError
from contagion.plots.color_classes import certainty_classes, probability_classes

STRATEGIES = ["usual", "worse", "mixed"]

# Machado, Oliveira and Fernandes (2009): what is seen without one kind of cones, in linear red, green and blue.
SIGHT = {
    "full": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "tritanopia": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


@pytest.fixture
def polygons() -> gpd.GeoDataFrame:
    return lattice(4, 5)


@pytest.fixture
def dataset(polygons: gpd.GeoDataFrame) -> xr.Dataset:
    """One strategy raises homicides in every replicate; under the other they rise in place n in n of 11 replicates."""
    dataset = run(polygons, STRATEGIES)
    usual = dataset.homicides_run_total.isel(strategy=0, drop=True)
    rises = np.arange(11)[:, None] < np.arange(20).clip(max=11)
    mixed = usual * (1 + np.where(rises, 0.1, -0.1))
    of_run = np.stack([usual, usual * 2, mixed])
    return dataset.assign(homicides_run_total=(("strategy", "replicate", "place"), of_run))


def seen(colours: np.ndarray, sight: str) -> np.ndarray:
    """CIELAB of colours as they are seen."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.transpose(SIGHT[sight]), 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = linear @ np.transpose(to_xyz) / (0.9505, 1, 1.089)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


# Classes


def test_pairs_of_classes() -> None:
    pairs = certainty_classes(np.array([-4.0, -3, -2, 0, 2, 3, 4]))
    effects, certainties = np.meshgrid([-3, 0, 3], [0.5, 0.75, 0.95])
    np.testing.assert_array_equal(pairs.assign(effects, certainties), np.arange(9).reshape(3, 3))
    assert pairs.assign(np.array([np.nan, 1]), np.array([1, np.nan])).tolist() == [-1, -1]
    assert len(certainty_classes(np.zeros(3)).colours) == 3  # nothing changes: one class of effect


@pytest.mark.parametrize("sight", SIGHT)
def test_the_colour_blind_tell_classes_apart(sight: str) -> None:
    """By 10 of CIELAB at least, where 2 is just seen."""
    for palette in (probability_classes().colours, certainty_classes(np.array([-1.0, 0, 1])).colours):
        several = seen(palette[:, :3], sight)
        assert min(np.linalg.norm(first - second) for first, second in combinations(several, 2)) > 10


# Maps


def test_a_place_has_the_colour_of_its_probability(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    figure = plots.harm_panel(dataset, polygons)
    assert len(figure.axes) == 2
    classes = probability_classes()
    np.testing.assert_allclose(colours(figure), np.tile(classes.colours[-1], (20, 1)))
    expected = classes.colours[classes.assign(np.arange(20).clip(max=11) / 11)]
    np.testing.assert_allclose(colours(figure, 1), expected)


def test_harm_says_where_and_for_whom(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    """Places 6 to 19 of 20 have more homicides in at least 6 of 11 replicates."""
    share = 100 * polygons.population.iloc[6:].sum() / polygons.population.sum()
    alone = words(plots.harm(dataset, polygons, "mixed")).replace("\n", " ")
    assert "Probability of more homicides over the run than under usual: mixed" in alone
    assert "Jan 2020 to Dec 2021 · 11 replicates" in alone
    assert f"more often than not in 14 of 20 places, home to {share:.0f} % of residents" in alone
    together = words(plots.harm_panel(dataset, polygons)).replace("\n", " ")
    assert "more often than not in 20 of 20 places, home to 100 % of residents" in together


def test_effect_and_certainty_of_a_place(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    figure = plots.effect_and_certainty(dataset, polygons)
    assert len(figure.axes) == 2
    orange_and_sure = certainty_classes(np.array([-1.0, 0, 1])).colours[-1]
    np.testing.assert_allclose(colours(figure)[10], orange_and_sure)
    text = words(figure).replace("\n", " ")
    assert "in 95 % of replicates or more: up in 20 of 20 places, down in 0" in text
    assert "in 95 % of replicates or more: up in 9 of 20 places, down in 1" in text
    assert "Change in homicide rate over the run from usual, and in how many replicates" in text
    assert "change, per 100,000 residents a year" in text
    for label in ("0.95 or more", "0.75 to 0.95", "less than 0.75"):
        assert label in text


def test_places_without_residents_have_no_rate(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    empty = dataset.assign_coords(population=dataset.population.where(dataset.place != "004", 0))
    figure = plots.effect_and_certainty(empty, polygons)
    assert len(figure.axes[0].collections[1].get_paths()) == 1
    assert "no data" in words(figure)
    assert "of 19 places" in words(figure)


def test_nothing_changes(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    same = dataset.assign(homicides_run_total=dataset.homicides_run_total * 0 + 1)
    assert "in 0 of 20 places, home to 0 % of residents" in words(plots.harm_panel(same, polygons)).replace("\n", " ")
    assert "no change" in words(plots.effect_and_certainty(same, polygons)).replace("\n", " ")


@pytest.mark.parametrize("shape", [(1, 1), (12, 2), (2, 12)])
@pytest.mark.parametrize("count", [2, 9])
def test_texts_do_not_overlap(shape: tuple[int, int], count: int) -> None:
    polygons = lattice(*shape)
    names = ["baseline", *(f"strategy_{number}_of_a_rather_long_name that goes on" for number in range(1, count))]
    dataset = run(polygons, names)
    dataset = dataset.assign_coords(population=dataset.population.where(dataset.place != "001", 0))
    for figure in (
        plots.harm_panel(dataset, polygons),
        plots.effect_and_certainty(dataset, polygons),
        plots.multiples(dataset, polygons),
    ):
        figure.draw_without_rendering()
        written = [text for text in figure.texts if text.get_text()] + figure.legends
        extents = [(Text if isinstance(text, Text) else type(text)).get_window_extent(text) for text in written]
        boxes = [shapely.box(*extent.extents) for extent in extents]
        assert all(figure.bbox.contains(*corner) for box in boxes for corner in box.exterior.coords)
        first, second = shapely.STRtree(boxes).query(boxes, predicate="intersects")
        overlaps = shapely.area(shapely.intersection(np.array(boxes)[first], np.array(boxes)[second]))
        assert overlaps[first != second].max(initial=0) == 0


@pytest.mark.parametrize("draw", [plots.harm_panel, plots.effect_and_certainty])
def test_mistakes(draw, dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    with pytest.raises(InputError, match="unknown strategy 'mixd'; the nearest is 'mixed'"):
        draw(dataset, polygons, ["mixd"])
    with pytest.raises(InputError, match="unknown strategy 'usual'"):  # with which the others are compared
        draw(dataset, polygons, ["usual"])
    with pytest.raises(InputError, match="the run has no strategy to compare with 'usual'"):
        draw(dataset.isel(strategy=[0]), polygons)
    with pytest.raises(InputError, match="the run has no homicides_run_total"):
        draw(dataset.drop_vars("homicides_run_total"), polygons)
    with pytest.raises(InputError, match="2 places have no polygon: 000, 001"):
        draw(dataset, polygons[2:])
