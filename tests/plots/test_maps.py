"""Figures of a small made-up run on a lattice: what they show, say and refuse."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from lattice import colours, lattice, run, words
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from contagion import plots
from contagion.analysis.select import by_strategy
from contagion.errors import InputError
from contagion.plots.color_classes import classes_of
from contagion.plots.panels import project
from contagion.plots.style import broken
from contagion.simulation.labels import SCHEMATIC
from contagion.simulation.schema import PLACE_VARIABLES

STRATEGIES = ["baseline", "kingpin", "handover"]


@pytest.fixture
def polygons() -> gpd.GeoDataFrame:
    return lattice(4, 5)


@pytest.fixture
def dataset(polygons: gpd.GeoDataFrame) -> xr.Dataset:
    return run(polygons, STRATEGIES)


def legend(figure: Figure) -> dict[str, tuple[float, ...]]:
    """The colour of each label of the legend, from high to low."""
    (only,) = figure.legends
    return {
        text.get_text(): patch.get_facecolor() for text, patch in zip(only.get_texts(), only.get_patches(), strict=True)
    }


def extent(artist: Artist) -> np.ndarray:
    """Left, bottom, right and top of an artist; of a label without the line that leads to it."""
    of = Text if isinstance(artist, Text) else type(artist)
    return of.get_window_extent(artist).extents


# What is selected


def test_rate_by_hand(dataset: xr.Dataset) -> None:
    homicides = dataset.homicides.sel(strategy="kingpin", statistic="mean", place="007")
    by_hand = homicides[-12:].sum() / 52 * 52.1775 / dataset.population.sel(place="007") * 1e5
    rate = by_strategy(dataset, "homicide_rate").sel(strategy="kingpin", place="007")
    np.testing.assert_allclose(rate, by_hand)


def test_flows_add_up_and_stocks_do_not(dataset: xr.Dataset) -> None:
    spring = slice("2020-03", "2020-05")
    stored = dataset.sel(statistic="mean", time=spring)
    flow, stock = (by_strategy(dataset, name, time=spring) for name in ("homicides", "trust"))
    np.testing.assert_allclose(flow, stored.homicides.sum("time"))
    np.testing.assert_allclose(stock, stored.trust.mean("time"))
    assert flow.period == "total of Mar 2020 to May 2020"


def test_last_twelve_months_of_weeks_and_of_a_short_run(dataset: xr.Dataset) -> None:
    mondays = pd.date_range("2020-01-06", periods=104, freq="7D")
    weekly = dataset.isel(time=np.arange(104) % 24).assign_coords(time=mondays, weeks=("time", np.ones(104)))
    assert by_strategy(weekly, "homicide_rate").period == "Jan 2021 to Dec 2021"
    assert by_strategy(dataset.isel(time=[0]), "homicide_rate").period == "Jan 2020"


# Maps


def test_a_place_has_the_colour_of_its_class(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    shuffled = polygons.sample(frac=1, random_state=0)
    figure = plots.choropleth(dataset, shuffled, strategy="handover")
    values = by_strategy(dataset, "homicide_rate")
    classes = classes_of(values)
    expected = list(legend(figure).values())[::-1]
    for value, colour in zip(values.sel(strategy="handover").values, colours(figure), strict=True):
        np.testing.assert_allclose(colour, expected[(value >= classes.breaks).sum()])


def test_maps_are_where_the_places_are(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    axes = plots.choropleth(dataset, polygons).axes[0]
    paths = dict(zip(polygons.index, axes.collections[0].get_paths(), strict=True))
    middles = {code: path.get_extents().get_points().mean(0) for code, path in paths.items()}
    assert middles["000"][0] < middles["004"][0]  # west, east
    assert middles["000"][1] < middles["015"][1]  # south, north
    areas = [shapely.Polygon(path.vertices).area for path in paths.values()]
    degree = 6371 * np.pi / 180  # km
    np.testing.assert_allclose(areas[:5], degree**2 * np.cos(np.radians(20.5)), rtol=0.01)


def test_any_variable_of_places_is_mapped_in_its_own_words(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    for name, variable in PLACE_VARIABLES.items():
        stored = dataset.assign({name: dataset.homicides.assign_attrs(variable.attributes)})
        figure = plots.choropleth(stored, polygons, name)
        (only,) = figure.legends
        assert only.get_title().get_text() == ("share" if variable.units == "1" else variable.units)
        assert variable.long_name in words(figure).replace("\n", " ")
        assert ("total of" in words(figure)) == variable.flow


def test_classes_are_shared(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    together = plots.panel(dataset, polygons)
    assert len(together.axes) == 3
    for number, name in enumerate(STRATEGIES):
        alone = plots.choropleth(dataset, polygons, strategy=name)
        assert legend(alone) == legend(together)
        np.testing.assert_array_equal(colours(alone), colours(together, number))


def test_a_map_says_what_it_shows(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    figure = plots.choropleth(dataset, polygons, strategy="kingpin", statistic="q95", time="2020-03")
    for text in ("Homicide rate: kingpin", "Lattice · Mar 2020 · 95 % quantile", SCHEMATIC, "Made up"):
        assert text in words(figure)
    assert figure.legends[0].get_title().get_text() == "per 100,000 residents a year"
    assert SCHEMATIC not in words(plots.choropleth(dataset.assign_attrs(schematic=0), polygons))


def test_difference_says_how_many_places_go_up(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    dataset["homicides"].loc[{"strategy": "kingpin", "place": ["000", "001"]}] = 0
    dataset["homicides"].loc[{"strategy": "kingpin", "place": "002"}] *= np.nan
    figure = plots.difference(dataset, polygons, "homicide_rate", "kingpin")
    assert "Change in homicide rate from baseline: kingpin" in words(figure)
    assert "up in 17 of 19 places, down in 2" in words(figure)
    assert len(plots.difference_panel(dataset, polygons).axes) == 2


def test_no_change_and_all_zero(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    nothing = dataset.assign(homicides=dataset.homicides * 0)
    assert list(legend(plots.choropleth(nothing, polygons, "homicides"))) == ["0"]
    assert list(legend(plots.difference(nothing, polygons, "homicides", "kingpin"))) == ["no change"]


def test_missing_places_are_hatched(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    dataset["homicides"].loc[{"place": "003", "time": "2021-12-01"}] = np.nan
    residents = dataset.population.where(dataset.place != "004", 0)
    figure = plots.choropleth(dataset.assign_coords(population=residents), polygons)
    assert len(figure.axes[0].collections[1].get_paths()) == 2
    assert list(legend(figure))[-1] == "no data"
    unknown = dataset.assign(homicides=dataset.homicides * np.nan)
    assert list(legend(plots.panel(unknown, polygons))) == ["no data"]


@pytest.mark.parametrize("shape", [(1, 1), (12, 2), (2, 12)])
@pytest.mark.parametrize("count", [1, 2, 12])
def test_texts_do_not_overlap(shape: tuple[int, int], count: int) -> None:
    polygons = lattice(*shape)
    tail = "of_a_rather_long_name that goes on and on"
    names = ["baseline", *(f"strategy_{number}_{tail}" for number in range(1, count))]
    long = run(polygons, names, note="What this depends on. " * 20)
    for figure in (
        plots.panel(long, polygons),
        plots.choropleth(long, polygons, strategy=names[-1]),
        plots.series(long),
    ):
        figure.draw_without_rendering()
        texts = [text for text in figure.texts if text.get_text()] + figure.legends
        texts += [text for axes in figure.axes for text in axes.texts]
        boxes = [shapely.box(*extent(text)) for text in texts]
        assert all(figure.bbox.contains(*corner) for box in boxes for corner in box.exterior.coords)
        tree = shapely.STRtree(boxes)
        first, second = tree.query(boxes, predicate="intersects")
        overlaps = shapely.area(shapely.intersection(np.array(boxes)[first], np.array(boxes)[second]))
        assert overlaps[first != second].max(initial=0) == 0


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("-0.15 to +0.15", ["-0.15", "to", "+0.15"]),
        ("surge+truce", ["surge+", "truce"]),
        ("in 100 %", ["in", "100 %"]),
        ("a_hot_spot", ["a_hot_", "spot"]),
    ],
)
def test_text_breaks_where_words_meet(text: str, lines: list[str]) -> None:
    assert broken(text, size=8, width=0.5).split("\n") == lines


def test_names_are_plain_text(polygons: gpd.GeoDataFrame) -> None:
    name = r"costs $\frac{1}{2}$ $x_2"
    dollars = run(polygons, ["baseline", name], source="$\\undefined$ & co", note="$")
    for figure in (plots.panel(dollars, polygons), plots.series(dollars)):
        figure.draw_without_rendering()
        texts = figure.texts + [text for axes in figure.axes for text in axes.texts]
        assert not any(text.get_parse_math() for text in texts)


# Series


def test_months_of_four_and_five_weeks_make_no_saw_tooth(dataset: xr.Dataset) -> None:
    (axes,) = plots.series(dataset).axes
    yearly = dataset.homicides_total.sel(strategy="baseline").median("replicate") / dataset.weeks * 52.1775
    np.testing.assert_allclose(axes.lines[0].get_ydata(), yearly)
    assert np.ptp(axes.lines[0].get_ydata()) < 1e-9


def test_series_says_what_it_shows(dataset: xr.Dataset) -> None:
    figure = plots.series(dataset, strategies=["kingpin", "baseline"])
    assert "homicides per year · median and 90 % band of 11 replicates" in words(figure)
    assert [label.get_text() for label in figure.axes[0].texts] == ["kingpin", "baseline"]
    assert figure.axes[0].get_ylim()[0] == 0


def test_series_of_one_period_of_zeros(dataset: xr.Dataset) -> None:
    plots.series(dataset.isel(time=[0]) * 0).draw_without_rendering()


# Errors


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"variable": "homicide_rates"}, "unknown variable 'homicide_rates'; the nearest is 'homicide_rate'"),
        ({"variable": "homicides_total"}, "unknown variable 'homicides_total'; the nearest is 'homicides'"),
        ({"strategy": "king"}, "unknown strategy 'king'; the nearest is 'kingpin'"),
        ({"statistic": "men"}, "unknown statistic 'men'; the nearest is 'mean'"),
        ({"time": "2023"}, "unknown time '2023'; the periods start from 2020-01-01 to 2021-12-01"),
        ({"time": "soon"}, "unknown time 'soon'; the periods start from 2020-01-01 to 2021-12-01"),
    ],
)
def test_unknown_choices(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, given: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plots.choropleth(dataset, polygons, **given)


def test_unknown_choices_of_differences_and_series(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    with pytest.raises(InputError, match="unknown baseline 'base'; the nearest is 'baseline'"):
        plots.difference(dataset, polygons, "trust", "kingpin", baseline="base")
    with pytest.raises(InputError, match="unknown variable 'homicides'; the nearest is 'homicides_total'"):
        plots.series(dataset, "homicides")
    with pytest.raises(InputError, match="no strategy to compare with 'baseline'"):
        plots.difference_panel(dataset.sel(strategy=["baseline"]), polygons)


def test_polygons_that_do_not_match(dataset: xr.Dataset, polygons: gpd.GeoDataFrame) -> None:
    with pytest.raises(InputError, match="2 places have no polygon: 000, 001"):
        plots.choropleth(dataset, polygons[2:])
    with pytest.raises(InputError, match=r"7 polygons have no place in the dataset: 000, 001, 002, 003, 004, \.\.\."):
        plots.choropleth(dataset.isel(place=slice(7, None)), polygons)
    with pytest.raises(InputError, match="1 codes have several polygons: 019"):
        plots.choropleth(dataset, pd.concat([polygons, polygons[-1:]]))


# Files


def test_draw(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr("contagion.plots.maps.project", lambda *given, make=project: calls.append(1) or make(*given))
    dataset["strategy"] = ["baseline", "hot spots/a", "hot spots:a"]
    paths = plots.draw(dataset, polygons, tmp_path / "new" / "folder")
    assert len(calls) == 1
    assert [path.name for path in paths] == [
        "homicides_total.png",
        "homicide_rate_panel.png",
        "homicide_rate_by_year.png",
        "homicide_rate_differences.png",
        "probability_of_harm.png",
        "effect_and_certainty.png",
        "homicide_rate_00_baseline.png",
        "homicide_rate_01_hot_spots_a.png",
        "homicide_rate_02_hot_spots_a.png",
    ]
    assert sorted(paths[0].parent.iterdir()) == sorted(paths)
    for path in paths:
        with Image.open(path) as image:
            assert image.width >= 650


def test_draw_overwrites_nothing(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path) -> None:
    there = tmp_path / "homicide_rate_00_baseline.png"
    there.write_text("precious")
    with pytest.raises(InputError, match=there.name):
        plots.draw(dataset, polygons, tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["precious"]


def test_draw_a_run_of_one_strategy(polygons: gpd.GeoDataFrame, tmp_path: Path) -> None:
    assert len(plots.draw(run(polygons, ["baseline"]), polygons, tmp_path)) == 4


def test_draw_a_region_of_one_place(tmp_path: Path) -> None:
    """Series instead of maps, and in words that fit a single replicate."""
    polygons = lattice(1, 1)
    dataset = run(polygons, STRATEGIES).isel(replicate=[0])
    dataset = dataset.assign({f"{name}_total": dataset.homicides_total for name in ("conflict_homicides", "members")})
    paths = plots.draw(dataset, polygons, tmp_path)
    assert [path.stem for path in paths] == ["homicides_total", "conflict_homicides_total", "members_total"]
    assert words(plots.series(dataset)).count("one replicate") == 1


def test_figures_for_print(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Places are pixels, of which any number weighs the same; words and borders stay words and lines."""
    paths = plots.draw(dataset, polygons, tmp_path, ["svg", "pdf", "svg"])
    assert {path.suffix for path in paths} == {".svg", ".pdf"}
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert len({path.stem for path in paths}) == len(paths) / 2
    page = (tmp_path / "probability_of_harm.svg").read_text(encoding="utf-8")
    assert page.count("<image") == 2
    assert len(re.findall(r"<path[^>]*style=\"fill: none; stroke: #222222", page)) >= 4  # two states on two maps
    printed = (tmp_path / "homicide_rate_panel.pdf").read_bytes()
    assert b"/FontFile2" in printed
    assert b"/Type3" not in printed
    assert len(printed) < 200_000
    with pytest.raises(InputError, match="unknown format 'jpg'; the nearest is 'png'"):
        plots.draw(dataset, polygons, tmp_path / "more", ["jpg"])
    assert not (tmp_path / "more").exists()
