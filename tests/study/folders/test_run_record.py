"""What a folder says of its run, and who may write to it."""

import json
import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from contagion.errors import InputError
from contagion.study.folders import output_folder, run_record

CONFIG = dict(weeks=3, ensemble=dict(seed=1, replicates=4), runtime=dict(device="cpu"))
JOBS = [dict(number=0, config=CONFIG | dict(engine=dict(workers=1)))]
DEPENDS = dict(input={"a.gpkg": "00"}, code={}, version="0.1.0 abc", jax="1", device="cpu", flags={})


def claim(folder, config=CONFIG, depends_on=DEPENDS, jobs=JOBS):
    return run_record.claim(folder, config, depends_on, ["weeks=3"], jobs)


def test_a_folder_belongs_to_one_run(tmp_path):
    """Whatever results depend on: the same goes on, another is refused and told what differs."""
    assert not claim(tmp_path)
    assert claim(tmp_path)
    with pytest.raises(InputError, match=r"unfinished run with another ensemble \(seed\), weeks"):
        claim(tmp_path, CONFIG | dict(weeks=4, ensemble=dict(seed=2, replicates=4)))
    for key, other in (("input", {"a.gpkg": "01"}), ("version", "0.2.0"), ("flags", {"XLA_FLAGS": "-x"})):
        with pytest.raises(InputError, match=f"unfinished run with another {key}"):
            claim(tmp_path, depends_on=DEPENDS | {key: other})
    with pytest.raises(InputError, match="unfinished run with another jobs"):
        claim(tmp_path, jobs=[*JOBS, *JOBS])
    assert claim(tmp_path, jobs=[dict(number=0, config=CONFIG | dict(engine=dict(workers=2)))])


def test_a_finished_run_is_never_overwritten(tmp_path):
    claim(tmp_path)
    run_record.finish(tmp_path)
    with pytest.raises(InputError, match="holds a finished run, which is never overwritten"):
        claim(tmp_path)
    record = run_record.read(tmp_path)
    assert record is not None
    assert record["arguments"] == ["weeks=3"]
    assert record["began"] <= record["finished"]


def test_what_is_left_over_is_removed(tmp_path):
    """Under another name first: what has its name is complete."""
    claim(tmp_path)
    (tmp_path / "parts" / "0000-0000-00").mkdir(parents=True)
    (tmp_path / ".maps.x1.partial").mkdir()
    run_record.forget(tmp_path, "parts")
    assert {path.name for path in tmp_path.iterdir()} == {"run.json"}


def test_what_a_kill_left_of_a_finished_run_goes_when_it_is_looked_at(tmp_path):
    claim(tmp_path)
    run_record.finish(tmp_path)
    for name in ("parts", "claims", ".parts.17.partial"):
        (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="never overwritten"):
        output_folder.check_fresh(tmp_path, CONFIG)
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", ".lock"}


OTHER = '{"config": {}, "depends_on": {}, "arguments": [3], "finished": null}'


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"config": 3}', '{"config": {}}', OTHER, "[" * 100_000, "\0"])
def test_a_damaged_record_is_named(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=r"run\.json: is no record of a run"):
        claim(tmp_path)


def test_files_of_another_run_are_not_touched(tmp_path):
    """Nor does a folder that is called like that of parts make them belong to this one."""
    config = output_folder.plain(OmegaConf.create(CONFIG))
    output_folder.check_fresh(tmp_path, config)
    for name in ("parts", "results.zarr"):
        (tmp_path / name).mkdir()
        with pytest.raises(InputError, match=f"{name} already exists and is never overwritten"):
            output_folder.check_fresh(tmp_path, config)
        if name == "parts":
            (tmp_path / name).rmdir()
    claim(tmp_path, config)
    output_folder.check_fresh(tmp_path, config)
    with pytest.raises(InputError, match="unfinished run with another weeks"):
        output_folder.check_fresh(tmp_path, CONFIG | dict(weeks=4))


def test_progress_bars_change_no_results():
    shown, hidden = (OmegaConf.create(CONFIG | dict(runtime=dict(progress=each))) for each in (True, False))
    assert output_folder.plain(shown) == output_folder.plain(hidden)


def test_one_process_writes_to_a_folder(tmp_path):
    """Another is told at once, for as long as the first one lives, and goes on when it is dead."""
    words = (
        "import sys, contagion.study.folders.output_folder as o; from pathlib import Path; o.hold(Path(sys.argv[1]))"
    )
    hold = [sys.executable, "-c", f"{words}; print('held', flush=True); sys.stdin.read()", str(tmp_path)]
    with subprocess.Popen(hold, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another run is writing there"):
            output_folder.hold(tmp_path)
        process.kill()
    output_folder.hold(tmp_path)
    output_folder.hold(tmp_path)  # one's own


def test_a_record_is_replaced_at_once(tmp_path, monkeypatch):
    """A crash while it is written leaves the one before."""
    claim(tmp_path)
    before = (tmp_path / "run.json").read_text()
    monkeypatch.setattr(json, "dumps", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_record.finish(tmp_path)
    assert (tmp_path / "run.json").read_text() == before
    assert len(list(tmp_path.iterdir())) == 1
