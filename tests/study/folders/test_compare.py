"""Finished runs side by side: paired where random numbers are shared, refused where they cannot be compared."""

import io
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml
from rich.console import Console
from scipy import stats

import contagion
from contagion.analysis.unpaired import unpaired_difference
from contagion.errors import InputError
from contagion.simulation import sweeps
from contagion.study.folders import run_record
from contagion.study.folders.commands import command


def simulated(retaliation=0.3, seed=0):
    """A small run with its configuration, as the command stores it."""
    atlas = contagion.load_region("lattice", rows=3, columns=3)
    strategies = {"baseline": (), "kingpin": (contagion.load_intervention("kingpin", start=1, every=2),)}
    params = contagion.load_params(retaliation=retaliation)
    results = contagion.simulate(atlas, strategies, weeks=6, replicates=8, params=params, seed=seed)
    config = dict(
        params=dict(retaliation=retaliation), ensemble=dict(seed=seed, generator="hash"), engine=dict(workers=seed)
    )
    return results.assign_attrs(config=yaml.safe_dump(config, sort_keys=False))


def saved(results, folder):
    folder.mkdir()
    contagion.simulation.save(results, folder)
    return str(folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folders of a run, of one with another number, and of one with another seed; and the first one's results."""
    home = tmp_path_factory.mktemp("runs")
    results = [simulated(), simulated(retaliation=0.4), simulated(seed=1)]
    return [saved(each, home / name) for each, name in zip(results, ("one", "two", "three"), strict=True)], results


def told(*words, width=80):
    console = Console(record=True, width=width, file=io.StringIO())
    assert command(["compare", *words], console) == 0
    return console.export_text()


def test_runs_side_by_side(runs, tmp_path):
    """By what differs; with the first run as far as they can be."""
    folders, (first, second, third) = runs
    said = told(*folders, "--output", str(tmp_path / "new" / "both"))
    assert "3 runs of Lattice, 6 weeks from 2020-01-01" in said
    assert f"  1  {folders[1]}" in said.replace("\n", "")
    assert "params.retaliation=0.4" in said
    assert "Paired with run 0, replicate by replicate" in said
    assert "Not paired with run 0, so that differences are less sure: run 2" in " ".join(said.split())
    assert {path.name for path in (tmp_path / "new" / "both").iterdir()} == {"comparison.csv", "comparison.png"}

    table = pd.read_csv(tmp_path / "new" / "both" / "comparison.csv", keep_default_na=False, na_values=[""])
    assert table.columns[:4].tolist() == ["job", "run", "params.retaliation", "ensemble.seed"]
    rows = table[table.outcome == "homicides"].set_index(["job", "strategy"])
    assert rows.pairs.fillna("").tolist() == ["", "", "paired", "paired", "unpaired", "unpaired"]
    totals = [each["homicides_total"].sum("time").sel(strategy="kingpin").values for each in (first, second, third)]
    paired = contagion.analysis.paired_difference(totals[1], totals[0], 1)
    assert rows.from_first[1, "kingpin"] == pytest.approx(paired.mean, rel=1e-4)
    assert rows.from_first_low[1, "kingpin"] == pytest.approx(paired.low, rel=1e-4)
    assert rows.from_first[2, "kingpin"] == pytest.approx(totals[2].mean() - totals[0].mean(), rel=1e-4)
    assert rows.difference[1, "kingpin"] == pytest.approx(
        float(contagion.compare(second).query("outcome == 'homicides' and strategy == 'kingpin'").difference.iloc[0]),
        rel=1e-4,
    )


def test_nothing_is_written_unless_asked(runs, tmp_path):
    folders, _ = runs
    before = sorted(path for folder in folders for path in (tmp_path / folder).rglob("*"))
    assert "verdict" in told(*folders[:2])
    assert before == sorted(path for folder in folders for path in (tmp_path / folder).rglob("*"))


def test_jobs_of_a_sweep_are_runs(runs, tmp_path):
    folders, (first, second, _) = runs
    swept = saved(sweeps.together({0: first, 1: second}, {"params.retaliation": [0.3, 0.4]}), tmp_path / "swept")
    said = told(swept, folders[2], width=200)
    assert f"  1  {swept} job 1  params.retaliation=0.4 ensemble.seed=0\n" in said
    assert f"2  {folders[2]}" in said
    assert "2 runs" in told(swept)


def test_runs_that_differ_in_nothing_are_told_apart(runs, tmp_path):
    """By their folders; and those with other strategies share what both have."""
    folders, (first, *_) = runs
    other = first.sel(strategy=["baseline"]).assign_attrs(first.attrs)
    told(folders[0], saved(other, tmp_path / "other"), "--output", str(tmp_path / "new"))
    table = pd.read_csv(tmp_path / "new" / "comparison.csv")
    assert table[table.job == 1].strategy.unique().tolist() == ["baseline"]
    assert set(table[(table.job == 1) & (table.outcome == "homicides")].from_first_verdict) == {"no difference"}


def changed(results, **attributes):
    return results.assign_attrs(attributes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda run: changed(run, region="Elsewhere"), r"has another region than .*one \(Elsewhere and Lattice\)"),
        (lambda run: changed(run, start="2021-01-01"), r"has another start than .* \(2021-01-01 and 2020-01-01\)"),
        (lambda run: changed(run, simulated_weeks=7), "has another number of weeks than"),
        (lambda run: run.isel(place=slice(4)), "has other places than"),
        (lambda run: run.isel(strategy=[1, 0]), r"has another first strategy, .* \(kingpin and baseline\)"),
        (lambda run: changed(run, config="a: &a [1]\nb: *a"), r"uses the alias \*a"),
        (
            lambda run: changed(run, config="!!python/object:os.system {}"),
            "not a readable YAML|not as contagion writes",
        ),
        (lambda run: changed(run, seed="x"), r"its results are not as contagion writes them \(ValueError\)"),
        (lambda run: run.drop_vars("code"), r"its results are not as contagion writes them \(KeyError\)"),
    ],
)
def test_what_cannot_be_compared(runs, tmp_path, change, message):
    folders, (first, *_) = runs
    with pytest.raises(InputError, match=message):
        told(folders[0], saved(change(first), tmp_path / "other"))


def test_folders_that_are_no_finished_runs(runs, tmp_path):
    folders, _ = runs
    (tmp_path / "forecast").mkdir()
    (tmp_path / "forecast" / "forecast.csv").touch()
    shutil.copytree(folders[0], tmp_path / "begun")
    run_record.claim(tmp_path / "begun", {}, {}, [], [])
    for words, message in (
        ([], "takes folders of runs"),
        ([folders[0]], "holds one run; give two or more"),
        ([folders[0], f"{folders[0]}/../one"], "is given twice"),
        ([folders[0], str(tmp_path / "none")], "no such store"),
        ([folders[0], str(tmp_path / "forecast")], "holds a forecast"),
        ([folders[0], str(tmp_path / "begun")], "the run is not finished"),
        ([*folders, "--output"], "--output takes a folder that does not exist yet"),
        ([*folders, f"--output={tmp_path}"], "already exists and is never overwritten"),
        ([*folders, "--out=a"], "--out=a: no such option"),
    ):
        with pytest.raises(InputError, match=message):
            told(*words)


def test_words_of_somebody_else_are_shown_as_text(runs, tmp_path):
    """No control characters reach the terminal, no formula a table."""
    folders, (first, *_) = runs
    names = {"strategy": np.array(["baseline", "=evil()\x1b[2J"], object)}
    evil = saved(first.assign_coords(names).assign_attrs(first.attrs), tmp_path / "[red]evil")
    said = told(evil, folders[0], "--output", str(tmp_path / "new"), width=200)
    assert "[red]evil" in said
    assert "\x1b" not in said
    assert "=evil()\\x1b[2J" in said
    assert "'=evil()" in (tmp_path / "new" / "comparison.csv").read_text()


def test_without_shared_random_numbers():
    """Welch's interval; where nothing varies the difference is certain, and of one replicate nothing is."""
    generator = np.random.default_rng(0)
    one, other = generator.normal(5, 1, 12), generator.normal(3, 4, 30)
    found = unpaired_difference(np.append(one, np.nan), other, 1)
    welch = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((welch.low, welch.high))
    assert found.mean == pytest.approx(one.mean() - other.mean())
    assert unpaired_difference(one + 100, other, 1).verdict == "worse"
    assert unpaired_difference(one + 100, other, -1).verdict == "better"
    assert unpaired_difference(one + 100, other, 0).verdict == ""
    assert unpaired_difference(one, one, 1).verdict == "undecided"
    assert unpaired_difference(np.ones(3), np.zeros(3), 1).low == 1
    assert np.isnan(unpaired_difference(one[:1], other, 1).low)
    assert unpaired_difference(np.full(3, np.nan), other, 1).verdict == ""
