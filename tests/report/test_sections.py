"""What a study adds to the report: escaped, labelled for those who hear it, refused where it cannot be shown."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from contagion import InputError
from contagion.report.sections import Section, section

HOSTILE = "</section><script>alert(1)</script>"
DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "ranks.png"
    Figure((1, 1)).savefig(path)
    return path


def test_everything_is_shown_in_order(picture: Path) -> None:
    table = pd.DataFrame(dict(strategy=["truce", "pact"], mean_rank=[1, 2]))
    shown = section(Section("Ranking", ["First.", "Second."], table, "Ranks", {picture: "How ranks move"}), "section-3")
    assert shown.startswith('<section aria-labelledby="section-3">\n<h2 id="section-3">Ranking</h2>')
    order = [
        "<p>First.</p>",
        "<p>Second.</p>",
        "<caption>Ranks</caption>",
        '<th scope="row">truce</th><td>1</td>',
        "<img ",
    ]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    assert re.findall(r'<th scope="col">(.*?)</th>', shown) == ["Strategy", "Mean rank"]
    assert 'alt="How ranks move"><figcaption>How ranks move</figcaption>' in shown


def test_text_is_escaped(picture: Path) -> None:
    table = pd.DataFrame({HOSTILE: [HOSTILE], f"{HOSTILE} too": [f'"{HOSTILE}"']})
    shown = section(Section(HOSTILE, [HOSTILE], table, HOSTILE, {picture: f'" onload="{HOSTILE}'}), "section-1")
    assert "<script>" not in shown
    assert shown.count("</section>") == 1
    assert ' onload="' not in shown


def test_cells_read_well() -> None:
    numbers = [146077.31, -0.123456, 0.5, np.nan, 0.0]
    table = pd.DataFrame(
        dict(
            name=list("abcde"),
            number=numbers,
            count=[12345, 0, 1, 2, 3],
            right=[True] * 5,
            word=["x", None, "y", "z", "w"],
        )
    )
    shown = section(Section("Cells", table=table), "section-1")
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in shown.splitlines() if "<td" in line]
    assert [row[0] for row in rows] == ["146,077", f"{MINUS}0.1235", "0.5", DASH, "0"]
    assert [row[1] for row in rows] == ["12,345", "0", "1", "2", "3"]
    assert {row[2] for row in rows} == {"yes"}
    assert rows[1][3] == DASH
    assert shown.count('class="words"') == 6  # its heading and its cells


def test_table_without_a_caption_has_that_of_the_heading() -> None:
    shown = section(Section("Ranks", table=pd.DataFrame(dict(a=["b"]))), "section-1")
    assert "<caption>Ranks</caption>" in shown


def test_what_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="section 'Empty': its table has no column"):
        section(Section("Empty", table=pd.DataFrame()), "section-1")
    with pytest.raises(InputError, match=r"missing\.png: not a PNG file"):
        section(Section("None", figures={tmp_path / "missing.png": "?"}), "section-1")
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    with pytest.raises(InputError, match=r"text\.png: not a PNG file"):
        section(Section("Text", figures={text: "?"}), "section-1")
