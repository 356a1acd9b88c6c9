"""A page of sections is text that was escaped, and may fetch and run nothing."""

import pandas as pd
import pytest

from contagion import InputError
from contagion.report import Section, document


def test_all_text_is_escaped():
    bad = "<script>alert(1)</script>"
    table = pd.DataFrame({bad: [bad], "number": [1234.5]})
    page = document(bad, [bad], [Section(bad, [bad], table, bad)], [bad], [bad])
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 8
    assert "1,234" in page
    assert "default-src &#x27;none&#x27;" in page
    assert "$" not in page


def test_a_figure_that_is_no_picture_is_told(tmp_path):
    (tmp_path / "fan.png").write_text("no picture")
    with pytest.raises(InputError, match="not a PNG file"):
        document("title", [], [Section("fan", figures={tmp_path / "fan.png": "fan"})])
