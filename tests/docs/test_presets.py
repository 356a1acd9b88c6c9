"""The pages of preset comparisons: each experiment has one, and a finished run fills it."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import load_script, settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def presets():
    """The script that writes the pages."""
    sys.path.insert(0, str(ROOT / "docs"))
    yield load_script("docs/presets.py")
    sys.path.remove(str(ROOT / "docs"))


def test_every_preset_is_an_experiment_with_a_page_of_its_strategies(presets):
    index = (presets.FOLDER / "index.md").read_text(encoding="utf-8")
    for name in presets.NAMES:
        chosen = settings(f"experiment={name}")
        page = (presets.FOLDER / f"{name}.md").read_text(encoding="utf-8")
        assert chosen.region["kind"] == "mexico"
        assert chosen.ensemble.priors
        assert f"contagion experiment={name}" in page
        assert all(f"| {strategy} |" in page for strategy in chosen.strategies)
        assert f"({name}.md)" in index


def test_a_finished_run_fills_its_page(presets, tmp_path, monkeypatch):
    """Changes are relative to the mean of the first strategy; what is not about homicides is left out."""
    monkeypatch.setattr(presets, "FOLDER", tmp_path)
    (tmp_path / "maps").mkdir()
    (tmp_path / presets.MAPS).write_bytes(b"picture")
    (tmp_path / "short.md").write_text("# Short\n\n<!-- short -->\n\n<!-- /short -->\n")
    rows = {
        "strategy": ["first", "second", "first"], "outcome": ["homicides", "homicides", "cost"], "mean": [200, 150, 9],
        "difference_percent": [0, -25, 0], "expected_low": [0, -60, 0], "expected_high": [0, -40, 0],
        "difference_q05": [0, -80, 0], "difference_q95": [0, 10, 0], "probability_better": [None, 0.9, None],
        "verdict": ["", "better", ""],
    }  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "comparison.csv", index=False)
    presets.write("short", tmp_path)
    lines = (tmp_path / "short.md").read_text().splitlines()
    assert "| second | 150 | -25 | -30 | -20 | -40 | 5 | 0.9 | better |" in lines
    assert not [line for line in lines if "| 9 |" in line]
    assert (tmp_path / "short.png").read_bytes() == b"picture"
