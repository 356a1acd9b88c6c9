"""The page in Spanish: that no English is left on it, that nothing is cut, and that nobody is kept out."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import contagion
from contagion import report
from contagion._util.language import ENGLISH, catalogue
from contagion.plots import maps
from contagion.report.explorer import HARM, VARIABLES
from contagion.study.findings import effects

COST = dict(discount_rate=None, value_of_life=None)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """The page of a run over two states, with what the command adds to it."""
    folder = tmp_path_factory.mktemp("spanish")
    atlas = contagion.load_region("lattice", rows=4, columns=5, homicide_rate=60.0)
    state = np.array(["Guerrero"] * 8 + ["Jalisco"] * 12, dtype=object)
    atlas = replace(atlas, polygons=atlas.polygons.assign(state=state))
    strategies = {"baseline": (), "kingpin": (contagion.load_intervention("kingpin", start=2),), "my_own": ()}
    results = contagion.simulate(atlas, strategies, weeks=60, replicates=4)
    tables = effects.tables(results, COST)
    with contagion.speaking("es"):
        figures = maps.draw(results, atlas.polygons, folder / "maps")
        figures += effects.draw(results, atlas.polygons, tables, folder / "maps")
        sections = effects.sections(results, tables, figures)
        report.write(results, atlas.polygons, contagion.compare(results), figures, folder / "report.html", sections)
    return folder / "report.html"


def english() -> list[re.Pattern]:
    """The words of the English catalogue that are other ones in Spanish."""
    spanish = catalogue("es")
    shown = {words for key, words in catalogue(ENGLISH).items() if words != spanish[key] and not key.startswith("date")}
    shown -= set(spanish.values())
    known = [words for words in shown if len(re.sub(r"\{\w+\}|\W", "", words)) > 3]
    return [re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(words)), re.I) for words in known]


def texts(opened: SimpleNamespace) -> list[str]:
    """What elements of the page say by themselves, and their names for readers of the screen."""
    found = opened.window.execute_script(
        """const every = [...document.querySelectorAll('body *:not(script):not(style)')];
        const said = (part) => [...part.childNodes].filter((node) => node.nodeType === 3);
        const own = (part) => said(part).map((node) => node.data.trim());
        const named = (part) => ['aria-label', 'alt'].map((name) => part.getAttribute(name) ?? '');
        return every.flatMap((part) => [...own(part), ...named(part)]);"""
    )
    return [text for text in dict.fromkeys(found) if text]


@pytest.mark.parametrize("variable", [0, VARIABLES.index(HARM), VARIABLES.index("members")])
def test_no_english_is_left(variable: int, opened: SimpleNamespace) -> None:
    assert opened.one("html").get_attribute("lang") == "es"
    opened.choose("#variable", variable)
    opened.one("#second").click()
    said = texts(opened)
    assert [text for text in said for words in english() if words.fullmatch(text)] == []
    assert {"Explorador", "Cuándo se nota", "Dónde ayuda y dónde daña", "captura de capos"} <= set(said)
    assert "my own" in said
    assert "my_own" not in said


def test_english_on_the_page_would_be_found(opened: SimpleNamespace) -> None:
    opened.window.execute_script("document.querySelector('h2').textContent = 'Which strategy is best?'")
    assert [text for text in texts(opened) for words in english() if words.fullmatch(text)] == [
        "Which strategy is best?"
    ]


def test_what_the_reader_does_is_answered_in_spanish(opened: SimpleNamespace) -> None:
    opened.one("#search").send_keys("xyzxyz")
    assert opened.one("#outcome").text == "No hay tal lugar ni estado."
    opened.one("#play").click()
    assert opened.one("#play").text == "Detener"
    opened.one("#play").click()
    assert opened.find("#take option")[0].text == "Mapa, PNG"


@pytest.mark.parametrize("variable", [0, VARIABLES.index(HARM)])
def test_nothing_is_cut(variable: int, opened: SimpleNamespace, resize) -> None:
    opened.choose("#variable", variable)
    for width in (360, 1280):
        resize(width)
        assert opened.window.execute_script("return document.documentElement.scrollWidth") <= width
        cut = "[...document.querySelectorAll('h1,h2,h3,button,label,select,figcaption,p,dt,dd,li')].filter((part) => "
        cut += (
            "part.getClientRects().length && !part.closest('.wide') && part.getBoundingClientRect().right > innerWidth)"
        )
        assert opened.window.execute_script(f"return {cut}.map((part) => part.outerHTML)") == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_nothing_stands_in_the_way_of_anybody(
    scheme: str, width: int, axe: str, opened: SimpleNamespace, resize
) -> None:
    resize(width)
    wanted = dict(features=[dict(name="prefers-color-scheme", value=scheme)])
    opened.window.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
    opened.window.execute_script(axe)
    found = opened.window.execute_async_script("axe.run().then(arguments[0])")
    opened.window.execute_cdp_cmd("Emulation.setEmulatedMedia", dict(features=[]))
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []


def test_no_error(opened: SimpleNamespace) -> None:
    assert opened.window.get_log("browser") == []
