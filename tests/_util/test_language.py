"""The catalogues of words: that languages have the same ones, that all are used, and how words are asked for."""

import ast
import re
import string
from datetime import date

import pandas as pd
import pytest
import yaml

import contagion
from contagion._util.language import (
    CATALOGUES,
    ENGLISH,
    LANGUAGES,
    about,
    catalogue,
    dated,
    group,
    label,
    noted,
    reason,
    say,
    spoken,
)
from contagion._util.resources import folder
from contagion._util.text import enumerated
from contagion.analysis.metrics import OUTCOMES
from contagion.analysis.paired import VERDICTS
from contagion.analysis.spatial.hot_spots import QUADRANTS
from contagion.errors import InputError
from contagion.evaluation.origins import LEVELS, OURS
from contagion.evaluation.rivals import RIVALS
from contagion.evaluation.summary import NAMES, brier_table
from contagion.simulation.labels import ASSUMED
from contagion.simulation.schema import PLACE_VARIABLES

PACKAGE = CATALOGUES.parents[1]
OF_DATA = (
    "verdict",
    "condition",
    "unit",
    "variable",
    "outcome",
    "reason",
    "strategy",
    "spot",
    "level",
    "model",
    "explorer",
    "page",
)  # tested below


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {ENGLISH}))
def test_languages_have_the_same_words(language: str) -> None:
    english, other = catalogue(ENGLISH), catalogue(language)
    assert set(other) == set(english)
    assert {key for key, words in other.items() if placeholders(words) != placeholders(english[key])} == set()
    assert all(isinstance(words, str) and words.strip() for words in other.values())


def constants() -> tuple[set[str], set[str]]:
    """Texts of the package, and beginnings of those that are put together."""
    whole, begun = set(), set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(node.values[0].value)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
    return whole, {text for text in begun if re.fullmatch(r"[a-z]+\.\w*", text)}


def test_all_words_are_used() -> None:
    whole, begun = constants()
    named = {f"{start}{part}" for start in begun for part in ("none",)} | whole
    unused = {
        key
        for key in catalogue(ENGLISH)
        if key.split(".")[0] not in (*OF_DATA, "note") and key not in named and not key.startswith(tuple(begun))
    }
    assert {key for key in unused if key.removesuffix("_none") not in whole} == set()


def test_words_of_the_page_are_used() -> None:
    assets = PACKAGE / "report" / "assets"
    frame = set(re.findall(r"\$\{(page\.\w+)\}", (assets / "page.html").read_text(encoding="utf-8")))
    assert frame == {f"page.{key}" for key in group("page")}
    scripts = "".join(path.read_text(encoding="utf-8") for path in assets.glob("*.js"))
    assert {key for key in group("explorer") if f'"{key}"' not in scripts and f"{{ {key}:" not in scripts} == set()
    assert set(re.findall(r'say\("(\w+)"', scripts)) <= set(group("explorer"))


def test_words_for_data_are_of_data() -> None:
    assert set(group("verdict")) == set(VERDICTS) - {""}
    assert set(group("outcome")) <= set(OUTCOMES)
    attributes = [
        kind for variable in PLACE_VARIABLES.values() for kind in (variable.attributes, variable.attributes_of_total)
    ]
    names = {kind["long_name"] for kind in attributes}
    derived = {"Homicide rate", "homicide rate", "homicides", "probability of more homicides"}
    assert set(group("variable")) <= names | derived
    notes = set(group("note"))
    assert notes <= set(OUTCOMES)
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder("conf").glob("strategies/*.yaml")]
    named = {key for each in files for key in each} | {
        key.partition("@")[2]
        for each in files
        for entry in each.get("defaults", [])
        if isinstance(entry, dict)
        for key in entry
    }
    options = {path.stem for path in folder("conf").glob("intervention/*.yaml")}
    assert {key.partition(".")[0] for key in group("strategy")} == (named | options | {"plan"}) - {"defaults"}
    assert set(group("spot")) == set(QUADRANTS)
    assert set(group("level")) == set(LEVELS)
    statements = set(brier_table(pd.DataFrame({key: [0.0] for key in ("happened", *NAMES.values())}))["statement"])
    assert set(group("model")) == {OURS, *RIVALS} | statements


def test_a_language_is_spoken_within_its_context() -> None:
    assert spoken() == "en"
    with contagion.speaking("es"):
        assert say("text.in_replicates", share="5 %") == "en 5 % de las réplicas"
        assert enumerated(["a", "b"]) == "a y b"
        assert dated(date(2021, 4, 2), "day") == "2 de abril de 2021"
        assert dated(date(2021, 4, 2), "short_month") == "abr 2021"
        assert noted(f"Places. {ASSUMED}") == f"Places. {say('summary.assumed')}" != f"Places. {ASSUMED}"
        assert reason("in 9 of 256 replicates, too few to say where").startswith("en 9 de 256 réplicas")
        with contagion.speaking("en"):
            assert dated(date(2021, 4, 2), "short_day") == "02 Apr 2021"
    assert enumerated(["a", "b"]) == "a and b"


def test_an_unknown_language_is_told() -> None:
    with pytest.raises(InputError, match="language 'fr': must be one of en, es"), contagion.speaking("fr"):
        pass


def test_strategies_have_names_and_sentences() -> None:
    assert label("concentric_handover") == "concentric handover"
    with contagion.speaking("es"):
        assert label("kingpin+middle_layer") == "captura de capos + mandos medios"
        assert label("my_own+kingpin") == "my own+kingpin"
        assert label("x{0}_") == "x{0} "
        assert about("kingpin").endswith(".")
        assert about("my_own") == ""
