"""Maps of a part of a region, with names of places, and series of one place."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from lattice import colours, lattice, run, words
from matplotlib.figure import Figure

from contagion import plots
from contagion.analysis.select import by_strategy
from contagion.errors import InputError

WEST = [code for number, code in enumerate(f"{number:03d}" for number in range(20)) if number % 5 < 3]


@pytest.fixture(scope="module")
def polygons() -> gpd.GeoDataFrame:
    """A lattice of 4 by 5 places of one degree from 100 W and 20 N, three columns in the West and two in the East."""
    return lattice(4, 5)


@pytest.fixture(scope="module")
def dataset(polygons: gpd.GeoDataFrame) -> xr.Dataset:
    return run(polygons, ["baseline", "kingpin", "handover"])


def shown(figure: Figure) -> int:
    """How many places a map has."""
    return len(figure.axes[0].collections[0].get_paths())


def names(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_state_by_its_name_and_places_by_their_codes(dataset, polygons) -> None:
    assert "Lattice, West · " in words(plots.choropleth(dataset, polygons, places="West"))
    figure = plots.choropleth(dataset, polygons, places=["003", "East", "000"])
    assert shown(figure) == 9
    assert "Lattice, 9 of 20 places" in words(figure)
    assert shown(plots.choropleth(dataset, polygons, places="007")) == 1


def test_places_keep_their_colours(dataset, polygons) -> None:
    """Homicide rates have the same classes in any part."""
    whole = plots.choropleth(dataset, polygons.sample(frac=1, random_state=0))
    part = plots.choropleth(dataset, polygons, places="West")
    kept = np.isin(polygons.index, WEST)
    np.testing.assert_array_equal(colours(part), colours(whole)[kept])


def test_every_map_of_places_takes_a_part(dataset, polygons) -> None:
    window = dict(places="East", labels=["003"])
    for figure in (
        plots.panel(dataset, polygons, **window),
        plots.multiples(dataset, polygons, **window),
        plots.difference(dataset, polygons, "homicide_rate", "kingpin", **window),
        plots.difference_panel(dataset, polygons, **window),
        plots.harm(dataset, polygons, "kingpin", **window),
        plots.harm_panel(dataset, polygons, **window),
        plots.effect_and_certainty(dataset, polygons, **window),
    ):
        assert shown(figure) == 8
        assert "Lattice, East" in words(figure)
        assert all([text.get_text() for text in axes.texts] == ["Place 3"] for axes in figure.axes)
    assert "up in 8 of 8 places" in words(plots.difference(dataset, polygons, "homicides", "kingpin", places="East"))


def test_an_extent_is_filled_and_cropped(dataset, polygons) -> None:
    extent = (-98.5, 20.5, -97.5, 22.2)
    figure = plots.choropleth(dataset, polygons, extent=extent)
    touched = polygons.intersects(shapely.box(*extent))
    assert touched.sum() == 6
    assert shown(figure) == 6
    (axes,) = figure.axes
    assert all(collection.get_clip_on() for collection in axes.collections)
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    np.testing.assert_allclose((east - west) / (north - south), np.cos(np.radians(21.3)) / 1.7, rtol=0.02)
    np.testing.assert_allclose(north - south, 1.7 * 111, rtol=0.01)  # km
    both = plots.choropleth(dataset, polygons, extent=extent, places=["019", "006", "001"])
    assert shown(both) == 2
    assert not any(collection.get_clip_on() for collection in plots.choropleth(dataset, polygons).axes[0].collections)


def test_names_do_not_overlap(dataset, polygons) -> None:
    assert len(names(plots.choropleth(dataset, polygons, labels=True))) == 20
    assert names(plots.choropleth(dataset, polygons, labels=["003", "001"])) == ["Place 3", "Place 1"]
    assert names(plots.choropleth(dataset, polygons)) == []
    long = dataset.assign_coords(
        name=("place", np.array([f"A rather long name {code}" for code in polygons.index], object))
    )
    figure = plots.panel(long, polygons, labels=True)
    written = names(figure)
    assert 1 <= len(written) < 20
    assert written == sorted(written, reverse=True)  # most residents first
    for dpi in (40, 300):
        figure.dpi = dpi
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts]
        assert not any(box.count_overlaps(boxes[:number]) for number, box in enumerate(boxes))
    assert not any(text.get_parse_math() for text in figure.axes[0].texts)


def test_names_outside_an_extent_are_left_out(dataset, polygons) -> None:
    figure = plots.choropleth(dataset, polygons, extent=(-98.5, 20.5, -97.9, 22.2), labels=["001", "006"])
    assert set(names(figure)) == {"Place 1", "Place 6"}
    with pytest.raises(InputError, match="unknown label '019'; the nearest is"):
        plots.choropleth(dataset, polygons, extent=(-98.5, 20.5, -97.9, 22.2), labels="019")


def test_any_resolution(dataset, polygons, tmp_path) -> None:
    figure = plots.choropleth(dataset, polygons, places="West", labels=True)
    for dpi in (30, 250):
        figure.savefig(tmp_path / "map.png", dpi=dpi)
        image = plots_size(tmp_path / "map.png")
        np.testing.assert_allclose(image, figure.get_size_inches() * dpi, atol=1)


def plots_size(path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as image:
        return image.size


def test_series_of_a_place(dataset) -> None:
    figure = plots.series(dataset, "homicides", ["kingpin"], place="007")
    stored = dataset.homicides.sel(strategy="kingpin", place="007", statistic="q50") / dataset.weeks * 52.1775
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), stored)
    assert "Homicides: Place 7" in words(figure)
    assert "median and 90 % band of 11 replicates" in words(figure)
    with pytest.raises(InputError, match="unknown place '0007'; the nearest is '007'"):
        plots.series(dataset, "homicides", place="0007")
    with pytest.raises(InputError, match="unknown variable 'homicides_total'; the nearest is 'homicides'"):
        plots.series(dataset, place="007")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (dict(places="Wst"), "unknown place 'Wst'; the nearest is 'West'$"),
        (dict(places=["000", "20"]), "unknown place '20'; the nearest is "),
        (dict(places="Place 1"), r"unknown place 'Place 1'; the nearest is 'Place 1' \(code 001\)"),
        (dict(places=[]), "places: none given"),
        (dict(labels="Place"), "unknown label 'Place'; the nearest is 'Place "),
        (dict(places="East", labels="West"), "unknown label 'West'"),
        (dict(extent=(1, 2, 3)), "must be west, south, east and north in degrees"),
        (dict(extent=(-98, 22, -99, 21)), "must be west, south, east and north in degrees"),
        (dict(extent=(-98, np.nan, -97, 21)), "must be west, south, east and north in degrees"),
        (
            dict(extent=(0, 0, 1, 1)),
            "no place lies there; places lie from -100.0 to -95.0 degrees east and from 20.0 to 24.0",
        ),
        (dict(places="East", extent=(-100, 20, -99.5, 21)), "no place lies there"),
    ],
)
def test_parts_that_there_are_not(dataset, polygons, given, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plots.choropleth(dataset, polygons, **given)


def test_values_are_those_of_the_places(dataset, polygons) -> None:
    """Whatever the order of codes, each place has its own value."""
    part = plots.difference(dataset, polygons, "homicides", "kingpin", places=["012", "001"])
    whole = by_strategy(dataset, "homicides")
    change = (whole.sel(strategy="kingpin") - whole.sel(strategy="baseline")).sel(place=["001", "012"]).values
    darker = colours(part)[:, :3].sum(axis=1)
    assert (darker[0] < darker[1]) == (change[0] > change[1]) or np.isclose(*darker)
