"""The report of a small run: what it holds and escapes, that it reaches for nothing, how it behaves in a browser."""

import base64
import json
import re
import zlib
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

import contagion
from contagion import report
from contagion._util.text import percent, sentence
from contagion.analysis.by_place import probability_of_harm, residents_harmed
from contagion.analysis.by_state import best_by_province
from contagion.plots import maps
from contagion.regions.polygons import in_kilometres
from contagion.report.encoding import MISSING, grid, worth
from contagion.report.explorer import HARM, SCALES, VARIABLES, Explorer, explore, per_resident, per_year
from contagion.report.html import PNG
from contagion.report.summary_table import headline

HOSTILE = "<script>alert(1)</script>"
STRATEGIES = ["baseline", "kingpin & </script> \"or\" 'so'"]


@pytest.fixture(scope="module")
def run() -> tuple[xr.Dataset, gpd.GeoDataFrame]:
    """Half a year on a violent lattice; one place has a hostile name, and lies in the state that all are in."""
    atlas = contagion.load_region("lattice", rows=4, columns=5, homicide_rate=60.0)
    strategies = dict(zip(STRATEGIES, ((), (contagion.load_intervention("kingpin", start=2),)), strict=True))
    dataset = contagion.simulate(atlas, strategies, weeks=26, replicates=8)
    names = np.array([HOSTILE, *atlas.polygons["name"][1:]], dtype=object)
    state = np.array(["Guerrero"] * 8 + ["Jalisco"] * 12, dtype=object)
    return dataset.assign_coords(name=("place", names), state=("place", state)), atlas.polygons.assign(state=state)


def build(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, folder: Path) -> Path:
    """The page of a run, as the command writes it, with what a study found."""
    figures = maps.draw(dataset, polygons, folder / "maps")
    ranks = pd.DataFrame(dict(strategy=dataset.strategy.values, rank=range(1, dataset.strategy.size + 1)))
    found = report.Section(
        "Ranking", ["$data is not ours & undecided."], ranks, "Ranks", {figures[0]: "What was found"}
    )
    table = contagion.compare(dataset)
    report.write(dataset, polygons, table, figures, folder / "report.html", [found, report.Section("Limits")])
    return folder / "report.html"


@pytest.fixture(scope="module")
def file(run, tmp_path_factory) -> Path:
    return build(*run, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def page(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def inflated(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def script(page: str, name: str) -> str:
    """The content of a script of the page."""
    (found,) = re.findall(rf'<script type="[\w/]+" id="{name}">(.*?)</script>', page, re.S)
    return found


def decoded(dataset: xr.Dataset, block: str, periods: int = 0) -> np.ndarray:
    """Levels [row, place, period]."""
    low, high = np.frombuffer(inflated(block), np.uint8).reshape(2, -1).astype(np.int32)
    folded = low + 256 * high
    steps = ((folded >> 1) ^ -(folded & 1)).reshape(-1, dataset.place.size, periods or dataset.time.size)
    return np.cumsum(steps, axis=-1).astype(np.int16)


def stored(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """A variable as the explorer shows it [strategy, statistic, place, time]."""
    values = dataset["homicides" if name == "homicide_rate" else name].sel(statistic=["mean", "q05", "q50", "q95"])
    return per_resident(per_year(values), name, dataset.population).transpose("strategy", "statistic", "place", "time")


# Without a browser


def test_names_are_escaped_and_kept(page: str, run) -> None:
    assert HOSTILE not in page
    assert "kingpin & <" not in page
    assert '<th scope="row">kingpin &amp; &lt;/script&gt; &quot;or&quot; &#x27;so&#x27;</th>' in page
    data = json.loads(script(page, "data"))
    assert data["names"][0] == HOSTILE
    assert data["strategies"] == STRATEGIES


def test_nothing_is_fetched(page: str) -> None:
    own = page.replace("http://www.w3.org/2000/svg", "")  # a name, not an address
    assert not re.search(r"https?:|@import|\burl\(|\bfetch\(|XMLHttpRequest", own)
    assert set(re.findall(r'(?:src|href)="([^"]{5})', page)) == {"data:"}
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert policy[1].startswith("default-src &#x27;none&#x27;; img-src data:; ")


def cells(page: str, caption: str) -> list[list[str]]:
    """The cells of the table of that caption, without those that name its rows."""
    (body,) = re.findall(rf"<caption>{caption}</caption>.*?<tbody>(.*?)</tbody>", page, re.S)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in body.splitlines() if row]


def test_headline_holds_the_comparison(page: str, run) -> None:
    found = contagion.compare(run[0]).set_index(["outcome", "strategy"])
    homicides, beside = cells(page, "Homicides over the run"), cells(page, "What else changes, and what it takes")
    for strategy, shown, other in zip(STRATEGIES, homicides, beside, strict=True):
        assert len(shown) == 7
        assert shown[0] == f"{found.loc[('homicides', strategy), 'mean']:,.0f}"
        assert shown[3] == (found.loc[("homicides", strategy), "verdict"] or "\N{EN DASH}")
        assert f"{shown[5]} %" == percent(found.loc[("homicides", strategy), "probability_best"])
        assert shown[6] == f"{found.loc[('regret', strategy), 'mean']:,.0f}"
        result = found.loc[("time_to_visible_result", strategy)]
        if strategy == STRATEGIES[0]:
            assert other[6] == "\N{EN DASH}"
        else:
            assert ("none within 26 weeks" in other[6]) == (result["seen"] < 0.5)
            assert result["seen"] == 0 or percent(result["seen"]).removesuffix(" %") in other[6]
        assert other[0] == f"{found.loc[('cost', strategy), 'mean']:,.0f}"
        assert other[5] == f"{found.loc[('trust_at_end', strategy), 'mean']:.3f}"
    change = found.loc[("homicides", STRATEGIES[1]), "difference_percent"]
    assert homicides[1][2].startswith(f"{change:+.1f}".replace("-", "\N{MINUS SIGN}"))
    assert (
        homicides[0][2] == beside[0][2] == beside[0][3] == "\N{EN DASH}"
    )  # the first is what others are compared with


def test_comparison_with_another_strategy_is_refused(run) -> None:
    dataset, polygons = run
    with pytest.raises(contagion.InputError, match=r"the comparison is with .*, but the first strategy .* 'baseline'"):
        report.render(dataset, polygons, contagion.compare(dataset, STRATEGIES[1]), [])


def test_headline_takes_what_the_comparison_has() -> None:
    """Outcomes that a run lacks have no column, those that it has more of do."""
    names = ["homicides", "homicide_rate", "averted_per_million_dollars", "residents_made_worse"]
    row = dict(strategy="truce", mean=0.25, q05=-1.0, q95=2.0, difference=0, expected_low=0, expected_high=0)
    row |= dict(probability_better=np.nan, probability_best=1.0, verdict="")
    shown = headline(pd.DataFrame([row | dict(outcome=name) for name in names]), 26)
    assert cells(shown, "What else changes, and what it takes") == [["0.25 (\N{MINUS SIGN}1.00 to 2.00)", "0.25"]]
    worse = pd.DataFrame([row | dict(outcome=name, mean=-0.25) for name in names])
    assert cells(headline(worse, 26), "What else changes, and what it takes") == [["dominated", "\N{MINUS SIGN}0.25"]]
    assert "Share of residents made worse" in shown
    assert "Regret" not in shown
    assert "Made worse: in places with more homicides than under truce." in shown


def test_headline_sets_chance_beside_unknown_numbers(run) -> None:
    """Where the comparison has a second ensemble; without, there is no column of it."""
    table = contagion.compare(run[0])
    assert "unknown numbers" not in headline(table, 26)
    of_both = {f"{ensemble}_percent{end}": 1.0 for ensemble in ("chance", "drawn") for end in ("", "_q05", "_q95")}
    shown = cells(headline(table.assign(**of_both | dict(drawn_percent=-2.0)), 26), "Homicides over the run")
    assert shown[1][4:6] == ["+1.0 (+1.0 to +1.0)", "\N{MINUS SIGN}2.0 (+1.0 to +1.0)"]


def test_page_says_what_is_assumed(page: str, run) -> None:
    dataset, _ = run
    assert "26 weeks from 1 January 2020 to 30 June 2020; 8 replicates of each strategy, under" in page
    assert dataset.attrs["note"].split(".")[0] in page
    assert page.count("<img ") == 4
    assert page.count("<caption") == 3 + page.count("<caption id=") == 6
    assert page.count('scope="col"') == 8 + 9 + 2 + 8 + 4 + 4


def test_sections_follow_the_headline(page: str) -> None:
    """And what they say is text, not a place to be filled."""
    order = ["Strategies side by side", '<h2 id="section-1">Ranking', '<h2 id="section-2">Limits', ">Explorer</h2>"]
    places = [page.index(part) for part in order]
    assert places == sorted(places)
    assert "<p>$data is not ours &amp; undecided.</p>" in page
    assert cells(page, "Ranks") == [["1"], ["2"]]


@pytest.mark.parametrize("number", [number for number, name in enumerate(VARIABLES) if name != HARM])
def test_blocks_hold_the_dataset(number: int, page: str, run) -> None:
    """Numbers are within a quarter per cent, or a four-hundredth of the knee of its scale."""
    dataset, _ = run
    name = VARIABLES[number]
    described = json.loads(script(page, "data"))["variables"][number]
    values = stored(dataset, name).values
    blocks = [decoded(dataset, script(page, f"block-{number}-{strategy}")) for strategy in range(2)]
    assert [len(levels) for levels in blocks] == [4, 5]
    floor = SCALES[name].knee / 400
    for levels, expected in (
        (blocks[0], values[0]),
        (blocks[0] + blocks[1][:4], values[1]),
        (blocks[1][4], values[1, 0] - values[0, 0]),
    ):
        apart = np.abs(worth(levels, described["knee"]) - expected)
        np.testing.assert_array_less(apart, np.maximum(1.01 * floor, 0.0026 * np.abs(expected)))
    assert described["periods"] == dataset.time.size
    assert described["statistics"] == ["Mean", "5 % quantile", "Median", "95 % quantile"]


def test_harm_is_of_the_whole_run(page: str, run) -> None:
    dataset, _ = run
    number = VARIABLES.index(HARM)
    described = json.loads(script(page, "data"))["variables"][number]
    first, second = (decoded(dataset, script(page, f"block-{number}-{strategy}"), 1) for strategy in range(2))
    np.testing.assert_allclose(
        worth((first + second)[0, :, 0], described["knee"]), probability_of_harm(dataset).values[1], atol=0.0026
    )
    assert described["label"] == "Probability of more homicides than under baseline"
    np.testing.assert_allclose(described["residents"]["sure"], residents_harmed(dataset)["sure"], rtol=1e-4)
    assert len(described["classes"]["labels"]) == len(described["classes"]["breaks"]) + 1 == 7


def test_unknown_values_are_no_level(run) -> None:
    dataset, polygons = run
    empty = dataset.assign_coords(population=dataset.population.where(dataset.place != dataset.place[3], 0))
    blocks = explore(empty, polygons, 10**9).blocks
    first, second = (decoded(dataset, blocks[0, strategy]) for strategy in range(2))
    for levels in (first, first + second[:4]):
        assert (levels[:, 3] == MISSING).all()
        assert (levels[:, 4] != MISSING).all()


def shapes(numbers: np.ndarray) -> list[shapely.Geometry]:
    """Polygons from the outlines of a page; every ring of a lattice is an exterior."""
    found, at, point = [], 0, np.zeros(2, int)
    while at < len(numbers):
        rings, count = [], numbers[at]
        at += 1
        for _ in range(count):
            end = at + 1 + 2 * numbers[at]
            points = point + np.cumsum(numbers[at + 1 : end].reshape(-1, 2), axis=0)
            rings.append(shapely.Polygon(points))
            at, point = end, points[-1]
        found.append(shapely.MultiPolygon(rings))
    return found


def test_outlines_come_back(page: str, run) -> None:
    _, polygons = run
    exact = in_kilometres(polygons).to_numpy()
    step, west, north, _ = grid(exact)
    drawn = shapes(np.frombuffer(inflated(script(page, "outlines")), "<i4"))
    assert len(drawn) == len(polygons) + 2  # and two states
    places = shapely.transform(drawn[: len(polygons)], lambda points: points * (step, -step) + (west, north))
    assert shapely.hausdorff_distance(places, exact).max() < 11 * step
    assert shapely.union_all(places).area == pytest.approx(shapely.area(places).sum())  # borders are still shared
    assert shapely.union_all(drawn[-2:]).area == pytest.approx(shapely.union_all(drawn[:-2]).area)


def test_borders_that_overlap_still_make_states(run) -> None:
    dataset, polygons = run
    shifted = polygons.geometry.copy()
    shifted.iloc[::3] = shifted.iloc[::3].translate(0.002, 0.001)
    explored = explore(dataset, polygons.set_geometry(shifted), 10**9)
    drawn = shapes(np.frombuffer(inflated(explored.outlines), "<i4"))
    assert shapely.area(drawn[-2:]).sum() == pytest.approx(shapely.area(drawn[:-2]).sum(), rel=0.02)


def test_best_strategies_are_those_of_the_run(page: str, run) -> None:
    dataset, _ = run
    shown, found = json.loads(script(page, "data"))["best_by_province"], best_by_province(dataset)
    assert shown["where"] == ["Whole region", "Guerrero", "Jalisco"]
    assert shown["sentences"] == [sentence(words) for words in found.sentences]
    assert shown["verdicts"] == found.verdicts
    assert shown["evidence"] == [sentence(words) for words in found.evidence]
    for name, values in found.numbers.items():
        np.testing.assert_allclose(shown["numbers"][name], values, rtol=1e-8, atol=1e-12)
    every = dataset.homicides_run_total.sel(place=dataset.state == "Jalisco").sum("place").values
    np.testing.assert_allclose(found.numbers["mean"][:, 2], every.mean(1), rtol=1e-6)


def test_too_much_is_left_out_and_said(run) -> None:
    dataset, polygons = run

    def size(explored: Explorer) -> int:
        return len(explored.data) + len(explored.outlines) + sum(len(block) + 64 for block in explored.blocks.values())

    whole = explore(dataset, polygons, 10**9)
    assert not whole.omitted
    assert not explore(dataset, polygons, size(whole)).omitted
    means = explore(dataset, polygons, size(whole) - 1)
    assert size(means) < size(whole)
    assert {len(variable["statistics"]) for variable in json.loads(means.data)["variables"]} == {1}
    assert "the spread of replicates by place." in means.omitted
    least = explore(dataset, polygons, 0)
    assert set(least.blocks) == {(0, 0), (0, 1)}
    assert len(json.loads(least.data)["variables"]) == 1
    assert "trust in the state" in least.omitted


def test_page_stays_below_its_limit(run, tmp_path, monkeypatch) -> None:
    """What is there besides the explorer, such as figures of sections, leaves it less room."""
    dataset, polygons = run
    picture = tmp_path / "large.png"
    picture.write_bytes(PNG + bytes(30_000))
    large = [report.Section("Large", figures={picture: "Large"})]
    table = contagion.compare(dataset)
    bare = report.render(dataset, polygons, table, [])
    assert "Figures</h2>" not in bare
    full = len(bare.encode())
    monkeypatch.setattr("contagion.report.page.LIMIT", full + 300)
    assert "Left out" not in report.render(dataset, polygons, table, [])
    fitted = report.render(dataset, polygons, table, [], large)
    assert "Left out of this page for its size" in fitted
    monkeypatch.setattr("contagion.report.page.LIMIT", full + 41_000)  # 30,000 bytes are 40,000 letters
    whole = report.render(dataset, polygons, table, [], large)
    assert "Left out" not in whole
    assert len(whole.encode()) <= full + 41_000


def test_one_strategy_has_no_difference(run, tmp_path) -> None:
    dataset, polygons = run
    page = build(dataset.sel(strategy=["baseline"]), polygons, tmp_path).read_text(encoding="utf-8")
    assert len(decoded(dataset, script(page, "block-0-0"))) == 4
    assert page.count("<img ") == 2
    data = json.loads(script(page, "data"))
    assert len(data["variables"]) == len(VARIABLES) - 1  # nothing is worse than itself
    assert data["best_by_province"]["sentences"][0] == "There is nothing to compare baseline with."


def test_one_place_has_no_map(run, tmp_path) -> None:
    dataset, polygons = run
    page = build(dataset.isel(place=[0]), polygons.iloc[:1], tmp_path).read_text(encoding="utf-8")
    assert '<body class="single">' in page
    assert script(page, "outlines") == ""
    assert 'id="block-' not in page
    assert page.count("<img ") == 4


# In a browser


def test_map_has_every_place(opened: SimpleNamespace, run) -> None:
    assert len(opened.find("#map .places path")) == run[0].place.size
    assert all(fill.startswith("#") for fill in opened.fills())
    assert opened.window.title == f"Strategies against violence: {run[0].attrs['region']}"


def test_arrow_keys_move_through_time(opened: SimpleNamespace) -> None:
    assert opened.one("#month").text == "Jun 2020"
    before = opened.fills()
    opened.one("#time").send_keys(opened.keys.ARROW_LEFT, opened.keys.ARROW_LEFT)
    assert opened.one("#month").text == "Apr 2020"
    assert opened.one("#time").get_attribute("aria-valuetext") == "Apr 2020"
    assert opened.one("#shown").text.endswith("Apr 2020")
    assert opened.fills() != before


def told(text: str) -> float:
    """The number that the page shows."""
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


@pytest.mark.parametrize("name", [name for name in VARIABLES if name != HARM])
def test_hover_shows_the_numbers_of_the_dataset(name: str, opened: SimpleNamespace, run) -> None:
    """Within 1 %, or a two-hundredth of the knee of its scale."""
    dataset, _ = run
    opened.choose("#variable", VARIABLES.index(name))
    values = stored(dataset, name).values[..., -1]
    least = SCALES[name].knee / 200
    for place in (7, 13):
        opened.actions().move_to_element(opened.find("#map .places path")[place]).perform()
        assert opened.one("#place").text.startswith(f"{dataset['name'].values[place]}, ")
        shown = [
            [cell.text for cell in line.find_elements("css selector", "td")] for line in opened.find("#numbers tr")
        ]
        assert len(shown) == 2
        for line, (mean, low, _, high) in zip(shown, values[:, :, place], strict=True):
            found = [told(line[0]), *map(told, line[1].split(" to "))]
            assert found == [pytest.approx(value, rel=0.01, abs=least) for value in (mean, low, high)]
        assert told(shown[1][2]) == pytest.approx(values[1, 0, place] - values[0, 0, place], rel=0.01, abs=least)
    opened.actions().move_to_element(opened.one("h1")).perform()
    assert not opened.one("#place").text.startswith(dataset["name"].values[13])


def test_harm_is_shown_without_time(opened: SimpleNamespace, run) -> None:
    dataset, _ = run
    opened.one("#play").click()
    opened.choose("#variable", VARIABLES.index(HARM))
    opened.wait(lambda: opened.one("#shown").text.startswith("Probability of more homicides than under baseline"))
    assert opened.one("#shown").text.endswith(STRATEGIES[1])  # the first is not compared with itself
    assert opened.one("#month").text == "Whole run"
    assert opened.one("#play").text == "Play"
    for control in ("#time", "#play", "#difference", "#statistic"):
        assert not opened.one(control).is_enabled()
    assert not opened.one("#place-series").is_displayed()
    assert not opened.one("#region-series").is_displayed()
    opened.actions().move_to_element(opened.find("#map .places path")[7]).perform()
    lines = [line.text for line in opened.find("#numbers tr")]
    assert lines[0].endswith("\N{EN DASH}")
    assert told(lines[1].rsplit(" ", 1)[1]) == pytest.approx(probability_of_harm(dataset).values[1, 7], abs=0.01)
    (worse,) = opened.find("#residents tr")
    share = told(worse.find_element("css selector", "td").text) / 100
    assert share == pytest.approx(residents_harmed(dataset)["mean"][1], abs=0.001)
    assert opened.find("#legend li")[-1].text == "0.95 or more"
    opened.choose("#variable", 0)
    assert opened.one("#time").is_enabled()
    assert opened.one("#region-series").is_displayed()
    assert not opened.one("#residents").is_displayed()


def test_a_state_is_answered_at_once(opened: SimpleNamespace, run) -> None:
    """Near the top of the page: a choice with a name, a sentence, a table."""
    found = best_by_province(run[0])
    choice = opened.one("#where")
    assert choice.accessible_name == "State"
    assert choice.location["y"] < 844
    for where, name in [(0, "Whole region"), (2, "Jalisco")]:
        opened.choose("#where", where)
        assert opened.one("#best-strategy").text == sentence(found.sentences[where])
        assert opened.one("#evidence").text == sentence(found.evidence[where]).replace("\N{NO-BREAK SPACE}", " ")
        assert opened.one("#answer-of").text.endswith(name)
        for strategy, line in enumerate(opened.find("#answer-numbers tr")):
            shown = [cell.text for cell in line.find_elements("css selector", "td")]
            assert told(shown[0]) == pytest.approx(found.numbers["mean"][strategy, where], abs=0.51)
            assert f"{shown[-1]} %" == percent(found.numbers["fewest"][strategy, where])
            assert shown[5] == (found.verdicts[strategy][where] or "\N{EN DASH}")
            assert (line.get_attribute("class") == "chosen") == (strategy == found.best[where])
        assert told(shown[2]) == pytest.approx(found.numbers["change"][1, where], abs=0.51)
        assert f"{shown[4]} %" == percent(found.numbers["fewer"][1, where])
    assert opened.one("#map .province-border").get_attribute("d")


def test_the_first_view_is_what_a_strategy_changes(opened: SimpleNamespace) -> None:
    assert "difference of means from baseline" in opened.one("#shown").text
    assert STRATEGIES[1] in opened.one("#shown").text
    assert not opened.one("#statistic").is_enabled()
    assert any(entry.text.startswith("+") for entry in opened.find("#legend li"))
    for series in ("#region-series", "#place-series"):
        assert len(opened.find(f"{series} path:not(.band)")) == 1  # the first does not differ from itself
        assert "difference from baseline" in opened.one(series).get_attribute("aria-label")
    opened.one("#difference").click()
    assert opened.one("#statistic").is_enabled()
    labels = [entry.text for entry in opened.find("#legend li")]
    assert labels == ["less than 5", "5 to 10", "10 to 26", "26 to 50", "50 to 100", "100 or more"]
    assert len(opened.find("#place-series path:not(.band)")) == 2
    opened.choose("#strategy", 0)
    assert not opened.one("#difference").is_enabled()


def test_search_finds_states_and_hostile_places(opened: SimpleNamespace) -> None:
    search = opened.one("#search")
    search.send_keys("jalis", opened.keys.ENTER)
    opened.wait(lambda: opened.one("#answer-of").text.endswith(": Jalisco"))
    assert opened.one("#where").get_attribute("value") == "2"
    search.clear()
    search.send_keys("<script", opened.keys.ENTER)
    opened.wait(lambda: opened.one("#place").text == f"{HOSTILE}, Guerrero")
    search.clear()
    search.send_keys("nowhere at all", opened.keys.ENTER)
    opened.wait(lambda: opened.one("#outcome").text == "There is no such place or state.")


def test_keys_walk_over_the_map(opened: SimpleNamespace) -> None:
    corner, map_ = opened.one("#place").text, opened.one("#map")
    map_.send_keys(opened.keys.ARROW_RIGHT)
    assert opened.one("#place").text != corner
    map_.send_keys(opened.keys.ARROW_LEFT)
    assert opened.one("#place").text == corner


def test_controls_have_names(opened: SimpleNamespace) -> None:
    opened.one("#second").click()
    for control in opened.find("select, input, button"):
        assert not control.is_displayed() or control.accessible_name, control.get_attribute("id")


@pytest.mark.parametrize("variable", [0, VARIABLES.index(HARM)])
def test_page_fits_every_screen(variable: int, opened: SimpleNamespace, resize) -> None:
    opened.choose("#variable", variable)
    for width in (360, 390, 500, 768, 1280, 1920):
        resize(width)
        assert opened.window.execute_script("return document.documentElement.scrollWidth") <= width
        cut = "[...document.querySelectorAll('.series text')].filter((text) => text.getClientRects().length && "
        cut += "(text.getBoundingClientRect().left < 0 || text.getBoundingClientRect().right > innerWidth)).length"
        assert opened.window.execute_script(f"return {cut}") == 0
        if width == 390:
            assert opened.one("#where").location["y"] < 844


@pytest.mark.parametrize(
    ("variable", "scheme", "width"),
    [
        (0, "light", 1280),
        (0, "dark", 390),
        (VARIABLES.index(HARM), "dark", 1280),
        (VARIABLES.index(HARM), "light", 390),
    ],
)
def test_nothing_stands_in_the_way_of_anybody(
    variable: int, scheme: str, width: int, axe: str, opened: SimpleNamespace, resize
) -> None:
    resize(width)
    wanted = dict(features=[dict(name="prefers-color-scheme", value=scheme)])
    opened.window.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
    opened.choose("#variable", variable)
    if width == 1280:
        opened.one("#second").click()
    opened.window.execute_script(axe)
    found = opened.window.execute_async_script("axe.run().then(arguments[0])")
    opened.window.execute_cdp_cmd("Emulation.setEmulatedMedia", dict(features=[]))
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
    assert {"color-contrast", "select-name", "image-alt"} <= {rule["id"] for rule in found["passes"]}


def test_no_error_and_no_request(opened: SimpleNamespace, file: Path) -> None:
    """Of all that was opened before, too."""
    assert opened.window.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in opened.window.get_log("performance")]
    sent = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
    # The browser's own first page asks the browser.
    assert {address for address in sent if not address.startswith(("data:", "chrome"))} == {file.as_uri()}


def test_one_place_works_in_a_browser(browser: SimpleNamespace, run, tmp_path) -> None:
    dataset, polygons = run
    browser.window.get(build(dataset.isel(place=[0]), polygons.iloc[:1], tmp_path).as_uri())
    browser.wait(lambda: browser.find("body[data-ready]"))
    assert not browser.one("#map").is_displayed()
    assert not browser.one("#where").is_displayed()  # it is in one state
    assert browser.one("#best-strategy").text == sentence(best_by_province(dataset.isel(place=[0])).sentences[0])
    assert len(browser.find("#region-series path:not(.band)")) == 1
    browser.one("#difference").click()
    assert len(browser.find("#region-series path:not(.band)")) == 2
    assert browser.window.get_log("browser") == []


def test_what_was_recorded_before_is_drawn(browser: SimpleNamespace, run, tmp_path) -> None:
    """Of an anchored run, with the homicide rate of the region and of a place, and with no other variable."""
    dataset, polygons = run
    months = np.array(["2019-10", "2019-11", "2019-12"], "datetime64[ns]")
    counted = np.arange(3 * dataset.place.size, dtype=np.float32).reshape(3, -1)
    counted[1, 0] = np.nan
    anchored = dataset.assign(recorded_homicides=(("recorded_time", "place"), counted))
    anchored = anchored.assign_coords(recorded_time=months)
    browser.window.get(build(anchored, polygons, tmp_path).as_uri())
    browser.wait(lambda: browser.find("body[data-ready]"))
    browser.one("#difference").click()
    for series in ("#region-series", "#place-series"):
        assert len(browser.find(f"{series} path.recorded")) == 1
        assert "Oct 2019" in browser.one(series).get_attribute("innerHTML")
    assert "recorded" in browser.one("#lines").text
    drawn = browser.one("#region-series path.recorded").get_attribute("d")
    assert drawn.count("L") == 2
    other = VARIABLES.index("conflict_homicides")
    browser.window.execute_script(f"byId('variable').value = {other}")
    browser.window.execute_script("byId('variable').dispatchEvent(new Event('change'))")
    browser.wait(lambda: not browser.find("#region-series path.recorded"))
    assert browser.window.get_log("browser") == []
