"""The summary fits a terminal, and names stay whole or go on where their words meet."""

import pandas as pd
import pytest
import yaml
from rich.console import Console

from contagion._util.resources import folder
from contagion._util.text import MINUS
from contagion.study.terminal.summary import COLUMNS, summary


def names_of_strategies():
    """All of `conf/strategies`."""
    names = set()
    for file in (folder("conf") / "strategies").glob("*.yaml"):
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
        parts = [each for each in values.pop("defaults", []) if isinstance(each, dict)]
        names |= {key.rpartition("@")[2] for part in parts for key in part} | set(values)
    return sorted(names - {"baseline"}, key=len)


def shown(capsys, *names, width=80, verdict="undecided", mean=148_482.0):
    """Lines of the table of strategies."""
    numbers = dict(difference=-7_600.0, expected_low=-7_750.0, expected_high=-7_440.0, probability_better=0.98)
    rows = [
        dict(strategy=name, outcome="homicides", mean=mean, verdict=verdict) | numbers for name in ("baseline", *names)
    ]
    Console(width=width).print(summary(pd.DataFrame(rows)))
    text = capsys.readouterr().out.splitlines()
    begin = next(index for index, line in enumerate(text) if line.startswith("──"))
    end = next(index for index, line in enumerate(text) if line.startswith("fewer in"))
    assert max(map(len, text)) <= width
    return text[begin - 1 : end - 1]


@pytest.mark.parametrize("verdict", ["undecided", "no difference"])
def test_every_name_of_a_strategy_fits(capsys, verdict):
    """Beside all numbers; what goes on in a next line stands further right, and begins with a word."""
    names = names_of_strategies()
    assert "high_value_targeting_with_surges" in names
    heads = shown(capsys, *names, verdict=verdict)
    left = heads[0].index("homicides") - 1
    found = []
    for line in heads[3:]:
        part = line[:left].rstrip()
        if part.startswith("  "):
            assert found[-1].endswith("_")
            found[-1] += part.strip()
        else:
            found.append(part)
            assert line.split()[-1] == verdict.split()[-1]
    assert found == names


def test_a_name_is_whole_where_there_is_room(capsys):
    lines = shown(capsys, "concentric_handover", verdict="no difference")
    assert any(line.startswith("concentric_handover ") for line in lines)
    lines = shown(capsys, "high_value_targeting_with_surges", width=120)
    assert any(line.startswith("high_value_targeting_with_surges ") for line in lines)


@pytest.mark.parametrize("name", ["kingpin+concentric_handover+prevention_zones", "a" * 70, "[red]a b", "Ñandú" * 9])
def test_a_name_of_ones_own(capsys, name):
    """Is text, whatever it looks like."""
    lines = shown(capsys, name, mean=1_234_567_890.0)
    left = lines[2].index("1,234,567,890")
    assert "".join(line[:left].strip() for line in lines[3:]).replace(" ", "")[:60] == name.replace(" ", "")[:60]


def test_every_column_is_declared_once(capsys):
    lines = shown(capsys, "kingpin")
    assert lines[0].split() == " ".join(["strategy", *(column.head for column in COLUMNS)]).split()
    first, other = lines[2], lines[3]
    assert first.split() == ["baseline", "148,482"]
    assert " ".join(other.replace(MINUS, "-").split()) == "kingpin 148,482 -4.87 -4.97 to -4.77 98 % undecided"
