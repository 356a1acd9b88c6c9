"""What the documents say is so: their code runs, their links lead somewhere, their lists are complete."""

import ast
import importlib
import inspect
import pkgutil
import posixpath
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import load_script

from contagion._util.resources import folder
from contagion.analysis.metrics import OUTCOMES
from contagion.interventions.option import Option
from contagion.interventions.registry import intervention_names
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model
from contagion.parameters.build import build_component
from contagion.regions.atlas import KINDS
from contagion.simulation.schema import GROUP_VARIABLES, PLACE_VARIABLES, REPLICATE_VARIABLES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
DOCUMENTS = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "geodata/README.md")), *PAGES]
GUIDES = ["polygons", "results", "continue"]  # how-to guides whose Python runs by itself
ROOMS = sorted(path.stem for path in (DOCS / "reference").glob("*.md"))


def blocks(document: str, language: str) -> list[str]:
    """Fenced code of a language, without the indentation of a list."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", (ROOT / document).read_text(encoding="utf-8"), re.M | re.S)
    return ["\n".join(line[len(indent) :] for line in code.splitlines()) for indent, code in found]


def test_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    (code,) = blocks("README.md", "python")
    small = {'"schematic"': '"lattice"', "weeks=104, replicates=32": "weeks=10, replicates=8"}
    for words, other in small.items():
        assert words in code
        code = code.replace(words, other)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "kingpin.png").exists()
    assert "homicide_rate" in capsys.readouterr().out


@pytest.mark.parametrize("guide", GUIDES)
def test_python_of_the_guides_runs(guide, tmp_path, monkeypatch):
    (code,) = blocks(f"docs/how-to/{guide}.md", "python")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, f"{guide}.md", "exec"), {})


def test_option_of_the_guide_runs(region, params):
    (code,), (defaults,) = blocks("docs/how-to/option.md", "python"), blocks("docs/how-to/option.md", "yaml")
    names: dict = {}
    exec(compile(code, "option.md", "exec"), names)
    ((name, values),) = yaml.safe_load(defaults).items()
    checkpoint = build_component(names[name.capitalize()], {**values, "start": 2}, name)
    (_, before), (_, after) = ensemble(Model(region, params, (checkpoint,)), [(0, 2), (2, 4)], 2, 0)
    posted = np.asarray(after.military - before.military)[:, 0]
    np.testing.assert_allclose(posted, 200 * region.strategic, rtol=1e-4, atol=1e-2)


def hooks() -> dict:
    """Constants of the hooks of the site, which import what the tests do not need."""
    tree = ast.parse((DOCS / "hooks.py").read_text(encoding="utf-8"))
    assigned = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    return {name: ast.literal_eval(assigned[name]) for name in ("PAGES", "REPORT")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    report = DOCS / hooks()["REPORT"]  # made with the site
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        path = document.parent / target
        assert target.startswith("https://") or path.exists() or Path(posixpath.normpath(path)) == report, target


def test_navigation_names_every_page_once():
    def pages(entry) -> list[str]:
        if isinstance(entry, str):
            return [entry]
        return [page for part in (entry.values() if isinstance(entry, dict) else entry) for page in pages(part)]

    named = pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    made = {page: origin for origin, page in hooks()["PAGES"].items() if origin != "README.md"}
    assert sorted(named) == sorted([*made, *(path.relative_to(DOCS).as_posix() for path in PAGES)])
    for origin in made.values():
        assert (ROOT / origin).exists(), origin


def test_every_room_has_a_page():
    rooms = {path.parent.name for path in (ROOT / "contagion").glob("*/__init__.py")}
    public = {room for room in rooms if hasattr(importlib.import_module(f"contagion.{room}"), "__all__")}
    assert {*ROOMS} == {"contagion", "drivers", *public}  # drivers are a part of the interventions


@pytest.mark.parametrize("room", ROOMS)
def test_reference_has_every_public_name(room):
    homes = {"contagion": "contagion", "drivers": "contagion.interventions.drivers"}
    module = importlib.import_module(homes.get(room, f"contagion.{room}"))
    public = [name for name in module.__all__ if not inspect.ismodule(getattr(module, name))]
    page = (DOCS / "reference" / f"{room}.md").read_text(encoding="utf-8")
    shown = re.findall(r"^::: ([\w.]+)$", page, re.M)
    assert sorted(shown) == sorted(f"{module.__name__}.{name}" for name in public)
    if room == "drivers":  # in the table they are a name of the interventions
        return
    table = (DOCS / "interface.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| \[`{module.__name__}`\]\(reference/{room}\.md\) \|[^|]*\|(.*)\|$", table, re.M)
    listed = {*re.findall(r"`(\w+)`", row)}
    assert listed <= {*module.__all__}
    for name in {*public} - listed:  # of options the table says that each has a class
        assert issubclass(getattr(module, name), Option), name


def test_pages_name_no_module_that_there_is_not():
    for document in [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]:
        for name in re.findall(
            r"(?<![/\w])contagion(?:\.\w+)+\b(?<!\.md)(?<!\.log)", document.read_text(encoding="utf-8")
        ):
            assert pkgutil.resolve_name(name), document


def test_reference_lists_every_variable_and_option():
    text = "\n".join((DOCS / name).read_text(encoding="utf-8") for name in ("command.md", "outputs.md"))
    for name in (*PLACE_VARIABLES, *REPLICATE_VARIABLES, *GROUP_VARIABLES):
        assert f"`{name}`" in text
    for name in ("presence", "presence_full", "homicides_full", "homicides_run_total", "homicides_by_state", *OUTCOMES):
        assert re.search(rf"`{name}[`(]", text), name
    (read,) = re.findall(r"have no probabilities: (.*?)\.", text, re.S)
    assert re.findall(r"`(\w+)`", read) == [name for name, outcome in OUTCOMES.items() if not outcome.worse]
    for kind in KINDS.values():
        for name in kind.Options.model_fields:
            assert f"`region.{name}`" in text, name
    for group in ("region", "strategies", "experiment", "params", "priors"):
        for option in (folder("conf") / group).glob("*.yaml"):
            assert f"`{option.stem}`" in text
    for kind in ("intervention", "driver"):  # one of your own need not stand in the documents
        (listed,) = re.findall(rf"Options of {kind}s: (.*?);", text, re.S)
        assert set(re.findall(r"`(\w+)`", listed)) <= set(intervention_names(kind))


@pytest.mark.parametrize("kind", ["intervention", "driver"])
def test_gallery_shows_options_that_there_are(kind):
    text = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    shown = re.findall(rf"`contagion {kind}=\[(\w+)\]`", text)
    assert shown
    for name in shown:
        assert name in intervention_names(kind)
        assert f"### {name}\n" in text
        assert f"![{name}](gallery/{name}.png)" in text
        assert (ROOT / "docs" / "gallery" / f"{name}.png").stat().st_size < 25_000


@pytest.fixture(scope="module")
def tables():
    """The script that fills marked places of a page."""
    return load_script("docs/tables.py")


def test_marked_places_are_filled_again_and_again(tables, tmp_path):
    path = tmp_path / "fit.csv"
    path.write_text("# made by hand\nid,value,verdict,left out\nT20,1.36499,inside,1\nT50,713,a|b,2\nT99,,,3\n")
    page = "above\n\n<!-- fit -->\n<!-- /fit -->\n\nbelow\n"
    table = tables.read(path, ["id", "verdict", "value"])
    filled = tables.fill(page, "fit", table)
    assert filled == (
        "above\n\n<!-- fit -->\n\n| id | verdict | value |\n| --- | --- | --- |\n| T20 | inside | 1.36 |\n"
        "| T50 | a\\|b | 713 |\n| T99 |  |  |\n\n<!-- /fit -->\n\nbelow\n"
    )
    assert tables.fill(filled, "fit", table) == filled
    assert tables.read(path).shape == (3, 4)
    with pytest.raises(ValueError, match="no column 'verdct'"):
        tables.read(path, ["verdct"])
    with pytest.raises(ValueError, match="each once"):
        tables.fill(page, "published", table)


@pytest.mark.parametrize("name", ["calibration", "published"])
def test_methods_have_places_for_tables(tables, name):
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    assert f"<!-- {name} -->" in tables.fill(page, name, tables.read(ROOT / "experiments" / "mechanisms.csv"))
