"""The summary fits a terminal, and names stay whole or go on where their words meet."""

import pandas as pd
import pytest
import yaml
from rich.console import Console

from contagion._util.language import label, say, speaking
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
            found[-1] += f"{'' if found[-1].endswith('-') else ' '}{part.strip()}"
        else:
            found.append(part)
            assert line.split()[-1] == verdict.split()[-1]
    assert found == list(map(label, names))


def test_a_name_is_whole_where_there_is_room(capsys):
    lines = shown(capsys, "concentric_handover", verdict="no difference")
    assert any(line.startswith("concentric handover ") for line in lines)
    lines = shown(capsys, "high_value_targeting_with_surges", width=120)
    assert any(line.startswith("high-value targeting with surges ") for line in lines)


@pytest.mark.parametrize("name", ["kingpin+concentric_handover+prevention_zones", "a" * 70, "[red]a b", "Ñandú" * 9])
def test_a_name_of_ones_own(capsys, name):
    """Is text, whatever it looks like."""
    lines = shown(capsys, name, mean=1_234_567_890.0)
    left = lines[2].index("1,234,567,890")
    assert "".join(line[:left].strip() for line in lines[3:]).replace(" ", "")[:60] == label(name).replace(" ", "")[:60]


def test_every_column_is_declared_once(capsys):
    lines = shown(capsys, "kingpin")
    assert lines[0].split() == " ".join(["strategy", *(say(column.key) for column in COLUMNS)]).split()
    first, other = lines[2], lines[3]
    assert first.split() == ["baseline", "148,482"]
    assert " ".join(other.replace(MINUS, "-").split()) == "kingpin 148,482 -4.87 -4.97 to -4.77 98 % undecided"


def test_a_summary_in_spanish_fits(capsys):
    table = pd.DataFrame(
        [
            dict(strategy=name, outcome="homicides", mean=148_482.0, verdict="no difference", difference=-7_600.0,
                 expected_low=-7_750.0, expected_high=-7_440.0, probability_better=0.98)
            for name in ("baseline", *names_of_strategies())
        ]
    )  # fmt: skip
    with speaking("es"):
        Console(width=80).print(summary(table))
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "estrategia" in text
    assert "captura de capos" in text
    assert text.count("sin diferencia") == len(table) - 1
    assert "strategy" not in text
