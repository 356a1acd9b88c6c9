"""`task=optimise`: from a search to a folder with a plan that runs."""

import pandas as pd
import pytest
import yaml
from commands import called, refused

import contagion
from contagion.study.folders import output_folder

SMALL = [
    "task=optimise", "region=lattice", "region.rows=4", "region.columns=5", "weeks=60", "budget=30",
    "strategies=baseline",
    "+intervention@optimise.options=[police_reform,prevention_zones]", "+optimise.vary.police_reform.start=[0,40]",
    "optimise.evaluations=24", "optimise.check=8", "optimise.random=1", "ensemble.replicates=8",
]  # fmt: skip


def table(folder, name):
    return pd.read_csv(folder / name)


@pytest.mark.slow
def test_a_plan_is_searched_and_runs(tmp_path):
    """The folder has the plan, its parts, the plans that were tried, and a run of it; again from its file, the same."""
    folder = tmp_path / "searched"
    run = called(*SMALL, f"hydra.run.dir={folder}", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "The plan spends" in run.stderr
    for name in (*output_folder.SEARCHED, output_folder.COMPARISON, output_folder.REPORT, output_folder.BRIEF):
        assert (folder / name).exists(), name
    assert not (folder / "parts").exists()
    assert "The plan that was found" in (folder / output_folder.REPORT).read_text(encoding="utf-8")
    tried, plans = table(folder, output_folder.TRIED), table(folder, output_folder.PLANS)
    assert 20 <= len(tried) <= 40
    assert plans.cost[0] <= 1.02 * 30
    assert plans.plan.tolist()[:2] == ["plan", "random 1"]
    plan = yaml.safe_load((folder / output_folder.PLAN).read_text())
    assert list(plan) == ["baseline", "plan"]
    again = tmp_path / "again"
    words = [*SMALL[1:5], f"strategies={folder / output_folder.PLAN}", "ensemble.replicates=8", "ensemble.seed=1"]
    run = called(*words, f"hydra.run.dir={again}", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    first, second = (contagion.open_results(each).homicides_total for each in (folder, again))
    assert first.sel(strategy="plan").equals(second.sel(strategy="plan"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["task=optimise"], "optimise.options: none given"),
        ([*SMALL, "optimise.aim=homicide"], "outcome 'homicide': unknown; the nearest that ranks strategies is"),
        ([*SMALL, "optimise.evaluations=3"], "optimise.evaluations=3"),
        ([*SMALL, "+optimise.places.police=2"], "optimise.places.police=2"),
        ([*SMALL, "+optimise.vary.police_reform.start=[4]"], "optimise.vary.police_reform.start"),
    ],
)
def test_a_search_that_cannot_be_is_told(tmp_path, given, says):
    given = [*given, *SMALL[1:4]] if len(given) == 1 else given
    assert says in " ".join(refused(*given, f"hydra.run.dir={tmp_path}/x", cwd=tmp_path).split())
