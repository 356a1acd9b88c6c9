"""The study of faults at a small size: everything that goes wrong is told."""

import random

import pytest

from experiments.faults import inputs, stores

pytestmark = pytest.mark.slow


def test_damaged_stores_are_told(tmp_path):
    row = stores.damages(tmp_path, 16, 1)
    assert (row["right"], row["wrong"]) == (16, [])


def test_every_damage_changes_a_file(tmp_path):
    """Whatever it holds: a study whose damages do nothing would find nothing."""
    for kind in stores.DAMAGES:
        for content in (b"", b"x", b"some bytes"):
            file = tmp_path / "file"
            file.write_bytes(content)
            stores.damage(file, kind, random.Random(0))
            assert not file.exists() or file.read_bytes() != content


def test_made_up_input_is_told_or_read(tmp_path):
    for row in inputs.fuzz(tmp_path, 20, 5):
        assert row["tries"] >= 1
        assert row["wrong"] == []


@pytest.mark.parametrize("fault", [ValueError("no sentence"), RecursionError(), KeyError("x")])
def test_what_has_no_sentence_is_counted(fault):
    """The study would see a reader that fails in another way."""

    def failing(given):
        if given > 3000:
            raise fault

    row = inputs._tried("numbers", 20, 0, inputs.st.integers(0, 10_000), failing)
    assert 0 < row["right"] < row["tries"] == 20
    assert row["wrong"][0].startswith(type(fault).__name__)
