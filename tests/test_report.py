"""The report of a small run: what it holds and escapes, that it reaches for nothing, how it behaves in a browser."""

import base64
import json
import re
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr

import contagion
from contagion import maps, report
from contagion.explorer import VARIABLES, explore, yearly
from contagion.packing import grid, outlines
from contagion.polygons import in_kilometres

HOSTILE = "<script>alert(1)</script>"
STRATEGIES = ["baseline", "kingpin & </script>"]


@pytest.fixture(scope="module")
def run() -> tuple[xr.Dataset, gpd.GeoDataFrame]:
    """Half a year on a violent lattice; one place has a hostile name, and lies in the state that all are in."""
    atlas = contagion.load_region("lattice", rows=4, columns=5, homicide_rate=60.0)
    strategies = dict(zip(STRATEGIES, ((), (contagion.load_intervention("kingpin", start=2),)), strict=True))
    dataset = contagion.simulate(atlas, strategies, weeks=26, replicates=8, full=True)
    names = np.array([HOSTILE, *atlas.polygons["name"][1:]], dtype=object)
    state = np.array(["Guerrero"] * 8 + ["Jalisco"] * 12, dtype=object)
    return dataset.assign_coords(name=("place", names), state=("place", state)), atlas.polygons.assign(state=state)


def build(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, folder: Path) -> Path:
    """The page of a run, as the command writes it."""
    figures = maps.draw(dataset, polygons, folder / "maps")
    report.write(dataset, polygons, contagion.compare(dataset), figures, folder / "report.html")
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


def decoded(dataset: xr.Dataset, block: str) -> np.ndarray:
    """Levels [row, place, time]."""
    steps = np.frombuffer(inflated(block), np.uint8).reshape(-1, dataset.place.size, dataset.time.size)
    return np.cumsum(steps, axis=-1, dtype=np.uint8).astype(float)


def stored(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """A variable as the explorer shows it [strategy, statistic, place, time]."""
    values = dataset["homicides" if name == "homicide_rate" else name].sel(statistic=["mean", "q05", "q50", "q95"])
    return yearly(values, name, dataset.population).transpose("strategy", "statistic", "place", "time")


# Without a browser


def test_names_are_escaped_and_kept(page: str, run) -> None:
    assert HOSTILE not in page
    assert "kingpin & <" not in page
    assert '<th scope="row">kingpin &amp; &lt;/script&gt;</th>' in page
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


def test_headline_holds_the_comparison(page: str, run) -> None:
    found = contagion.compare(run[0]).set_index(["outcome", "strategy"])
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', page, re.S)
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in rows]
    for strategy, shown in zip(STRATEGIES, cells, strict=True):
        assert len(shown) == 9
        assert shown[0] == f"{found.loc[('homicides', strategy), 'mean']:,.0f}"
        assert shown[4] == f"{found.loc[('homicides', strategy), 'probability_best']:.2f}"
    change = found.loc[("homicides", STRATEGIES[1]), "difference_percent"]
    assert cells[1][2].startswith(f"{change:+.1f}".replace("-", "\N{MINUS SIGN}"))


def test_headline_says_what_is_assumed(page: str, run) -> None:
    dataset, _ = run
    assert "26 weeks from 1 January 2020 to 30 June 2020; 8 replicates of each strategy, under" in page
    assert dataset.attrs["note"].split(".")[0] in page
    assert page.count("<img ") == 4
    assert page.count('scope="col"') == 10 + 4 + 6


@pytest.mark.parametrize("number", range(len(VARIABLES)), ids=VARIABLES)
def test_blocks_hold_the_dataset(number: int, page: str, run) -> None:
    dataset, _ = run
    scale = json.loads(script(page, "data"))["variables"][number]
    values = stored(dataset, VARIABLES[number]).values
    for strategy, expected in enumerate(values):
        levels = decoded(dataset, script(page, f"block-{number}-{strategy}"))
        clipped = np.minimum(expected, scale["top"])
        apart = np.sqrt(clipped * scale["top"]) / 254 + scale["top"] / 254**2
        np.testing.assert_array_less(np.abs(scale["top"] * (levels[:4] / 254) ** 2 - clipped), apart)
        assert len(levels) == 4 + (strategy > 0)
    change, top = values[1, 0] - values[0, 0], scale["change_top"]
    shares = levels[4] / 127 - 1
    clipped = np.clip(change, -top, top)
    apart = np.sqrt(np.abs(clipped) * top) / 127 + top / 127**2
    np.testing.assert_array_less(np.abs(top * shares * np.abs(shares) - clipped), apart)


def test_unknown_values_are_no_level(run) -> None:
    dataset, polygons = run
    empty = dataset.assign_coords(population=dataset.population.where(dataset.place != dataset.place[3], 0))
    levels = decoded(dataset, explore(empty, polygons, 10**9).blocks[0, 0])
    assert (levels[:, 3] == 255).all()
    assert (levels[:, 4] < 255).all()


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


def test_what_is_smaller_than_a_step_stays_a_ring() -> None:
    tiny = shapely.box(5, 5, 5.001, 5.001)
    assert outlines([tiny], 0.1, 0, 10).tolist()[:2] == [1, 4]


def test_states_are_compared_within_replicates(page: str, run) -> None:
    dataset, _ = run
    data = json.loads(script(page, "data"))
    assert data["states"] == ["Guerrero", "Jalisco"]
    every = dataset.homicides_full.sum("time").sel(place=dataset.state == "Jalisco").sum("place").values
    shown = {name: np.array(values)[:, 1] for name, values in data["by_state"].items()}
    np.testing.assert_allclose(shown["mean"], every.mean(1), rtol=1e-4)
    np.testing.assert_allclose(shown["low"], np.quantile(every, 0.05, axis=1), rtol=1e-4)
    np.testing.assert_allclose(shown["change_high"][1], np.quantile(every[1] - every[0], 0.95), rtol=1e-4, atol=1e-6)
    ahead = (np.sign(every[0] - every[1]).mean() + 1) / 2
    np.testing.assert_allclose(shown["best"], [1 - ahead, ahead], atol=1e-4)


def test_states_without_full_output_have_means_alone(run) -> None:
    dataset, polygons = run
    brief = dataset.drop_vars(["homicides_full", "presence_full"])
    found = explore(brief, polygons, 10**9).description["by_state"]
    assert set(found) == {"mean"}
    np.testing.assert_allclose(found["mean"], explore(dataset, polygons, 10**9).description["by_state"]["mean"], 1e-4)


def test_too_much_is_left_out_and_said(run) -> None:
    dataset, polygons = run
    whole = explore(dataset, polygons, 10**9)
    size = sum(map(len, whole.blocks.values()))
    assert not whole.omitted
    means = explore(dataset, polygons, size - 1)
    assert means.description["statistics"] == ["Mean"]
    assert "the spread of replicates by place." in means.omitted
    least = explore(dataset, polygons, 0)
    assert set(least.blocks) == {(0, 0), (0, 1)}
    assert len(least.description["variables"]) == 1
    assert "trust in the state" in least.omitted


def test_one_strategy_has_no_difference(run, tmp_path) -> None:
    dataset, polygons = run
    page = build(dataset.sel(strategy=["baseline"]), polygons, tmp_path).read_text(encoding="utf-8")
    assert len(decoded(dataset, script(page, "block-0-0"))) == 4
    assert page.count("<img ") == 1


def test_one_place_has_no_map(run, tmp_path) -> None:
    dataset, polygons = run
    page = build(dataset.isel(place=[0]), polygons.iloc[:1], tmp_path).read_text(encoding="utf-8")
    assert '<body class="single">' in page
    assert script(page, "outlines") == ""
    assert 'id="block-' not in page
    assert page.count("<img ") == 3


# In a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """Chromium without a window, which finds no host."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="the browser's tests need selenium")
    from selenium.webdriver.support.wait import WebDriverWait

    binary, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("the browser's tests need chromium and chromedriver on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync", "host-resolver-rules=MAP * ~NOTFOUND", "window-size=1280,1600"),
        f"user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    window = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield SimpleNamespace(
        window=window,
        find=lambda selector: window.find_elements("css selector", selector),
        one=lambda selector: window.find_element("css selector", selector),
        fills=lambda: window.execute_script("return paths.map((path) => path.getAttribute('fill'))"),
        actions=lambda: webdriver.ActionChains(window),
        keys=webdriver.Keys,
        wait=lambda condition: WebDriverWait(window, 20).until(lambda _: condition()),
    )
    window.quit()


@pytest.fixture
def opened(browser: SimpleNamespace, file: Path) -> SimpleNamespace:
    browser.window.get(file.as_uri())
    browser.wait(lambda: browser.find("body[data-ready]"))
    return browser


def test_map_has_every_place(opened: SimpleNamespace, run) -> None:
    assert len(opened.find("#places path")) == run[0].place.size
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


def test_hover_shows_the_number_of_the_dataset(opened: SimpleNamespace, run) -> None:
    dataset, _ = run
    opened.one("#variable").send_keys("Trust")
    opened.wait(lambda: opened.one("#shown").text.startswith("Trust"))
    opened.actions().move_to_element(opened.find("#places path")[7]).perform()
    assert opened.one("#place").text == f"{dataset['name'].values[7]}, Guerrero"
    shown = opened.find("#numbers tr")
    assert len(shown) == 2
    for strategy, line in enumerate(shown):
        mean = float(line.find_element("css selector", "td").text.removeprefix("at least "))
        assert mean == pytest.approx(stored(dataset, "trust").values[strategy, 0, 7, -1], abs=0.01)
    opened.actions().move_to_element(opened.one("h1")).perform()
    assert not opened.one("#place").text.startswith(dataset["name"].values[7])


def test_difference_changes_scale_and_legend(opened: SimpleNamespace) -> None:
    assert not opened.one("#difference").is_enabled()
    opened.one("#strategy").send_keys("kingpin")
    opened.one("#difference").click()
    assert not opened.one("#statistic").is_enabled()
    assert "difference of means from baseline" in opened.one("#shown").text
    assert any(entry.text.startswith("+") for entry in opened.find("#legend li"))


def test_search_finds_states_and_hostile_places(opened: SimpleNamespace) -> None:
    search = opened.one("#search")
    search.send_keys("jalis", opened.keys.ENTER)
    opened.wait(lambda: opened.one("#state-name").text == "Jalisco")
    assert "fewest homicides here in" in opened.one("#state-best").text
    assert len(opened.find("#state-numbers tr")) == 2
    search.clear()
    search.send_keys("<script", opened.keys.ENTER)
    opened.wait(lambda: opened.one("#place").text == f"{HOSTILE}, Guerrero")
    search.clear()
    search.send_keys("nowhere at all", opened.keys.ENTER)
    opened.wait(lambda: opened.one("#answer").text == "There is no such place or state.")


def test_keys_walk_over_the_map(opened: SimpleNamespace) -> None:
    corner, map_ = opened.one("#place").text, opened.one("#map")
    map_.send_keys(opened.keys.ARROW_RIGHT)
    assert opened.one("#place").text != corner
    map_.send_keys(opened.keys.ARROW_LEFT)
    assert opened.one("#place").text == corner


def test_controls_have_names(opened: SimpleNamespace) -> None:
    for control in opened.find("select, input, button"):
        assert control.accessible_name, control.get_attribute("id")


def test_page_fits_a_phone(opened: SimpleNamespace) -> None:
    size = dict(width=390, height=844, deviceScaleFactor=1, mobile=True)
    opened.window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    assert opened.window.execute_script("return document.documentElement.scrollWidth") == 390
    opened.window.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


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
    assert len(browser.find("#region-series path:not(.band)")) == 2
    assert browser.window.get_log("browser") == []
