"""What becomes of arguments before Hydra reads them."""

import os
import subprocess
import sys

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from contagion.errors import InputError
from contagion.study.arguments import check_configurations, choices, prepared

MINE = "# @package _global_\nweeks: 4\n"


def test_a_polygon_file_implies_its_region():
    assert prepared(["region.path=a.gpkg", "weeks=4"]) == ["region=file", "region.path=a.gpkg", "weeks=4"]
    for chosen in ("region=mexico", "+region=file", "experiment=benchmark"):
        assert prepared([chosen, "region.path=a.gpkg"]) == [chosen, "region.path=a.gpkg"]
    assert prepared(["weeks=4"]) == ["weeks=4"]


@pytest.mark.parametrize(
    "path", ["~/a.gpkg", "/data (old)/a[1].gpkg", "it's {here}/a,b.gpkg", "a\\b=c.gpkg", "a[\\'b\\", "Ñame 2.gpkg"]
)
@pytest.mark.parametrize("key", ["region.path", "+region.counts", "hydra.run.dir", "params.posterior"])
def test_paths_reach_hydra_as_they_are(path, key):
    (argument,) = prepared([f"{key}={path}"])[-1:]
    assert str(getattr(OverridesParser.create().parse_override(argument).value(), "text", path)) == path


def test_what_is_no_path_is_left_alone():
    given = ["region.id=code", "region.path='a b.gpkg'", "intervention=[kingpin]", "strategies=~x", "weeks=choice(1,2)"]
    assert prepared(["region=file", *given]) == ["region=file", *given]
    assert choices(["region=mexico", "weeks=3", "strategies=targeting", "region.path=a"]) == [
        "region=mexico", "strategies=targeting"
    ]  # fmt: skip


@pytest.fixture
def theirs(tmp_path):
    """A folder of configurations; writes one file of it."""

    def written(text, name="experiment/mine.yaml"):
        path = tmp_path / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(tmp_path / "conf")

    return written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MINE + "hydra:\n  callbacks:\n    a:\n      _target_: os.getcwd\n", "sets hydra.callbacks"),
        (MINE + "hydra:\n  output_subdir: ../../elsewhere\n", "sets hydra.output_subdir"),
        (MINE + "hydra:\n  job:\n    env_set:\n      PATH: /elsewhere\n", r"sets hydra.job\.env_set"),
        (MINE + "hydra:\n  job:\n    env_copy: [SECRET]\n", r"sets hydra.job\.env_copy"),
        (MINE + "a: &a [1, 1]\nb: [*a, *a]\n", r"uses the alias \*a"),
        ("a: [\n", "not a readable YAML file"),
        (f"a: {'x' * (1 << 20)}\n", "a file of configuration has at most"),
    ],
)
def test_what_a_file_may_not_set(theirs, text, message):
    """Whoever wrote it runs no code with it, reads no environment, and writes nowhere else."""
    folder = theirs(text)
    with pytest.raises(InputError, match=message):
        check_configurations(["--config-dir", folder, "experiment=mine"])


def test_what_a_file_may_set(theirs):
    folder = theirs(MINE + "hydra:\n  run:\n    dir: results\n")
    check_configurations(["--config-dir", folder, "experiment=mine"])
    check_configurations(["--config-dir", folder, "experiment=mine", "hydra.job.env_set.A=1"])  # by the user
    check_configurations(["weeks=4"])


def test_a_folder_of_somebody_else_runs_nothing(theirs, tmp_path):
    """As the command: a callback that would write a file is refused before Hydra makes it."""
    evil = f"hydra:\n  callbacks:\n    a:\n      _target_: os.mkdir\n      _args_: [{tmp_path / 'made'}]\n"
    words = [sys.executable, "-m", "contagion", "--config-dir", theirs(MINE + evil), "experiment=mine"]
    run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ)
    assert run.returncode == 2
    assert "which only the command line may do" in run.stderr.replace("\n", " ")
    assert not (tmp_path / "made").exists()
