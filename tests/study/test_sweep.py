"""Sweeps: one store of many jobs, one table, one figure; mistakes before the first job, failures at the end."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from commands import called, refused

import contagion
from contagion.errors import InputError
from contagion.kernel.rollouts import compiled_rollout
from contagion.simulation import sweeps
from contagion.study.jobs import worker
from contagion.study.sweep import combinations

SMALL = [
    "region=lattice", "region.rows=3", "region.columns=3", "weeks=6", "ensemble.replicates=8", "engine.workers=1",
]  # fmt: skip
SWEPT = ["intervention=[kingpin],[barracks,amnesty]", "weeks=6,9"]


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    run = called("-m", *SMALL[:3], *SMALL[4:], *SWEPT, "hydra.sweep.dir=all", cwd=folder)
    assert run.returncode == 0, run.stderr
    return folder, run


def test_a_sweep_is_one_store(swept):
    """With what differs as coordinates; of what a job does not have, nothing is known."""
    folder, run = swept
    assert {path.name for path in (folder / "all").iterdir()} == {
        ".lock", "contagion.log", "comparison.csv", "comparison.png", "polygons.parquet", "results.zarr", "run.json",
    }  # fmt: skip
    results = contagion.open_results(folder / "all", verify=True)
    assert results["weeks"].sizes == {"job": 4, "time": 2}
    assert results["strategy"].values.tolist() == ["baseline", "kingpin", "barracks+amnesty"]
    assert list(sweeps.varied(results)) == ["intervention", "weeks_of_job"]
    assert results["homicides"].sel(job=0, strategy="barracks+amnesty").isnull().all()
    assert "4 jobs over intervention, weeks" in run.stderr


def test_a_job_of_a_sweep_is_a_run_of_its_own(swept):
    """To the bit, with its attributes."""
    folder, _ = swept
    run = called(*SMALL[:3], *SMALL[4:], "intervention=[barracks,amnesty]", "weeks=6", "hydra.run.dir=one", cwd=folder)
    assert run.returncode == 0, run.stderr
    job = contagion.one_job(contagion.open_results(folder / "all"), 2).load()
    xr.testing.assert_identical(job, contagion.open_results(folder / "one").load())
    table = pd.read_csv(folder / "all" / "comparison.csv")
    ours = table[table.job == 2].drop(columns=["job", "intervention", "weeks_of_job"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, pd.read_csv(folder / "one" / "comparison.csv"))
    assert set(table["weeks_of_job"]) == {6, 9}


def test_a_finished_sweep_is_left_alone(swept):
    folder, _ = swept
    said = refused("-m", *SMALL[:3], *SMALL[4:], *SWEPT, "hydra.sweep.dir=all", cwd=folder)
    assert "holds a finished run" in said
    status = called("status", "all", cwd=folder)
    assert "finished" in status.stdout


def test_mistakes_are_told_before_the_first_job(tmp_path):
    """All of them, each with its job."""
    said = refused("-m", *SMALL, "params.retaliation=0.1,5,0.2,-1", "hydra.sweep.dir=sweep", cwd=tmp_path)
    assert "job 1 (params.retaliation=5): params.retaliation=5" in said
    assert "job 3 (params.retaliation=-1)" in said
    assert "job 0" not in said
    assert not (tmp_path / "sweep" / "run.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["region.rows=3,4"], "job 1 (region.rows=4): has other places than the first job"),
        (["runtime.precision=float32,float64"], "runtime differs from that of the first job"),
        (["params.retaliation=interval(0,1)"], "a sweep runs listed values, such as params.retaliation=1,2,3"),
        (["hydra/launcher=joblib"], "hydra/launcher: a sweep runs every combination, by the workers of engine=local"),
        (["task=forecast,simulate"], "task=forecast: is not swept"),
        (["weeks=4,5", "params.retalation=3"], "params.retalation"),
        (["engine=dusk", "weeks=4,5"], "engine=dask"),
        (["engine.workers=0", "weeks=4,5"], "engine.workers=0: input should be greater than or equal to 1"),
    ],
)
def test_what_cannot_be_swept(tmp_path, arguments, message):
    assert message in refused("-m", *SMALL[:-1], *arguments, cwd=tmp_path)


def test_a_job_that_fails_is_told_at_the_end(tmp_path, monkeypatch):
    """The others finish, and their results are written."""
    given = ["-m", *SMALL, "strategies=baseline", "params.retaliation=0.1,0.2,0.3", "hydra.sweep.dir=sweep"]

    def failing(unit, *rest):
        if unit.job.number == 1:
            raise MemoryError("too many")
        return do(unit, *rest)

    do = worker._do
    monkeypatch.setattr(worker, "_do", failing)
    run = called(*given, cwd=tmp_path)
    assert run.returncode == 1
    assert "job 1 (params.retaliation=0.2) failed: MemoryError: too many" in run.stderr
    assert contagion.open_results(tmp_path / "sweep")["job"].values.tolist() == [0, 2]
    assert json.loads((tmp_path / "sweep" / "run.json").read_text())["failed"] == {"1": "MemoryError: too many"}
    assert "job 1 (params.retaliation=0.2) failed" in called("status", "sweep", cwd=tmp_path).stdout


def test_an_interrupted_sweep_goes_on(tmp_path, monkeypatch):
    """With the same command and no other; what is done is not computed again."""
    given = ["-m", *SMALL, "strategies=baseline", "params.retaliation=0.1,0.2,0.3", "hydra.sweep.dir=sweep"]
    done = []

    def interrupted(unit, *rest):
        if len(done) == 1:
            raise KeyboardInterrupt
        return counted(unit, *rest)

    def counted(unit, *rest):
        done.append(unit.name)
        return do(unit, *rest)

    do = worker._do
    monkeypatch.setattr(worker, "_do", interrupted)
    run = called(*given, cwd=tmp_path)
    assert run.returncode == 130
    assert "the same command with hydra.sweep.dir=sweep resumes" in run.stderr
    monkeypatch.setattr(worker, "_do", counted)
    other = ["params.retaliation=0.1,0.2" if each.startswith("params") else each for each in given]
    assert "holds an unfinished run with another jobs" in refused(*other, cwd=tmp_path)
    compiled = compiled_rollout("cpu")._cache_size()
    run = called(*given, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert compiled_rollout("cpu")._cache_size() == compiled  # jobs that differ in numbers compile once
    assert done == ["0000-0000", "0001-0000", "0002-0000"]
    results = contagion.open_results(tmp_path / "sweep")
    assert results["params.retaliation"].values.tolist() == [0.1, 0.2, 0.3]


def test_every_combination():
    assert combinations(["a=1,2", "b=x", "c=[p,q],[r]"]) == [
        ["a=1", "b=x", "c=[p,q]"], ["a=1", "b=x", "c=[r]"], ["a=2", "b=x", "c=[p,q]"], ["a=2", "b=x", "c=[r]"],
    ]  # fmt: skip
    assert combinations(["a=range(0,3)"]) == [["a=0"], ["a=1"], ["a=2"]]


def test_jobs_with_other_notes_share_a_figure(swept):
    """As runs have that begin on other days and are anchored; the figure shows the notes of all."""
    results = contagion.open_results(swept[0] / "all")
    first, other = (contagion.one_job(results, number).load() for number in (0, 1))
    jobs = sweeps.together({0: first, 1: other.assign_attrs(note="Another note.")}, {"start": ["a", "b"]})
    assert jobs.attrs["note"] == f"{first.attrs['note']} Another note."
    assert contagion.one_job(jobs, 1).attrs["note"] == "Another note."
    figure = contagion.plots.effects_by_job(jobs, contagion.analysis.compare_jobs(jobs))
    assert any("Another note." in text.get_text().replace("\n", " ") for text in figure.texts)


def test_jobs_that_there_are(swept):
    results = contagion.open_results(swept[0] / "all")
    with pytest.raises(InputError, match="job=7: no such job; there are 0, 1, 2, 3"):
        contagion.one_job(results, 7)
    with pytest.raises(InputError, match="only those of a sweep have jobs"):
        contagion.one_job(contagion.one_job(results, 0), 0)


def test_drawn_numbers_of_each_job(tmp_path):
    """Jobs that draw other parameters, and other numbers of replicates, share a store."""
    given = [
        "-m",
        *SMALL[:4],
        "engine.workers=1",
        "strategies=baseline",
        "ensemble.priors=on",
        "ensemble.replicates=4,8",
    ]
    run = called(*given, "hydra.sweep.dir=sweep", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    results = contagion.open_results(tmp_path / "sweep")
    first, second = (contagion.one_job(results, number) for number in (0, 1))
    assert (first["replicate"].size, second["replicate"].size) == (4, 8)
    assert np.isfinite(first["drawn"]).all()
    assert not (tmp_path / "sweep" / "comparison.png").exists()
