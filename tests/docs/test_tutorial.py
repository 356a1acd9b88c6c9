"""The tutorial runs from top to bottom, at a small size, and what it says is so; what is stored was run."""

import base64
import io
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from conftest import play
from PIL import Image

from contagion.errors import InputError
from contagion.parameters.build import build_component

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOK = DOCS / "tutorial.ipynb"
MOST = 600_000  # bytes of the stored notebook, figures and all
REPLICATES, WEEKS = 8, 40
STRATEGIES = ["baseline", "kingpin", "mediators", "mediators_and_prevention"]
FIGURES = ["map-difference", "map-harm", "map-certainty", "series"]
TABLES = ["make-places", "compare", "undecided", "ranking", "others", "robustness", "write"]

Cells = dict[str, dict[str, Any]]


def cells(path: Path) -> Cells:
    """The cells of a notebook by their names."""
    return {cell["id"]: cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def printed(cell: dict[str, Any]) -> str:
    return "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")


def shown(cell: dict[str, Any], kind: str) -> str:
    """What the last line of a cell shows, as one type of content."""
    (result,) = (output for output in cell["outputs"] if output["output_type"] == "execute_result")
    return "".join(result["data"][kind])


def table(cell: dict[str, Any]) -> pd.DataFrame:
    """The table that a cell shows, as text, by strategy."""
    html = shown(cell, "text/html")
    root = ElementTree.fromstring(html[html.index("<table") : html.index("</table>")] + "</table>")
    head, *rows = [[part.text or "" for part in row] for row in root.iter("tr")]
    return pd.DataFrame([row[1:] for row in rows], columns=head[1:]).set_index("strategy")


def tutorial(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The script that runs the notebook, whose files go to `folder`."""
    command = [sys.executable, str(DOCS / "tutorial.py"), *arguments]
    flags = os.environ | {"TMPDIR": str(folder), "JAX_PLATFORMS": "cpu"}
    return subprocess.run(command, env=flags, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Cells, Path]:
    """The cells of a small run, and the folder that its files were written to."""
    if missing := [name for name in ("nbformat", "nbclient", "ipykernel") if find_spec(name) is None]:
        pytest.skip(f"{', '.join(missing)} not installed; pip install -e '.[test]' brings what runs the notebook")
    folder = tmp_path_factory.mktemp("tutorial")
    target = folder / "run.ipynb"
    run = tutorial(f"--replicates={REPLICATES}", f"--weeks={WEEKS}", f"--to={target}", folder=folder)
    assert run.returncode == 0, run.stderr
    (written,) = {path.parent for path in folder.glob("*/places.gpkg")}
    return cells(target), written


def check_run(found: Cells) -> None:
    """Every cell was run, in order, and shows figures and tables, no error and no warning."""
    code = [cell for cell in found.values() if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == [*range(1, len(code) + 1)]
    for cell in code:
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr", output
    for name in FIGURES:
        with Image.open(io.BytesIO(base64.b64decode(shown(found[name], "image/png")))) as figure:
            assert min(figure.size) > 400
            assert len(figure.convert("RGB").getcolors(figure.width * figure.height) or ()) > 20  # not a blank sheet
    for name in TABLES:
        assert "<table" in shown(found[name], "text/html")


def test_every_cell_runs(finished):
    found, _ = finished
    check_run(found)
    assert f"REPLICATES = {REPLICATES} " in source(found["sizes"])


def test_what_is_stored_was_run_in_full():
    found = cells(NOTEBOOK)
    check_run(found)
    assert NOTEBOOK.stat().st_size < MOST
    told = table(found["undecided"])[["replicates", "verdict"]].to_numpy().tolist()
    assert told == [["16", "undecided"], ["64", "better"], ["256", "better"]]  # as its words say
    assert table(found["compare"])["verdict"].tolist() == ["", "worse", "better", "better"]
    words = json.dumps([cell.get("outputs") for cell in found.values()])
    assert "/tmp" not in words
    assert "not computed" not in words  # sensitivity has the replicates that it takes


def test_mistakes_are_told(finished):
    found, _ = finished
    told = re.sub(r"\s+", " ", printed(found["mistakes"]))
    for sentence in (
        "twice.gpkg: column 'code' repeats the code P00; each place has one row",
        "short.csv: 2 of 48 places have no row (P00, P01); write 0 for none",
        "no column 'resident'; the nearest is 'residents'",
        "names 3 groups and region.groups=2 has fewer slots",
    ):
        assert sentence in told
    assert printed(found["own-checked"]) == (
        "mediators.calm=3.0: out of bounds, must be a number from 0 to 1 (share of fighting prevented)\n"
    )


def test_assumptions_are_told(finished):
    found, _ = finished
    assert "Assumed everywhere" in printed(found["load"])
    assert "Groups are schematic" not in printed(found["load"])  # those of the tables are taken
    assert "assumed" in printed(found["simulate"])


def test_strategies_are_paired(finished):
    """The same until the first begins; beyond, alike."""
    found, _ = finished
    same, spread = printed(found["paired"]).splitlines()
    assert same.endswith(": 0.0")
    paired, unrelated = map(int, re.findall(r"(\d+) (?:paired|between)", spread))
    assert paired < unrelated


def test_strategies_are_compared(finished):
    found, _ = finished
    compared, doubted = (table(found[name]) for name in ("compare", "undecided"))
    assert [*compared.index] == STRATEGIES
    assert [*doubted["replicates"]] == ["2", "2", str(REPLICATES)]
    assert compared["verdict"].iloc[0] == ""
    judged = pd.concat([compared.iloc[1:], doubted])
    low, high = (judged[end].astype(float) for end in ("expected_low", "expected_high"))
    expected = np.select(
        [low > 0, high < 0, (low == 0) & (high == 0)], ["worse", "better", "no difference"], "undecided"
    )
    assert judged["verdict"].tolist() == expected.tolist()
    assert "standard error of a mean rank" in printed(found["ranking"])
    assert "Largest regret" in printed(found["robustness"])
    assert f"of 64 replicates that it takes there are {REPLICATES}" in printed(found["sensitivity"])


def test_files_are_written(finished):
    found, folder = finished
    kept = folder / "results"
    assert {path.name for path in kept.iterdir()} == {"report.html", "maps", "export", "results.zarr"}
    assert "How sure the ranking is" in (kept / "report.html").read_text(encoding="utf-8")
    layer = gpd.read_file(kept / "export" / "places.gpkg")
    assert len(layer) == 48
    assert layer["mediators_homicides"].gt(0).any()
    with xr.open_zarr(kept / "results.zarr") as stored:
        assert stored["strategy"].values.tolist() == STRATEGIES
        assert stored.sizes["replicate"] == REPLICATES
        assert stored.attrs["source"].startswith("Made up")
    for path in sorted(kept.iterdir()):
        assert f"results/{path.name}" in printed(found["write"])


def test_the_command_does_the_same(finished):
    found, folder = finished
    assert "Homicides over the run" in printed(found["command"])
    names = {"report.html", "results.zarr", "comparison.csv", "ranking.csv", "robustness.csv", "maps"}
    assert names <= {path.name for path in (folder / "by_command").iterdir()}
    assert "largest difference: 0.0\n" in printed(found["store"])
    with xr.open_zarr(folder / "by_command" / "results.zarr") as stored:
        assert stored["strategy"].values.tolist() == STRATEGIES[:2]
        assert stored["homicides_total"].sel(strategy="kingpin").sum() > 0


@pytest.fixture(scope="module")
def mediators() -> type:
    """The class that the notebook defines."""
    names: dict[str, Any] = {"strategies": {}, "FIRST": 26}
    exec(compile(source(cells(NOTEBOOK)["own"]), "tutorial.ipynb", "exec"), names)
    return names["Mediators"]


def test_strategy_of_ones_own_acts_as_it_says(mediators, region, view):
    acting = build_component(mediators, dict(start=1, places=3, calm=0.5, staff=60.0), "mediators")
    before, after = play(acting, region, [view, view])
    assert np.all(np.asarray(before.fighting) == 1)
    assert before.ledger.staff == 0
    fighting = np.asarray(after.fighting)
    hottest = np.argsort(np.asarray(view.recorded)[:, 0])[-3:]
    assert set(np.flatnonzero(fighting[:, 0] == 0.5)) == set(hottest)
    assert (fighting == 1).sum() == fighting.size - 3
    assert after.ledger.staff == 60
    idle = build_component(mediators, dict(start=0, places=3, calm=0.0, staff=0.0), "mediators")
    (nothing,) = play(idle, region, [view])
    assert jnp.all(nothing.fighting == 1)
    assert nothing.ledger.staff == 0
    with pytest.raises(InputError, match=r"mediators\.places=0"):
        build_component(mediators, dict(start=0, places=0, calm=0.0, staff=0.0), "mediators")


def test_links_lead_somewhere():
    text = "\n".join(source(cell) for cell in cells(NOTEBOOK).values() if cell["cell_type"] == "markdown")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    for target in links:
        assert target.startswith("https://") or (DOCS / target).exists(), target
