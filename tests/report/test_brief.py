"""The brief of a run: what stands on its one page, that all of it fits, and that the file can be printed anywhere."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from lattice import words
from matplotlib.figure import Figure

import contagion
from contagion import report
from contagion.analysis import uncertainty_table
from contagion.analysis.comparison import ceiling_sentence
from contagion.errors import InputError
from contagion.report.brief import EDGE, PAGE
from contagion.report.summary_table import HOMICIDES
from contagion.simulation.labels import ASSUMED, SCHEMATIC

LONG = "a strategy of $many words, <b>that</b> is rather longer than what anybody would call one_and_has_joints"


@pytest.fixture(scope="module")
def run() -> tuple[xr.Dataset, gpd.GeoDataFrame]:
    """Half a year on a violent lattice, where removing leaders changes something."""
    atlas = contagion.load_region("lattice", rows=4, columns=5, homicide_rate=60.0)
    strategies = {"baseline": (), "kingpin": (contagion.load_intervention("kingpin", start=2),)}
    return contagion.simulate(atlas, strategies, weeks=26, replicates=8), atlas.polygons


def many(dataset: xr.Dataset, names: list[str]) -> xr.Dataset:
    """The same run with more strategies, each with a few more homicides than the one before."""
    more = [
        dataset.isel(strategy=[int(number > 0)]).assign_coords(strategy=[name]) for number, name in enumerate(names)
    ]
    grown = [each.assign({key: each[key] * (1 + 0.01 * number) for key in COUNTED}) for number, each in enumerate(more)]
    return xr.concat(grown, "strategy").assign_attrs(dataset.attrs)


COUNTED = ("homicides_total", "homicides_run_total", "homicides")


def said(figure: Figure) -> str:
    return " ".join(words(figure).split())


def check_fits(figure: Figure) -> None:
    """Everything written lies on the page within its margins, and no two texts overlap."""
    figure.draw_without_rendering()
    edge = 0.9 * EDGE * figure.dpi
    written = [text for text in figure.texts if text.get_text()] + figure.legends
    boxes = [shapely.box(*text.get_window_extent().extents) for text in written]
    inner = shapely.box(edge, edge, figure.bbox.width - edge, figure.bbox.height - edge)
    assert [box for box in boxes if not inner.contains(box)] == []
    first, second = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    common = shapely.area(shapely.intersection(np.array(boxes)[first], np.array(boxes)[second]))
    assert common[first != second].max(initial=0) == 0
    drawn = [shapely.box(*axes.get_window_extent().extents) for axes in figure.axes]
    assert not [box for box in boxes for map_ in drawn if box.intersection(map_).area]


def test_the_page_says_what_was_found(run) -> None:
    dataset, polygons = run
    table = contagion.compare(dataset)
    figure = report.brief(dataset, polygons, table, hangs_on=["It hangs on a thread."])
    check_fits(figure)
    text = said(figure)
    assert "Strategies against violence: Lattice" in text
    assert "26 weeks from 1 January 2020 to 30 June 2020; 8 replicates" in text
    rows = table[table["outcome"] == "homicides"].set_index("strategy")
    change, verdict = HOMICIDES[2].cell(rows.loc["kingpin"]), rows.loc["kingpin", "verdict"]
    cells = [each.get_text() for each in figure.texts]
    assert change in cells
    assert verdict in cells
    assert cells.count(f"{rows.loc['baseline', 'mean']:,.0f}") == 1
    fewer = contagion.compare(dataset).set_index(["outcome", "strategy"]).loc[("homicides", "kingpin")]
    assert f"fewer homicides than baseline in {100 * fewer['probability_better']:.0f} % of replicates" in text
    assert "Kingpin " in text[text.index("When it shows") :]
    assert f"It hangs on a thread. {ceiling_sentence(dataset)}" in text
    assert "Change in the homicide rate over the run from baseline: kingpin" in text
    assert text.endswith(f"{ASSUMED} {dataset.source}") or ASSUMED in text
    assert len(figure.axes) == 1


def test_with_unknown_numbers_drawn(run) -> None:
    dataset, polygons = run
    uncertainty = uncertainty_table(dataset, dataset.isel(replicate=slice(4)))
    text = said(report.brief(dataset, polygons, contagion.compare(dataset), uncertainty))
    assert "with unknown numbers drawn, by" in text
    assert "unknown numbers are not drawn" not in text


def test_a_schematic_region_is_called_so(run) -> None:
    dataset, polygons = run
    table = contagion.compare(dataset)
    for schematic in (0, 1):
        text = said(report.brief(dataset.assign_attrs(schematic=schematic), polygons, table))
        assert (SCHEMATIC in text) == bool(schematic)


def test_many_strategies_with_long_names_fit(run) -> None:
    dataset, polygons = run
    names = ["baseline", *(f"{LONG} {number}" for number in range(11))]
    several = many(dataset, names).assign_attrs(region="A region " * 30, source="Source. " * 200, schematic=1)
    several.attrs["parameters"] = "Parameters. " * 200
    figure = report.brief(several, polygons, contagion.compare(several), hangs_on=["It hangs on. " * 100])
    check_fits(figure)
    text = said(figure)
    (more,) = re.findall(r"and (\d+) more, in report.html", text)
    shown = len([each for each in figure.texts if each.get_text() in ("worse", "better", "undecided")])
    assert 3 <= shown + 1 == len(names) - int(more) <= 8
    assert "\N{HORIZONTAL ELLIPSIS}" in text
    assert not any(each.get_parse_math() for each in figure.texts)


def test_the_table_has_the_first_and_the_best(run) -> None:
    dataset, polygons = run
    names = ["baseline", *(f"s{number}" for number in range(11))]
    several = many(dataset, names)
    figure = report.brief(several, polygons, contagion.compare(several))
    check_fits(figure)
    written = [each.get_text() for each in figure.texts]
    assert [name for name in written if name in names] == ["baseline", *(f"s{number}" for number in range(7))]
    assert "and 4 more, in report.html" in written


def test_one_strategy_and_one_place(run) -> None:
    dataset, polygons = run
    alone = dataset.isel(strategy=[0])
    figure = report.brief(alone, polygons, contagion.compare(alone))
    check_fits(figure)
    assert "Homicide rate over the run: baseline" in said(figure)
    assert "How sure" not in said(figure)
    spot = dataset.isel(place=[3])
    assert report.brief(spot, polygons.iloc[[3]], contagion.compare(spot)).axes == []


def test_the_file_is_one_page_in_a4_with_its_fonts(run, tmp_path: Path) -> None:
    dataset, polygons = run
    target = tmp_path / "brief.pdf"
    report.write_brief(dataset, polygons, contagion.compare(dataset), target)
    printed = target.read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", printed)) == 1
    (box,) = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", printed)
    np.testing.assert_allclose([float(side) / 72 for side in box], PAGE, atol=0.01)
    assert b"/FontFile2" in printed
    assert b"/Type3" not in printed
    assert len(printed) < 1_000_000
    with pytest.raises(InputError, match="never overwritten"):
        report.write_brief(dataset, polygons, contagion.compare(dataset), target)
    with pytest.raises(InputError, match="places have no polygon"):
        report.brief(dataset, polygons[1:], contagion.compare(dataset))
