"""The command as a user runs it: outputs, mistakes, exit codes, and nothing overwritten."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from commands import called, contagion, refused

from contagion.regions.atlas import load_region

LATTICE = ["region=lattice", "region.rows=4", "region.columns=5", "ensemble.replicates=4", "weeks=30"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("command")
    extra = ["output=full", "start=2021-06-15", "figures=[png,pdf]", "export=[csv,gpkg]", "hydra.run.dir=first"]
    extra += ["intervention=[concentric_handover]"]
    run = contagion(*LATTICE, *extra, cwd=folder, CONTAGION_SECRET="hunter2")
    assert run.returncode == 0, run.stderr
    return folder / "first", run


def test_what_is_said_is_kept(finished):
    """Its beginning, its end and its table; nothing of the environment."""
    folder, run = finished
    log = (folder / "contagion.log").read_text(encoding="utf-8")
    assert log.splitlines()[0].endswith(
        f"{' '.join(LATTICE)} output=full start=2021-06-15 "
        + " ".join(["figures=[png,pdf]", "export=[csv,gpkg]", "intervention=[concentric_handover]"])
    )
    for line in run.stderr.splitlines():
        assert " ".join(line.split()) in " ".join(log.split())
    assert "90 % interval" in log
    assert "hunter2" not in log


def test_results_open_with_plain_xarray(finished):
    folder, _ = finished
    with xr.open_zarr(folder / "results.zarr") as results:
        assert results["homicides"].dims == ("strategy", "statistic", "time", "place")
        assert results["homicides_total"].dims == ("strategy", "replicate", "time")
        assert results["homicides_full"].dims == ("strategy", "replicate", "time", "place")
        assert results["statistic"].values.tolist() == ["mean", "sd", "q05", "q50", "q95"]
        assert results["strategy"].values.tolist() == ["baseline", "concentric_handover"]
        assert results["time"].values[0].astype(str).startswith("2021-06-01")
        assert int(results["weeks"].sum()) == 30
        for name in ("code", "name", "state", "population", "lon", "lat"):
            assert results[name].dims == ("place",)
        for array in results.data_vars.values():
            assert array.attrs["long_name"]
            assert array.attrs["units"]
            assert array.notnull().all()
        results = results.drop_vars(["crs", "geometry"])  # by which the store draws itself
        full = results["homicides_full"]
        xr.testing.assert_allclose(full.mean("replicate"), results["homicides"].sel(statistic="mean", drop=True))
        deviation = full.std("replicate", ddof=1)
        xr.testing.assert_allclose(deviation, results["homicides"].sel(statistic="sd", drop=True), rtol=1e-4)
        upper = full.quantile(0.95, "replicate").drop_vars("quantile")
        xr.testing.assert_allclose(upper, results["homicides"].sel(statistic="q95", drop=True), rtol=1e-4)
        xr.testing.assert_allclose(full.sum("place").astype(float), results["homicides_total"].astype(float))
        attributes = results.attrs
    assert yaml.safe_load(attributes["config"])["weeks"] == 30
    assert attributes["seed"] == 0
    assert set(json.loads(attributes["versions"])) >= {"contagion", "jax", "numpy"}
    assert attributes["git_revision"]
    assert attributes["parameters"].startswith("Parameters: fixed. Branching ratio 0.40; of the numbers, 6 published,")
    assert attributes["device"]


def test_comparison_and_maps_lie_beside_it(finished):
    folder, run = finished
    table = pd.read_csv(folder / "comparison.csv")
    assert set(table["strategy"]) == {"baseline", "concentric_handover"}
    assert len(list((folder / "maps").glob("*.png"))) == len(list((folder / "maps").glob("*.pdf"))) == 8
    assert {path.name for path in (folder / "export").iterdir()} == {"places.csv", "places.gpkg", "totals.csv"}
    assert "No strategy changes what baseline has" in (folder / "report.html").read_text(encoding="utf-8")
    assert (folder / ".hydra" / "config.yaml").exists()
    assert not [folder / name for name in ("robustness.csv", "sensitivity.csv") if (folder / name).exists()]
    assert "concentric handover" in run.stdout
    assert "running on 1 CPU device" in run.stderr
    assert "Parameters: fixed." in run.stderr
    import geopandas

    assert len(geopandas.read_parquet(folder / "polygons.parquet")) == 20
    assert not [path for path in folder.iterdir() if path.name.endswith(".partial")]


def test_nothing_is_overwritten(finished):
    folder, _ = finished
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    said = refused(*LATTICE, "ensemble.seed=5", f"hydra.run.dir={folder}", cwd=folder.parent)
    assert "never overwritten" in said
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_killed_run_in_batches_goes_on(tmp_path):
    """Killed after its first batch, and run again with the same command: the numbers of a run that was not."""
    arguments = [
        *LATTICE[:3], "weeks=9", "strategies=baseline", "ensemble.replicates=16", "ensemble.batch=8",
        "ensemble.chunk_size=8",
    ]  # fmt: skip
    words = [sys.executable, "-m", "contagion", *arguments, "hydra.run.dir=killed"]
    flags = os.environ | {"JAX_PLATFORMS": "cpu", "COLUMNS": "200"}
    with subprocess.Popen(words, cwd=tmp_path, env=flags, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(line.startswith("8 replicates:") for line in process.stderr)
        process.kill()
    folder = tmp_path / "killed"
    assert (folder / "parts" / "0000-0000-00").is_dir()
    assert not (folder / "results.zarr").exists()

    said = refused(*arguments, "ensemble.seed=3", "hydra.run.dir=killed", cwd=tmp_path)
    assert "an unfinished run with another ensemble" in said
    again = called(*arguments, "hydra.run.dir=killed", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "going on with what an interrupted run left" in again.stderr
    log = (folder / "contagion.log").read_text(encoding="utf-8")
    assert log.count("running on 1 CPU device") == 2
    assert log.index("8 replicates:") < log.index("going on with what") < log.index("16 replicates:")
    assert not [path.name for path in folder.iterdir() if path.name in ("parts", "claims")]
    whole = called(*arguments, "hydra.run.dir=whole", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    for name in ("ranking.csv", "comparison.csv"):
        assert (folder / name).read_text() == (tmp_path / "whole" / name).read_text()
    assert "never overwritten" in refused(*arguments, "hydra.run.dir=killed", cwd=tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wekks=3"], "wekks"),
        (["budget=-1"], "budget=-1: input should be greater than 0"),
        (["ensemble.tolerance=0.1"], "ensemble.tolerance=0.1: takes batches; set ensemble.batch as well"),
        (["region=latice"], "the nearest option is region=lattice"),
        (["intervention=[kingpim]"], "the nearest option is intervention=[kingpin]"),
        (["kingpin"], "kingpin: must be KEY=VALUE; the nearest is intervention=[kingpin]"),
        (["--weeks=3"], "--weeks=3: no such option; keys have no dashes: weeks=3"),
        (["start=2007"], "start=2007: must be a date such as 2007-01-01"),
        (["weeks=2", "strategies=null"], "strategies=null: takes the name of an option"),
        (["hydra/launcher=3"], "hydra/launcher=3: takes the name of an option"),
        (["intervention=3", "-m"], "intervention=3: takes the name of an option"),
        (["weeks=-3"], "weeks=-3: input should be greater than or equal to 1"),
        (
            ["strategies.kingpin.kingpin.severity=3"],
            "strategies.kingpin.kingpin.severity=3: out of bounds, must be a number from 0 to 1",
        ),
        (["params.retaliation=0.8", "params.spillover=0.3"], "the branching ratio must be below 1"),
        (["runtime.precision=half"], "runtime.precision='half': input should be 'float32' or 'float64'"),
        (["region=lattice", "region.rows=0"], "region.rows"),
        (["params.posterior=absent.csv"], "params.posterior=absent.csv: no such file"),
        (["+priors.retaliation.normal=[0.3,0.1]", "ensemble.priors=on"], "~priors.retaliation.uniform removes one"),
        (["params.killing_shock=0.1"], "a killing destabilises a group at least as much as a capture"),
        (["params.retalation=0.1"], "the nearest key is params.retaliation"),
        (["region=file"], "region.path"),
        (["region=mexico", "region.mirror=/nowhere"], "/nowhere"),
        (["+secret=${oc.env:HOME}"], "oc.env"),
        (["weeks=[1"], "weeks"),
    ],
)
def test_mistakes_are_told_in_a_sentence(arguments, message, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert message in refused(*arguments, cwd=tmp_path)
    assert not list(tmp_path.rglob("results.zarr"))


def test_a_mistake_ends_the_command(tmp_path):
    run = contagion(*LATTICE, "params.retaliation=0.8", "params.spillover=0.3", cwd=tmp_path)
    assert run.returncode == 2
    assert "the branching ratio must be below 1" in run.stderr
    assert "Traceback" not in run.stderr


def test_no_gpu_is_told_in_a_sentence(tmp_path):
    run = contagion(*LATTICE, "runtime.device=gpu", cwd=tmp_path, JAX_PLATFORMS="")
    if run.returncode == 0:
        pytest.skip("this machine has a GPU")
    assert run.returncode == 2
    assert "runtime.device=gpu: no GPU that JAX can use here" in run.stderr


def test_unwritable_folder_is_told_in_a_sentence(tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    assert str(blocked) in refused(*LATTICE, f"hydra.run.dir={blocked}/run", cwd=tmp_path)


def test_tab_completion_in_bash(tmp_path):
    """As the manual says, through the entry point of the command."""
    (tmp_path / "contagion").write_text(f'#!/bin/sh\nexec {sys.executable} -m contagion "$@"\n')
    (tmp_path / "contagion").chmod(0o755)
    line = "contagion region=me"
    script = (
        'eval "$(contagion -sc install=bash)"\n'
        f'COMP_LINE="{line}" COMP_POINT={len(line)} COMP_CWORD=1\n'
        'hydra_bash_completion\necho "${COMPREPLY[@]}"'
    )
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    run = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.stdout == "region=mexico\n", run.stderr


def test_help_is_useful(tmp_path):
    topic = called("help", "weeks", cwd=tmp_path)
    assert (topic.returncode, topic.stdout.split("\n")[0]) == (0, "weeks=260  (1 to 5,200)")
    assert "no such topic; the nearest is weeks" in refused("help", "weks", cwd=tmp_path)
    run = contagion("--help", cwd=tmp_path)
    assert run.returncode == 0
    assert "contagion help TOPIC" in run.stdout
    for expected in ("usage: contagion", "intervention: ", "kingpin", "strategies", "hydra.run.dir", "replicates: 64"):
        assert expected in run.stdout


def test_the_national_law_is_recorded_by_week_and_group(public_files, tmp_path):
    mirror = f"region.mirror={public_files}"
    run = called("experiment=national_law", "strategies=baseline", "weeks=3", "hydra.run.dir=law", mirror, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    with xr.open_zarr(tmp_path / "law" / "results.zarr") as results:
        assert results["time"].dt.strftime("%Y-%m-%d").values.tolist() == ["2012-01-01", "2012-01-08", "2012-01-15"]
        assert results["weeks"].values.tolist() == [1, 1, 1]
        assert results["group"].size == 150
        assert results["group"].values[1] == "Cártel de Sinaloa"
        assert float(results["killed"].isel(strategy=0, replicate=0, time=0).sum()) == pytest.approx(67.4, rel=0.01)
        for name in ("members_of_group", "recruits", "incapacitated", "dropouts"):
            assert (results[name] > 0).all()
    names = {path.stem for path in (tmp_path / "law" / "maps").iterdir()}
    assert names == {"homicides_total", "conflict_homicides_total", "members_total"}


def test_a_region_with_a_record_is_anchored_to_its_forecast(tmp_path):
    """Polygons, residents and a long table, in batches; a start within the record, and one before enough of it."""
    polygons = load_region("lattice", rows=4, columns=5).polygons.rename_axis("code").reset_index()
    polygons.to_parquet(tmp_path / "places.parquet")
    months = pd.period_range("2015-01", "2019-12", freq="M").astype(str)
    counts = np.random.default_rng(0).poisson(3, (len(polygons), len(months)))
    table = pd.DataFrame(counts, polygons["code"], months).rename_axis(columns="time").stack().rename("count")
    table.to_csv(tmp_path / "record.csv")
    region = ["region=file", "region.path=places.parquet", "region.id=code", "region.record=record.csv"]
    run = [*region, *LATTICE[3:], "strategies=baseline", "ensemble.batch=2", "start=2019-01-01"]
    done = called(*run, "hydra.run.dir=anchored", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "anchor: Forecast(20 places, 48 months to 2018-12-01)" in done.stderr
    results = xr.open_zarr(tmp_path / "anchored" / "results.zarr")
    sentence = "Homicides are anchored to the forecast from what was recorded until 2018-12"
    assert results.attrs["anchor"] == sentence
    assert sentence in (tmp_path / "anchored" / "report.html").read_text(encoding="utf-8")
    weekly = float(results.homicides_total.sum() / results.weeks.sum() / 4)
    assert weekly == pytest.approx(20 * 3 * 12 / 52.18, rel=0.15)
    early = refused(*run[:-1], "start=2016-06-01", "anchor=forecast", "hydra.run.dir=early", cwd=tmp_path)
    assert "counts: 17 months: must be at least 24" in early
    assert "anchor" in refused(*LATTICE, "anchor=forcast", cwd=tmp_path)


def test_a_posterior_of_ones_own_with_priors_for_the_rest(tmp_path):
    (tmp_path / "fitted.csv").write_text("retaliation,spillover\n0.2,0.1\n0.3,0.15\n")
    drawn = ["params.posterior=fitted.csv", "ensemble.priors=on", "intervention=[barracks]", "hydra.run.dir=run"]
    run = called(*LATTICE, *drawn, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    with xr.open_zarr(tmp_path / "run" / "results.zarr") as results:
        described = results.attrs["parameters"]
    assert described in " ".join(run.stderr.split("\n"))
    assert "2 drawn jointly from the posterior fitted.csv (2 rows, sha256 " in described
    assert "drawn from priors" in described
    # What the ranking rests on is asked of what is drawn; four replicates are too few to answer all of it.
    tables = {
        name: pd.read_csv(tmp_path / "run" / f"{name}.csv") for name in ("robustness", "sensitivity", "scenarios")
    }
    assert tables["robustness"]["strategy"].tolist() == ["baseline", "barracks"]
    assert tables["sensitivity"]["verdict"].str.startswith("not computed: of 64 replicates").all()
    assert {path.name for path in (tmp_path / "run" / "maps").glob("*.png")} >= {"pareto.png"}
    assert "note: no figure tornado: " in run.stderr
    assert "robustness.csv" in run.stderr
    assert "Branching ratio 0.30 to 0.45" in described
    said = refused(*LATTICE, *drawn[:-1], "params.spillover=0.2", cwd=tmp_path)
    assert "params.spillover: is drawn from params.posterior=fitted.csv" in said


def test_the_calibrated_parameters_are_found_from_any_folder(tmp_path):
    """Those of the package, by name; the record of the run has their hash."""
    words = [
        "region=lattice",
        "region.rows=3",
        "region.columns=3",
        "weeks=2",
        "ensemble.replicates=2",
        "strategies=baseline",
    ]
    run = called("params=calibrated", *words, f"hydra.run.dir={tmp_path}/run", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert "calibrated.csv" in record["depends_on"]["input"]
