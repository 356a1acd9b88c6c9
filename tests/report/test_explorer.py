"""The explorer of a run of more than a year: twelve months, zoom, names, search, two maps, what is taken away."""

import csv
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr

import contagion
from contagion import report
from contagion.report.aliases import aliases
from contagion.report.explorer import SCALES, VARIABLES, per_resident, per_year, rolling

STRATEGIES = ["baseline", "kingpin", "=sum(truce)"]
NONE = "\N{EN DASH}"


@pytest.fixture(scope="module")
def run() -> tuple[xr.Dataset, gpd.GeoDataFrame]:
    """Fourteen months; names with accents, one name twice, two provinces, a place with an alias."""
    atlas = contagion.load_region("lattice", rows=4, columns=5, homicide_rate=60.0)
    kingpin = (contagion.load_intervention("kingpin", start=2),)
    dataset = contagion.simulate(
        atlas, dict(zip(STRATEGIES, ((), kingpin, kingpin), strict=True)), weeks=61, replicates=8
    )
    names = np.array([f"Áñez {number}" for number in range(20)], dtype=object)
    names[[1, 12]] = "Twin"
    names[5] = "Benito Juárez"
    state = np.array(["Jalisco"] * 20, dtype=object)
    state[[0, 1, 5, 6]] = "Ciudad de México"  # a corner
    codes = [f"{number:05}" for number in range(20)]
    codes[5] = "23005"
    dataset = dataset.assign_coords(place=codes, name=("place", names), state=("place", state))
    return dataset, atlas.polygons.assign(state=state).set_axis(codes)


@pytest.fixture(scope="module")
def file(run, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("explorer") / "report.html"
    report.write(*run, contagion.compare(run[0]), [], path)
    return path


# Without a browser


def test_rolling_means_are_weighted_by_weeks() -> None:
    values, weeks = np.arange(30.0).reshape(2, 15), np.array([4, 5, 4] * 5)
    found = rolling(values, weeks)
    for time in range(15):
        first = max(0, time - 11)
        expected = np.average(values[:, first : time + 1], axis=-1, weights=weeks[first : time + 1])
        np.testing.assert_allclose(found[:, time], expected)


def test_aliases_belong_to_code_and_name() -> None:
    found = aliases(["23005", "08037"], ["Benito Juárez", "Another name"], ["Jalisco", "Ciudad de México"])
    assert found["places"] == {"0": ["Cancún"]}
    assert "CDMX" in found["provinces"]["1"]


def test_counts_of_places_are_shares_of_residents(run) -> None:
    dataset, _ = run
    members = per_resident(dataset.members, "members", dataset.population)
    np.testing.assert_allclose(members, 1000 * dataset.members / dataset.population)
    assert SCALES["members"].unit == SCALES["displaced"].unit == "per 1,000 residents"
    nobody = per_resident(dataset.members, "members", xr.zeros_like(dataset.population))
    assert np.isnan(nobody).all()


# In a browser


def box(opened: SimpleNamespace) -> list[float]:
    """The part of the map that is shown: west, north, width, height."""
    return opened.window.execute_script(
        "const { x, y, width, height } = byId('map').viewBox.baseVal; return [x, y, width, height]"
    )


def told(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


def test_homicides_are_of_twelve_months(opened: SimpleNamespace, run) -> None:
    dataset, _ = run
    assert opened.one("#month").text == "12 months to Feb 2021"
    assert "12 months to Feb 2021" in opened.one("#shown").text
    mean = dataset.homicides.sel(statistic="mean")
    rates = per_resident(per_year(mean), "homicide_rate", dataset.population).transpose("strategy", "place", "time")
    year = rolling(rates.values, dataset.weeks.values)
    place = opened.window.execute_script("return view.pinned")
    for strategy, line in enumerate(opened.find("#numbers tr")):
        shown = [told(cell.text) for cell in line.find_elements("css selector", "td") if cell.text != NONE]
        expected = [year[strategy, place, -1], *([year[strategy, place, -1] - year[0, place, -1]] if strategy else [])]
        assert shown == [pytest.approx(of, rel=0.01, abs=0.02) for of in expected]
    opened.window.execute_script("byId('time').value = 2; byId('time').dispatchEvent(new Event('input'))")
    assert opened.one("#month").text == "3 months to Mar 2020"
    opened.choose("#period", "single")
    assert opened.one("#month").text == "Mar 2020"
    assert opened.one("#numbers-of").text.endswith("Mar 2020")
    opened.choose("#variable", VARIABLES.index("members"))
    assert not opened.one("#period").is_enabled()
    assert "per 1,000 residents" in opened.one("#shown").text
    assert "persons" in opened.one("#region-title").text


def test_map_zooms_and_moves(opened: SimpleNamespace) -> None:
    all_of_it, map_ = box(opened), opened.one("#map")
    assert not opened.one("#zoom-out").is_enabled()
    opened.one("#zoom-in").click()
    closer = box(opened)
    assert closer[2] == pytest.approx(all_of_it[2] / 1.6)
    opened.actions().drag_and_drop_by_offset(map_, -60, -40).perform()
    moved = box(opened)
    assert moved[2:] == closer[2:]
    assert moved[:2] != closer[:2]
    opened.one("#zoom-all").click()
    assert box(opened) == all_of_it
    map_.send_keys("+")
    assert box(opened)[2] == pytest.approx(all_of_it[2] / 1.5)
    map_.send_keys("-")
    assert box(opened) == pytest.approx(all_of_it)
    opened.choose("#zoom-to", 1)
    assert box(opened)[2] < all_of_it[2]
    assert opened.one("#where").get_attribute("value") == "1"
    opened.choose("#where", 0)
    assert box(opened) == all_of_it


def test_wheel_zooms_where_it_is_meant(opened: SimpleNamespace) -> None:
    """With Ctrl or on the map that has the focus; else the page moves."""
    turn = "byId('map').dispatchEvent(new WheelEvent('wheel', Object.assign({deltaY: -100, cancelable: true, "
    turn += "clientX: 300, clientY: 900, bubbles: true}, arguments[0])))"
    all_of_it = box(opened)
    opened.window.execute_script(turn, {})
    assert box(opened) == all_of_it
    opened.window.execute_script(turn, dict(ctrlKey=True))
    assert box(opened)[2] < all_of_it[2]
    opened.one("#zoom-all").click()
    opened.window.execute_script("byId('map').focus();" + turn, {})
    assert box(opened)[2] < all_of_it[2]
    opened.one("#zoom-all").click()
    passed = opened.window.execute_script(f"byId('map').focus(); return {turn}", dict(deltaY=100))
    assert passed  # outwards from the whole region, the page moves


def test_two_fingers_zoom(opened: SimpleNamespace, resize) -> None:
    resize(390)
    opened.window.execute_script("byId('map').scrollIntoView({block: 'center'})")
    before = box(opened)
    west, north, wide, tall = opened.window.execute_script(
        "const of = byId('map').getBoundingClientRect(); return [of.x, of.y, of.width, of.height]"
    )
    middle, y = west + wide / 2, north + tall / 2
    for kind, apart in (("touchStart", 20), ("touchMove", 60), ("touchMove", 90), ("touchEnd", None)):
        points = [] if apart is None else [dict(x=middle - apart, y=y, id=0), dict(x=middle + apart, y=y, id=1)]
        opened.window.execute_cdp_cmd("Input.dispatchTouchEvent", dict(type=kind, touchPoints=points))
    opened.wait(lambda: box(opened)[2] < 0.5 * before[2])


def test_tap_takes_the_nearest_place(opened: SimpleNamespace, resize) -> None:
    resize(390)
    opened.window.execute_script("byId('map').scrollIntoView({block: 'center'})")
    x, y = opened.window.execute_script(
        "const of = maps[0].paths[13].getBoundingClientRect(); return [of.x + of.width / 2, of.y + of.height / 2]"
    )
    for kind, points in (("touchStart", [dict(x=x + 4, y=y)]), ("touchEnd", [])):
        opened.window.execute_cdp_cmd("Input.dispatchTouchEvent", dict(type=kind, touchPoints=points))
    opened.wait(lambda: opened.one("#place").text.startswith("Áñez 13"))
    assert opened.one("#tip").text.startswith("Áñez 13, Jalisco: ")


def test_pointer_shows_name_and_value(opened: SimpleNamespace) -> None:
    opened.actions().move_to_element(opened.find("#map .places path")[7]).perform()
    name, shown = opened.one("#tip").text.split(": ")
    assert name == opened.one("#place").text == "Áñez 7, Jalisco"
    line = opened.find("#numbers tr.chosen td")
    assert shown == line[-1].text
    opened.actions().move_to_element(opened.one("h1")).perform()
    assert not opened.one("#tip").is_displayed()


def test_names_do_not_meet(opened: SimpleNamespace) -> None:
    opened.wait(lambda: len(opened.find("#map .province-name")) == 2)
    for _ in range(2):
        opened.one("#zoom-in").click()
    opened.wait(lambda: opened.find("#map .place-name"))
    found = opened.window.execute_script(
        "return [...document.querySelectorAll('#map .names text')].map((text) => text.getBoundingClientRect().toJSON())"
    )
    for number, one in enumerate(found):
        for other in found[:number]:
            apart = one["left"] >= other["right"] or other["left"] >= one["right"]
            assert apart or one["top"] >= other["bottom"] or other["top"] >= one["bottom"]


def test_controls_are_large_enough_to_touch(opened: SimpleNamespace, resize) -> None:
    resize(390)
    small = opened.window.execute_script(
        "return [...document.querySelectorAll('select, button, input:not([type=checkbox]), summary, .tick')]"
        ".filter((of) => of.getClientRects().length)"
        ".filter((of) => of.getBoundingClientRect().height < 44 || of.getBoundingClientRect().width < 44)"
        ".map((of) => of.outerHTML)"
    )
    assert small == []


def test_two_maps_are_linked(opened: SimpleNamespace) -> None:
    assert not opened.one("#second-map").is_displayed()
    opened.one("#second").click()
    opened.choose("#second-variable", VARIABLES.index("trust"))
    opened.choose("#second-strategy", 2)
    assert "Trust" in opened.one("#second-shown").text
    assert STRATEGIES[2] in opened.one("#second-shown").text
    opened.one("#zoom-in").click()
    opened.find("#second-map .places path")[7].click()
    part = "return byId(arguments[0]).getAttribute('viewBox')"
    assert opened.window.execute_script(part, "second-map") == opened.window.execute_script(part, "map")
    borders = [border.get_attribute("d") for border in opened.find(".place-border")]
    assert borders == [opened.find("#map .places path")[7].get_attribute("d")] * 2
    fills = "return maps[1].paths.map((path) => path.getAttribute('fill'))"
    before = opened.window.execute_script(fills)
    opened.window.execute_script("byId('time').value = 0; byId('time').dispatchEvent(new Event('input'))")
    assert opened.window.execute_script(fills) != before
    assert opened.one("#second-shown").text.endswith("Jan 2020")
    opened.one("#second").click()
    assert not opened.one("#second-map").is_displayed()


def test_search_offers_candidates(opened: SimpleNamespace, run) -> None:
    """By the beginning of a name without accents, most residents first; by code; by another name."""
    search, population = opened.one("#search"), run[0].population.values

    def offered(text: str) -> list[str]:
        search.clear()
        search.send_keys(text)
        return [option.text for option in opened.find("#found [role=option]")]

    found = offered("anez")
    most = sorted((place for place in range(20) if place not in (1, 5, 12)), key=lambda place: -population[place])
    assert [label.split(",")[0] for label in found] == [f"Áñez {place}" for place in most[:8]]
    assert search.get_attribute("aria-expanded") == "true"
    search.send_keys(opened.keys.ARROW_DOWN)
    active = opened.one(f"#{search.get_attribute('aria-activedescendant')}")
    assert active.text == found[1]
    assert active.get_attribute("aria-selected") == "true"
    search.send_keys(opened.keys.ENTER)
    assert opened.one("#place").text == found[1]
    assert search.get_attribute("aria-expanded") == "false"
    assert offered("cdmx")[0].startswith("Ciudad de México (state)")
    assert offered("00017") == ["Áñez 17, Jalisco"]
    assert (
        offered("twin") == ["Twin, Ciudad de México", "Twin, Jalisco"][:: 1 if population[1] >= population[12] else -1]
    )
    assert offered("cancun") == ["Benito Juárez, Ciudad de México (Cancún)"]
    opened.one("#found li").click()
    assert opened.one("#place").text == "Benito Juárez, Ciudad de México"
    assert offered("<img src=x>") == []
    assert opened.one("#outcome").text == "There is no such place or state."
    offered("jal")
    search.send_keys(opened.keys.ESCAPE)
    assert not opened.one("#found").is_displayed()


def saved(opened: SimpleNamespace, what: str) -> bytes:
    """The file that is taken away."""
    for path in opened.downloads.iterdir():
        path.unlink()
    opened.choose("#take", what)
    opened.one("#save").click()
    opened.wait(lambda: [path for path in opened.downloads.iterdir() if path.suffix[1:] == what[-3:].lower()])
    (path,) = opened.downloads.iterdir()
    return path.read_bytes()


def test_views_are_taken_away(opened: SimpleNamespace, run) -> None:
    dataset, _ = run
    map_ = saved(opened, "map, SVG").decode()
    assert map_.count("<path") >= 20
    assert "difference of means from baseline" in " ".join(map_.split("<text")).replace("</text>", "")
    for what in ("map, PNG", "whole region over time, PNG"):
        assert saved(opened, what).startswith(b"\x89PNG")
    assert b"font-size" in saved(opened, "place over time, SVG")
    every = list(csv.DictReader(saved(opened, "all places at this time, CSV").decode("utf-8-sig").splitlines()))
    assert len(every) == 3 * dataset.place.size
    assert every[2]["strategy"] == "'=sum(truce)"  # no formula
    assert every[0]["name"] == dataset["name"].values[0]
    assert every[0]["period"] == "12 months to Feb 2021"
    assert float(every[1]["difference"]) == pytest.approx(
        float(every[1]["mean"]) - float(every[0]["mean"]), rel=0.01, abs=0.05
    )
    place = list(csv.DictReader(saved(opened, "table of the place, CSV").decode("utf-8-sig").splitlines()))
    assert [line["strategy"] for line in place] == ["baseline", "kingpin", "'=sum(truce)"]
    lines = list(csv.DictReader(saved(opened, "whole region over time, CSV").decode("utf-8-sig").splitlines()))
    assert [line["strategy"] for line in lines] == ["kingpin"] * dataset.time.size + [
        "'=sum(truce)"
    ] * dataset.time.size
    totals = per_resident(per_year(dataset.homicides_total), "homicide_rate", dataset.population.sum())
    year = rolling(totals.transpose("strategy", "replicate", "time").values, dataset.weeks.values)
    low = np.quantile(year[1] - year[0], 0.05, axis=0)
    found = np.array([float(line["5 % quantile"]) for line in lines[: dataset.time.size]])
    np.testing.assert_allclose(found, low, rtol=1e-3, atol=1e-3)


def test_address_brings_a_view_back(opened: SimpleNamespace, file: Path) -> None:
    opened.choose("#variable", VARIABLES.index("members"))
    opened.choose("#strategy", 2)
    opened.choose("#zoom-to", 2)
    opened.find("#map .places path")[17].click()
    opened.one("#second").click()
    opened.choose("#second-strategy", 1)
    opened.window.execute_script("byId('time').value = 3; byId('time').dispatchEvent(new Event('input'))")
    opened.wait(lambda: "time=3" in opened.window.current_url and "second_strategy" in opened.window.current_url)
    address, shown, view = opened.window.current_url, opened.one("#shown").text, box(opened)
    opened.window.get("about:blank")
    opened.window.get(address)
    opened.wait(lambda: opened.find("body[data-ready]"))
    assert opened.one("#shown").text == shown
    assert opened.one("#second-shown").text.split(": ")[1].startswith("kingpin")
    assert opened.one("#place").text == "Áñez 17, Jalisco"
    assert opened.one("#where").get_attribute("value") == "2"
    assert box(opened) == pytest.approx(view, abs=40)


@pytest.mark.parametrize(
    "hash_",
    [
        "section-1",
        "%E0%A4%A&variable=%00&strategy=__proto__",
        "variable=<img>&time=-4&statistic=99&place=&view=1e9,NaN,7&period=week&difference=yes&second_variable=none",
    ],
)
def test_address_that_makes_no_sense_is_ignored(hash_: str, opened: SimpleNamespace, file: Path) -> None:
    title, view = opened.one("#shown").text, box(opened)
    opened.window.get("about:blank")
    opened.window.get(f"{file.as_uri()}#{hash_}")
    opened.wait(lambda: opened.find("body[data-ready]"))
    assert opened.one("#shown").text == title
    assert box(opened) == view


def test_tables_are_sorted_by_their_headings(opened: SimpleNamespace) -> None:
    table = opened.one("#numbers").find_element("xpath", "..")
    headings = table.find_elements("css selector", "thead th")

    def column(number: int) -> list[str]:
        return [line.find_elements("css selector", "th, td")[number].text for line in opened.find("#numbers tr")]

    given = column(0)
    headings[1].find_element("tag name", "button").send_keys(opened.keys.ENTER)
    assert headings[1].get_attribute("aria-sort") == "ascending"
    assert [told(of) for of in column(1)] == sorted(told(of) for of in column(1))
    headings[0].find_element("tag name", "button").click()
    assert headings[1].get_attribute("aria-sort") == "none"
    assert column(0) == sorted(given)
    headings[0].find_element("tag name", "button").click()
    assert column(0) == sorted(given, reverse=True)
    opened.window.execute_script("byId('time').value = 1; byId('time').dispatchEvent(new Event('input'))")
    assert column(0) == sorted(given, reverse=True)
    headings[0].find_element("tag name", "button").click()
    assert column(0) == given
    assert len(opened.find("button.sort")) > 20  # all tables of the page


def test_print_shows_map_and_series_alone(opened: SimpleNamespace) -> None:
    opened.window.execute_cdp_cmd("Emulation.setEmulatedMedia", dict(media="print"))
    for hidden in ("#variable", "#time", "#zoom-in", "#save", "#keys"):
        assert not opened.one(hidden).is_displayed(), hidden
    for shown in ("#map", "#legend", "#region-series", "#place-series"):
        assert opened.one(shown).is_displayed(), shown
    opened.window.execute_cdp_cmd("Emulation.setEmulatedMedia", dict(media=""))


def test_dark_page_has_a_dark_ground(opened: SimpleNamespace) -> None:
    dark = dict(features=[dict(name="prefers-color-scheme", value="dark")])
    opened.window.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    ground = opened.one("body").value_of_css_property("background-color")
    opened.window.execute_cdp_cmd("Emulation.setEmulatedMedia", dict(features=[]))
    red, green, blue = (int(part) for part in ground.removeprefix("rgba(").removeprefix("rgb(").split(",")[:3])
    assert max(red, green, blue) < 60


def test_axis_labels_are_whole(opened: SimpleNamespace) -> None:
    """Within the drawing and apart, of large numbers as well."""
    opened.choose("#variable", VARIABLES.index("controlled"))
    for difference in (True, False):
        if opened.one("#difference").is_selected() != difference:
            opened.one("#difference").click()
        texts, frame = opened.window.execute_script(
            "const svg = byId('region-series'); return [[...svg.querySelectorAll('text')]"
            ".map((text) => text.getBoundingClientRect().toJSON()), svg.getBoundingClientRect().toJSON()]"
        )
        assert len(texts) >= 5
        for number, one in enumerate(texts):
            assert one["left"] >= frame["left"] - 0.5
            assert one["right"] <= frame["right"] + 0.5
            for other in texts[:number]:
                apart = one["left"] >= other["right"] or other["left"] >= one["right"]
                assert apart or one["top"] >= other["bottom"] - 4 or other["top"] >= one["bottom"] - 4


def test_nothing_went_wrong(opened: SimpleNamespace) -> None:
    """In all of the above."""
    assert opened.window.get_log("browser") == []
