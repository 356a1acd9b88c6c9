"""`contagion status` and `contagion reproduce`, as a user calls them."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from commands import called
from rich.console import Console

from contagion.errors import InputError
from contagion.study.folders import run_record
from contagion.study.folders.commands import _same, command
from contagion.study.jobs.claims import take
from contagion.study.jobs.manifest import Job, fail, written

SMALL = [
    "region=lattice", "region.rows=3", "region.columns=3", "weeks=6", "strategies=baseline", "ensemble.replicates=2",
    "runtime.device=cpu",
]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    run = called(*SMALL, "hydra.run.dir=done", cwd=folder)
    assert run.returncode == 0, run.stderr
    return folder / "done"


def test_a_run_is_repeated_to_the_bit(finished):
    status = called("status", "done", cwd=finished.parent)
    assert "done: finished 20" in status.stdout
    assert "results.zarr" in status.stdout
    assert json.loads((finished / "run.json").read_text())["arguments"] == SMALL
    again = called("reproduce", "done", cwd=finished.parent)
    assert again.returncode == 0, again.stderr
    assert "equal to the bit" in again.stdout


def test_a_sweep_is_repeated_to_the_bit(tmp_path):
    """Whose folder was named."""
    swept = called(
        "-m", *SMALL, "params.retaliation=0.1,0.2", "engine.workers=1", "hydra.sweep.dir=swept", cwd=tmp_path
    )
    assert swept.returncode == 0, swept.stderr
    record = json.loads((tmp_path / "swept" / "run.json").read_text())
    assert record["arguments"] == ["-m", *SMALL, "params.retaliation=0.1,0.2", "engine.workers=1"]
    again = called("reproduce", "swept", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "equal to the bit" in again.stdout


def test_what_differs_is_found(finished):
    """In any variable or coordinate; missing values are equal to each other."""
    stored = xr.open_zarr(finished / "results.zarr").load()
    assert all(_same(stored, stored.copy(deep=True), str(name)) for name in stored.variables)
    other = stored.copy(deep=True)
    other["homicides_total"][0, 0, 0] = np.nextafter(other["homicides_total"][0, 0, 0], np.float32(np.inf))
    assert not _same(stored, other, "homicides_total")
    assert not _same(stored, other.drop_vars("lon"), "lon")


def test_status_of_what_is_not_done(tmp_path):
    said = Console(record=True, width=200)
    with pytest.raises(InputError, match=r"no run\.json there; give the output folder of a run"):
        command(["status", str(tmp_path)], said)
    job = Job(0, ("weeks=3",), {}, (), ("baseline",), ((0, 4), (4, 4), (8, 2)), False, None, ())
    run_record.claim(tmp_path, {}, {}, ["-m", "weeks=3,4"], written([job, replace(job, number=1)]))
    (tmp_path / "parts" / "0000-0000-00").mkdir(parents=True)
    fail(tmp_path, replace(job, number=1), "impossible")
    assert take(tmp_path, "0000-0001")
    assert command(["status", str(tmp_path)], said) == 0
    text = said.export_text()
    assert "running since" in text
    assert "jobs done: 0 of 2" in text
    assert "chunks done: 1 of 3" in text
    assert f"0000-0001: process {os.getpid()} on" in text
    assert "job 1 (weeks=3) failed: impossible" in text
    (tmp_path / "claims" / "0000-0001").unlink()
    command(["status", str(tmp_path)], said)
    assert "interrupted; the same command goes on with it: hydra.sweep.dir=" in " ".join(said.export_text().split())
    with pytest.raises(InputError, match="the run is not finished"):
        command(["reproduce", str(tmp_path)], said)
    for words in (["status"], ["status", "a", "b"], ["reproduce"], ["reproduce", "--help"]):
        with pytest.raises(InputError, match="takes a folder"):
            command(words, said)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["hydra.run.dir=/elsewhere"], {}, "asks for 'hydra.run.dir=/elsewhere', which no record may"),
        (["--config-dir=/elsewhere"], {}, "which no record may"),
        (["++hydra.callbacks.a._target_=os.system"], {}, "which no record may"),
        ([], {"Checkpoint": "00"}, r"used code of its user \(Checkpoint\), which no folder may name; give it again"),
    ],
)
def test_a_folder_of_somebody_else_runs_nothing(tmp_path, arguments, code, message):
    run_record.claim(tmp_path, {}, {"code": code}, arguments, [])
    run_record.finish(tmp_path)
    with pytest.raises(InputError, match=message):
        command(["reproduce", str(tmp_path)], Console())
