"""The figures of the methods page are drawn by the processes that they show; here on a few places, elsewhere."""

import importlib
import re
from pathlib import Path

import matplotlib.image
import pytest

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
HEAVIEST = 60_000  # bytes


@pytest.fixture(scope="module")
def figures():
    """The script that draws them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))
        yield importlib.import_module("figures")


def test_every_figure_is_drawn(figures, tmp_path, capsys):
    before = {path: path.stat().st_mtime_ns for path in figures.FOLDER.iterdir()}
    drawn = figures.draw(tmp_path, size=figures.Size(side=6, weeks=32, replicates=4, points=6))
    assert [path.stem for path in drawn] == list(figures.FIGURES)
    for path in drawn:
        picture = matplotlib.image.imread(path)[..., :3]
        assert picture.shape[1] > 800
        assert picture.std() > 0.02
    assert before == {path: path.stat().st_mtime_ns for path in figures.FOLDER.iterdir()}


def test_the_page_shows_every_figure_and_none_is_heavy(figures):
    page = (DOCS / "model.md").read_text(encoding="utf-8")
    assert re.findall(r"!\[[^\]]+\]\(figures/(\w+)\.png\)", page) == list(figures.FIGURES)
    assert {path.name for path in figures.FOLDER.iterdir()} == {f"{name}.png" for name in figures.FIGURES}
    for path in figures.FOLDER.iterdir():
        assert path.stat().st_size < HEAVIEST, path.name
