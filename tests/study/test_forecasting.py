"""The forecast of a record as a user runs it: files, mistakes, interruptions, and nothing overwritten.

The forecast itself is replaced by one that knows the mean: what is fitted has tests of its own.
"""

import html
import re
import shlex
import sys
from pathlib import Path

import absl.logging
import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import MeanForecast

import contagion
from contagion._util.language import group
from contagion.evaluation import evaluate
from contagion.evaluation.learned import TREES
from contagion.evaluation.rivals import RIVALS
from contagion.study import cli as command
from contagion.study.forecast import work as forecasting
from contagion.study.terminal.log import Told

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "forecast.md"
FILE = ["region=file", "region.path=municipios.gpkg", "region.id=divipola", "region.name=municipio",
        "region.population=residents", "region.state=departamento", "region.record=homicides.csv",
        "region.digits=5"]  # fmt: skip
FILES = {"report.html", "forecast.csv", "scores.csv", "skill.csv", "statements.csv",
         "fan.png", "probability.png", "skill.png", "reliability.png"}  # fmt: skip


@pytest.fixture
def ran(monkeypatch, capsys, tmp_path):
    """Calls the command as its entry point does, in this process, in a folder with places and a record."""
    monkeypatch.setattr("contagion.inference.forecast.fit", MeanForecast)
    monkeypatch.setitem(TREES, "max_iter", 3)
    monkeypatch.setattr(absl.logging.get_absl_handler().python_handler, "stream", sys.__stderr__)
    monkeypatch.setattr(command, "console", Told(stderr=True, highlight=False, width=200))
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    codes = [f"{5001 + number:05}" for number in range(12)]
    cells = [shapely.box(column, row, column + 1, row + 1) for row in range(3) for column in range(4)]
    names = ["<script>alert(1)</script>", *(f"Municipio {number}" for number in range(11))]
    columns = dict(divipola=codes, municipio=names, departamento=list("aaaabbbbcccc"), residents=100_000)
    geopandas.GeoDataFrame(columns, geometry=cells, crs="EPSG:4326").to_file("municipios.gpkg")

    def called(*arguments, periods=60, yearly=False):
        time = (
            [str(2000 + at) for at in range(periods)]
            if yearly
            else pd.period_range("2000-01", periods=periods, freq="M")
        )
        rows = [(code, str(at), generator.poisson(3)) for at in time for code in codes]
        pd.DataFrame(rows, columns=["divipola", "time", "count"]).to_csv("homicides.csv", index=False)
        monkeypatch.setattr(sys, "argv", ["contagion", *arguments])
        try:
            command.main()
            status = 0
        except SystemExit as stop:
            status = stop.code
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return status, " ".join(f"{told.out} {told.err}".split())

    return called


def test_the_guide_runs_on_tiny_data(ran, tmp_path, capsys):
    (line,) = re.findall(r"```sh\n(.*?)\n```", GUIDE.read_text(encoding="utf-8"), re.S)
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    first, *arguments = shlex.split(line)
    assert first == "contagion"
    status, told = ran(*arguments, "forecast.draws=50", "forecast.origins=2")
    assert status == 0, told
    folder = tmp_path / "colombia"
    assert {path.name for path in folder.iterdir()} == {*FILES, ".hydra", ".lock", "contagion.log", "run.json"}
    assert "12 places; counted to 2004-12; 2 earlier origins, 2003-01 to 2004-01" in told
    assert "homicides are forecast for the twelve months from 2005-01" in told
    exec(compile(code, "forecast.md", "exec"), {})
    assert "skill" in capsys.readouterr().out

    scores, skills = pd.read_csv(folder / "scores.csv"), pd.read_csv(folder / "skill.csv")
    assert {*scores.model} == {"forecast", *RIVALS}
    assert list(scores)[:4] == ["level", "model", "origin", "horizon"]
    assert {"crps", "log_score", "coverage", "pit_deviation", "energy_score", "skill"} <= {*scores}
    assert {"skill", "lowest", "z", "better", "energy_skill", "pit_deviation"} <= {*skills}
    assert len(pd.read_csv(folder / "forecast.csv")) == 12
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page or "Municipio" in page
    assert "<script" not in page
    assert page.count("data:image/png") == 4
    assert pd.read_csv(folder / "statements.csv").statements.sum() == 24

    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    status, told = ran(*arguments, "forecast.draws=50")
    assert status == 2
    assert "never overwritten" in told
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_years_from_an_earlier_day(ran, tmp_path):
    """In Spanish: what is told and the page; tables stay as they are."""
    quick = ["forecast.draws=50", "forecast.origins=1", "hydra.run.dir=years", "start=2014-01-01", "language=es"]
    status, told = ran("experiment=forecast", *FILE, *quick, periods=20, yearly=True)
    assert status == 0, told
    assert "contado hasta 2013; 1 origen anterior, 2011 a 2011" in told
    assert "homicidios para el año desde 2014, tras" in told
    assert {*pd.read_csv(tmp_path / "years" / "scores.csv").horizon} == {1, 2, 3}
    assert " to " in pd.read_csv(tmp_path / "years" / "statements.csv").stated[0]
    page = html.unescape((tmp_path / "years" / "report.html").read_text(encoding="utf-8"))
    assert 'lang="es"' in page
    with contagion.speaking("es"):
        headings = [words for key, words in group("forecast").items() if key in ("rising", "skill", "reliability")]
    assert all(f">{heading}</h2>" in page for heading in headings)
    english = [words for words in group("forecast").values() if "{" not in words and len(words) > 6]
    assert [words for words in english if f">{words}<" in page or f">{words} " in page] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["region=schematic"],
            "has no record of homicides; forecasts take region=mexico, or region=file with region.record",
        ),
        (
            ["region=lattice", "task=simulate"],
            "start=None: must be a date such as 2020-01-01; null is for task=forecast",
        ),
        (
            [*FILE, "start=2001-06-01"],
            "17 months to 2001-05: must be at least 36, 24 to learn from and 12 to compare with",
        ),
        ([*FILE, "start=2000-01-01"], "start=2000-01-01: nothing was counted before"),
        ([*FILE, "forecast.origins=0"], "forecast.origins=0: input should be greater than or equal to 1"),
        ([*FILE, "forecast.horizons=[0]"], "forecast.horizons.0=0: input should be greater than or equal to 1"),
        ([*FILE, "forecast.drawz=10"], "the nearest key is forecast.draws"),
    ],
)
def test_mistakes_are_told_in_a_sentence(ran, tmp_path, arguments, message):
    status, told = ran("experiment=forecast", *arguments, "hydra.run.dir=run")
    assert status == 2
    assert message in told
    assert not (tmp_path / "run" / "scores.csv").exists()


def test_an_interrupted_forecast_goes_on_to_the_same_numbers(ran, tmp_path, monkeypatch):
    origins = []

    def interrupted(observed, origin, **options):
        origins.append(origin)
        if len(origins) == 2:
            raise KeyboardInterrupt
        return evaluate(observed, origin, **options)

    monkeypatch.setattr(forecasting, "evaluate", interrupted)
    quick = ["experiment=forecast", *FILE, "forecast.draws=50", "forecast.horizons=[1]"]
    status, told = ran(*quick, "hydra.run.dir=run")
    assert status == 130
    assert "interrupted; 1 of 3 origins are in" in told
    assert "the same command with hydra.run.dir=" in told
    monkeypatch.setattr(forecasting, "evaluate", evaluate)
    status, told = ran(*quick, "forecast.rate=20", "hydra.run.dir=run")
    assert status == 2
    assert "an unfinished run with another forecast (rate)" in told
    for folder in ("run", "whole"):
        status, told = ran(*quick, f"hydra.run.dir={folder}")
        assert status == 0, told
    for name in ("forecast", "scores", "skill", "statements"):
        one, other = ((tmp_path / folder / f"{name}.csv").read_bytes() for folder in ("run", "whole"))
        assert one == other, name
    assert not (tmp_path / "run" / "parts").exists()
