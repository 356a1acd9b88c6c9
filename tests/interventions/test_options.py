"""Typed constructors, the table of numbers, the text of an option, and options of installed packages."""

import textwrap
from dataclasses import fields

import equinox as eqx
import pytest
from conftest import settings
from jaxtyping import Array, Float, Int

import contagion
from contagion.errors import InputError
from contagion.interventions import (
    ConcentricHandover,
    Kingpin,
    Option,
    drivers,
    intervention_names,
    load_driver,
    load_intervention,
    table,
)
from contagion.interventions.registry import check_option, option_class
from contagion.kernel import Controls, Intervention, area, choice, number
from contagion.study.settings import build_strategies

ALL = [(group, name) for group in ("intervention", "driver") for name in intervention_names(group)]


class Checkpoint(Option):
    """An option with its default values in the code."""

    effects = ("personnel",)

    start: Int[Array, ""] = number("week", 0, 5200, default=52)
    personnel: Float[Array, ""] = number("persons per place", 0, 100_000, default=200)
    mode: str = choice("on foot", "by car", default="by car")
    beat: str = area("the hottest places")

    def act(self, memory, view, region, week):
        return Controls(), memory


class Undecided(Checkpoint):
    """An option that leaves a number to its user."""

    size: Float[Array, ""] = number("persons", 0, 10)


@pytest.mark.parametrize(("group", "name"), ALL)
def test_typed_constructors_build_what_the_name_builds(group, name):
    kind = option_class(name, group, group)
    assert issubclass(kind, Option)
    load = load_intervention if group == "intervention" else load_driver
    assert eqx.tree_equal(kind.preset(start=3), load(name, start=3))
    face = contagion.interventions if group == "intervention" else drivers
    assert getattr(face, kind.__name__) is kind


def test_typed_constructors_check_values():
    assert isinstance(Kingpin.preset(every=4), Kingpin)
    with pytest.raises(InputError, match=r"intervention.kingpin.every=0: out of bounds"):
        Kingpin.preset(every=0)
    with pytest.raises(InputError, match=r"intervention.kingpin.evry: no such key; the nearest is every"):
        Kingpin.preset(evry=3)
    with pytest.raises(InputError, match=r"intervention.concentric_handover: chosen=null: must name an area"):
        ConcentricHandover.preset(centred_on="chosen")


def test_default_values_may_lie_in_the_code():
    built = Checkpoint.preset(personnel=300)
    assert (int(built.start), float(built.personnel), built.mode, built.beat) == (52, 300, "by car", "")
    with pytest.raises(InputError, match=r"Checkpoint.personnel=-1: out of bounds"):
        Checkpoint.preset(personnel=-1)
    with pytest.raises(InputError, match=r"Undecided.size: missing: give a value, or declare it with default=\.\.\."):
        Undecided.preset()
    assert float(Undecided.preset(size=3).size) == 3


def test_text_of_an_option_is_its_changed_values():
    assert repr(Kingpin.preset()) == "Kingpin(...)"
    assert repr(Kingpin.preset(start=1, severity=0.25)) == "Kingpin(start=1, severity=0.25, ...)"
    assert repr(ConcentricHandover.preset(chosen="hills", cost=1e5)) == (
        "ConcentricHandover(chosen='hills', cost=100000, ...)"
    )
    assert repr(Checkpoint.preset()) == "Checkpoint(...)"
    everything = {field.name: 1 for field in fields(Kingpin) if "low" in field.metadata} | dict(reposition=0)
    assert len(repr(Kingpin.preset(**everything))) < 100
    traced = []
    eqx.filter_jit(lambda option: traced.append(repr(option)))(drivers.UsDemand.preset())
    assert traced == ["UsDemand(start=i32[], growth=f32[], weeks=i32[])"]


def test_table_of_numbers():
    """Effects are the numbers that `effects` names; every option has some, and a start."""
    numbers = table()
    assert {(group, name) for group, name in zip(numbers["group"], numbers["option"], strict=True)} == set(ALL)
    for (group, name), rows in numbers.groupby(["group", "option"]):
        kind = option_class(str(name), str(group), "")
        assert set(rows.number[rows.kind == "effect"]) == set(kind.effects)
        assert rows.kind[rows.number == "start"].tolist() == ["timing"]
    assert numbers.default.between(numbers.low, numbers.high).all()
    assert (numbers.low[numbers.kind == "effect"] <= 0).all()  # so that an option can do nothing
    kingpin = {each.name: each for each in Kingpin.numbers()}
    assert (kingpin["every"].kind, kingpin["killing"].kind, kingpin["every"].default) == ("timing", "setting", 20)


class Coding:
    """No option at all."""


class Silent(Intervention):
    """An option without effects."""

    def act(self, memory, view, region, week):
        return Controls(), memory


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Coding, "x: not an option: must be a subclass of contagion.interventions.Option"),
        (Coding(), "x: not an option"),
        (Option, "x: not an option"),
        (Silent, "x: no effects"),
        (Undecided, "x: size has no default value: declare it with number"),
    ],
)
def test_what_is_no_option(kind, message):
    with pytest.raises(InputError, match=message):
        check_option(kind, "x")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package that offers options."""
    (tmp_path / "ports.py").write_text(
        textwrap.dedent(
            """
            from jaxtyping import Array, Float
            from contagion.interventions import Option
            from contagion.kernel import Controls, number

            class Checkpoint(Option):
                effects = ("personnel",)
                personnel: Float[Array, ""] = number("persons", 0, 100, default=20)

                def act(self, memory, view, region, week):
                    return Controls(), memory

            class Broken:
                pass
            """
        )
    )
    about = tmp_path / "ports-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: ports\nVersion: 1.0\n")
    offered = (
        "checkpoint = ports:Checkpoint\nkingpin = ports:Checkpoint\nbroken = ports:Broken\nabsent = ports:Absent\n"
    )
    text = f"[contagion.interventions]\n{offered}[contagion.interventions.drivers]\n{offered}"
    (about / "entry_points.txt").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("package")
def test_options_of_installed_packages():
    built = load_intervention("checkpoint", personnel=30)
    assert (type(built).__module__, float(built.personnel)) == ("ports", 30)
    assert float(load_driver("checkpoint").personnel) == 20
    assert isinstance(load_intervention("kingpin"), Kingpin)  # those of the package come first
    assert "checkpoint" not in intervention_names()
    (one,) = build_strategies(settings("+strategies.ports.checkpoint.personnel=1"))["ports"]
    assert float(one.personnel) == 1
    with pytest.raises(InputError, match="entry point broken = ports:Broken: not an option"):
        load_intervention("broken")
    with pytest.raises(InputError, match=r"entry point absent = ports:Absent: cannot be imported"):
        load_intervention("absent")
    with pytest.raises(InputError, match="no intervention 'checkpont'; the nearest is checkpoint"):
        load_intervention("checkpont")
