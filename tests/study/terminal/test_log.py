"""The log keeps what the command said, from its beginning, as plain text."""

import io
import re

import pytest
from rich.progress import track
from rich.table import Table
from rich.text import Text

from contagion.errors import InputError
from contagion.study.terminal.log import Told


def said(tmp_path, *words, folder="run"):
    """A console that said something, found out where to keep it, and said more."""
    (tmp_path / folder).mkdir(exist_ok=True)
    console = Told(file=io.StringIO(), force_terminal=True, color_system="truecolor", width=20)
    console.print("before the folder is known, in one long line", style="red", markup=False)
    console.keep(tmp_path / folder, ["weeks=3"])
    for each in words:
        console.print(each, markup=False)
    return console


def test_all_that_is_said_is_kept(tmp_path, monkeypatch):
    """In its order, without colours; lines are as long as they are; nothing of the environment."""
    monkeypatch.setenv("CONTAGION_SECRET", "hunter2")
    console = said(tmp_path, "[red]name", Text("text"))
    table = Table("head")
    table.add_row("cell")
    console.answer(table)
    list(track(range(3), console=console))
    with console.status("working"):
        pass
    console.end()
    console.print("too late")
    text = (tmp_path / "run" / "contagion.log").read_text(encoding="utf-8")
    first, *lines = text.splitlines()
    assert re.fullmatch(r"20\S+ contagion \S+: weeks=3", first)
    assert lines[:3] == ["before the folder is known, in one long line", "[red]name", "text"]
    assert "cell" in text
    for absent in ("\x1b", "hunter2", "working", "too late", "100%"):
        assert absent not in text


def test_what_goes_on_is_appended(tmp_path):
    said(tmp_path, "first").end()
    said(tmp_path, "second").end()
    lines = (tmp_path / "run" / "contagion.log").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line in ("first", "second")] == ["first", "second"]
    assert len(lines) == 6


def test_a_log_that_cannot_be_written(tmp_path):
    (tmp_path / "run" / "contagion.log").mkdir(parents=True)
    with pytest.raises(InputError, match=r"contagion\.log: cannot be written"):
        said(tmp_path)
