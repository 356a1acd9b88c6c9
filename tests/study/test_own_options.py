"""Options of one's own: named on the command line they run, named anywhere else they do not."""

import sys

import pytest
import xarray as xr
import yaml
from commands import called, refused
from hydra.core.config_store import ConfigStore
from test_cli import LATTICE

import contagion
from contagion.errors import InputError
from contagion.study.own_options import taken_out

CLASS = """
from pathlib import Path

from jaxtyping import Array, Float, Int

from contagion.interventions import Option
from contagion.kernel import Controls, number

(Path(__file__).parent / "ran").touch()


class {name}(Option):
    effects = ("personnel",)

    start: Int[Array, ""] = number("week", 0, 5200, default=2)
    personnel: Float[Array, ""] = number("persons per place", 0, 100_000{default})

    def act(self, memory, view, region, week):
        return Controls(military=(week >= self.start) * self.personnel * region.strategic[:, None]), memory


class Helper:
    pass
"""
DEFAULT = ", default=200"


@pytest.fixture
def mine(tmp_path):
    """A file with an option, which leaves a mark where it is imported."""
    path = tmp_path / "mine.py"
    path.write_text(CLASS.format(name="Checkpoint", default=DEFAULT))
    return path


def test_a_class_of_ones_own_runs_and_is_stored_without_code(tmp_path, mine):
    named = ["intervention=[kingpin,./mine.py:Checkpoint]", "driver=[./mine.py:Checkpoint]"]
    run = called(*LATTICE, *named, "intervention.Checkpoint.personnel=300", "hydra.run.dir=run", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    with xr.open_zarr(tmp_path / "run" / "results.zarr") as results:
        assert results["strategy"].values.tolist() == ["baseline", "kingpin+Checkpoint"]
        stored = yaml.safe_load(results.attrs["config"])
    assert stored["intervention"]["Checkpoint"] == {"start": 2, "personnel": 300}
    assert stored["driver"] == {"Checkpoint": {"start": 2, "personnel": 200}}
    assert list(stored["intervention"]) == ["kingpin", "Checkpoint"]
    for file in (tmp_path / "run" / ".hydra").iterdir():
        assert "mine" not in file.read_text() or file.name == "hydra.yaml", file
    # What is stored names the option; without the command line there is no code for it.
    (tmp_path / "ran").unlink()
    again = ["--config-path", str(tmp_path / "run" / ".hydra"), "--config-name", "config", "hydra.run.dir=again"]
    said = refused(*again, cwd=tmp_path)
    assert "no intervention 'Checkpoint'" in said
    assert "intervention=[./file.py:Checkpoint]" in said
    assert not (tmp_path / "ran").exists()


def test_a_sweep_over_a_class_of_ones_own(tmp_path, mine):
    swept = ["intervention=[kingpin],[./mine.py:Checkpoint]", "hydra.sweep.dir=sweep"]
    run = called("-m", *LATTICE, "weeks=4", *swept, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    results = contagion.open_results(tmp_path / "sweep")
    for number, name in enumerate(["kingpin", "Checkpoint"]):
        assert contagion.one_job(results, number)["strategy"].values.tolist() == ["baseline", name]


@pytest.mark.parametrize(
    ("argument", "rewritten"),
    [
        ("intervention=[./mine.py:Checkpoint]", "intervention=[Checkpoint]"),
        ("intervention=./mine.py:Checkpoint", "intervention=Checkpoint"),
        ("intervention=['./mine.py:Checkpoint',kingpin]", "intervention=[Checkpoint,kingpin]"),
        ("intervention=[kingpin],[truce,./mine.py:Checkpoint]", "intervention=[kingpin],[truce,Checkpoint]"),
        ("+intervention@strategies.early=./mine.py:Checkpoint", "+intervention@strategies.early=Checkpoint"),
        ("intervention=[{absolute}:Checkpoint]", "intervention=[Checkpoint]"),
        ("intervention=[kingpin]", "intervention=[kingpin]"),
        ("intervention=[${a:b}]", "intervention=[${a:b}]"),
        ("intervention=[./mine.py:Checkpoint", "intervention=[./mine.py:Checkpoint"),
        ("~intervention", "~intervention"),
        ("experiment=./mine.py:Checkpoint", "experiment=./mine.py:Checkpoint"),
        ("weeks=3", "weeks=3"),
    ],
)
def test_classes_are_taken_out_of_arguments(mine, monkeypatch, argument, rewritten):
    monkeypatch.chdir(mine.parent)
    arguments, own = taken_out(["-m", argument.replace("{absolute}", str(mine))])
    assert arguments == ["-m", rewritten]
    assert list(own.intervention) == (["Checkpoint"] if rewritten != argument else [])
    assert own.driver == {}
    assert (mine.parent / "ran").exists() == (rewritten != argument)


def test_classes_of_modules(tmp_path, monkeypatch):
    """Of what is installed; also one of the package itself, with its default values."""
    (tmp_path / "my_options.py").write_text(CLASS.format(name="Checkpoint", default=DEFAULT))
    monkeypatch.syspath_prepend(tmp_path)
    module = "contagion.interventions.kingpin"
    arguments, own = taken_out([f"intervention=[my_options:Checkpoint,{module}:Kingpin]"])
    assert arguments == ["intervention=[Checkpoint,Kingpin]"]
    assert [kind.__module__ for kind in own.intervention.values()] == ["my_options", module]
    assert len(own.hashes()["Checkpoint"]) == 64


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("./absent.py:Checkpoint", "there is no file ./absent.py"),
        ("./mine.py:Checkpiont", "there is no class Checkpiont in ./mine.py"),
        ("./mine.py:", "names no class: must be ./file.py:Class or package.module:Class"),
        ("./mine:Checkpoint", "neither a file nor a module: must be ./file.py:Class or package.module:Class"),
        ("absent.module:Checkpoint", "absent.module cannot be imported: ModuleNotFoundError: No module named 'absent'"),
        ("./mine.py:Helper", "not an option: must be a subclass of contagion.interventions.Option"),
        ("./mine.py:DEFAULT", "there is no class DEFAULT"),
        ("./bare.py:Checkpoint", "personnel has no default value: declare it with number(..., default=...)"),
        ("./taken.py:kingpin", "kingpin is the name of an option of contagion: give the class another one"),
        ("./mine.py:Checkpoint,./other.py:Checkpoint", "there are two classes Checkpoint"),
        ("./broken.py:Checkpoint", "./broken.py cannot be imported: SyntaxError: "),
        ("./failing.py:Checkpoint", "ZeroDivisionError: division by zero (failing.py, line 2)"),
    ],
)
def test_mistakes_in_the_name_of_a_class(mine, monkeypatch, named, message):
    monkeypatch.chdir(mine.parent)
    for name, text in {
        "bare": CLASS.format(name="Checkpoint", default=""),
        "taken": CLASS.format(name="kingpin", default=DEFAULT),
        "other": CLASS.format(name="Checkpoint", default=DEFAULT),
        "broken": "class Checkpoint(",
        "failing": "\n1 / 0",
    }.items():
        (mine.parent / f"{name}.py").write_text(text)
    with pytest.raises(InputError) as told:
        taken_out([f"intervention=[{named}]"])
    assert message in str(told.value)
    assert str(told.value).startswith("intervention=[./") or "absent.module" in named
    assert not str(told.value).endswith(".")


def test_a_mistake_in_a_class_ends_the_command(mine):
    arguments, store = list(sys.argv), ConfigStore.instance().repo
    assert "there is no class Nobody in ./mine.py" in refused("intervention=[./mine.py:Nobody]", cwd=mine.parent)
    said = refused(
        *LATTICE, "intervention=[./mine.py:Checkpoint]", "intervention.Checkpoint.personnel=-1", cwd=mine.parent
    )
    assert "Checkpoint.personnel=-1: out of bounds, must be a number from 0 to 100000 (persons per place)" in said
    said = refused(
        *LATTICE, "intervention=[./mine.py:Checkpoint]", "intervention.Checkpoint.persons=1", cwd=mine.parent
    )
    assert "intervention.Checkpoint.persons" in said
    assert "Checkpoint.yaml" not in store.get("intervention", {})  # nothing is left behind
    assert arguments is not sys.argv


@pytest.fixture
def downloaded(tmp_path, mine):
    """A folder of configurations that all name a class of the file."""
    named = "./mine.py:Checkpoint"
    for name, text in {
        "experiment/listed": f"# @package _global_\ndefaults:\n  - override /intervention: ['{named}']\n",
        "experiment/added": f"# @package _global_\nintervention:\n  '{named}':\n    personnel: 3\n",
        "strategies/named": f"early:\n  '{named}':\n    personnel: 3\n",
        "strategies/pulled": f"defaults:\n  - /intervention@early: '{named}'\n",
        "driver/odd": f"'{named}':\n  personnel: 3\n",
    }.items():
        path = tmp_path / "conf" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "conf"


@pytest.mark.parametrize(
    "argument",
    ["+experiment=listed", "+experiment=added", "strategies=named", "strategies=pulled", "driver=[odd]",
     "+strategies.early={./mine.py:Checkpoint:{personnel:3}}"],
)  # fmt: skip
def test_what_a_file_names_is_never_run(downloaded, argument, tmp_path):
    argument = argument.removeprefix("+") if argument.startswith("+experiment") else argument
    said = refused("--config-dir", str(downloaded), *LATTICE, argument, cwd=tmp_path)
    assert not (tmp_path / "ran").exists()
    assert "names code, which only the command line may do" in said or "+strategies.early=" in said
