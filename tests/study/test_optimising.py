"""`task=optimise`: from a search to a folder with a plan that runs."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from commands import called, refused

import contagion
from contagion.optimise import Aim, Evaluated, Objective, Optimum
from contagion.optimise.space import space_of
from contagion.plots.plan_figure import plan_figure
from contagion.study.folders import output_folder
from contagion.study.optimise import page, work

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
    placed = "optimise.options.prevention_zones.start=4", "+optimise.places.prevention_zones=5", "optimise.units=places"
    run = called(*SMALL, *placed, f"hydra.run.dir={folder}", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "The plan spends" in run.stderr
    others = output_folder.PLAN_MAP, output_folder.COMPARISON, output_folder.REPORT, output_folder.BRIEF
    for name in (*output_folder.SEARCHED, *others):
        assert (folder / name).exists(), name
    assert not (folder / "parts").exists()
    assert "The plan that was found" in (folder / output_folder.REPORT).read_text(encoding="utf-8")
    tried, plans = table(folder, output_folder.TRIED), table(folder, output_folder.PLANS)
    assert 20 <= len(tried) <= 40
    assert plans.cost[0] <= 1.02 * 30
    assert plans.plan.tolist()[:2] == ["plan", "random 1"]
    plan = yaml.safe_load((folder / output_folder.PLAN).read_text())
    assert list(plan) == ["baseline", "plan"]
    assert 1 <= len(plan["plan"]["prevention_zones"]["within"]) <= 5
    again = tmp_path / "again"
    words = [*SMALL[1:5], f"strategies={folder / output_folder.PLAN}", "ensemble.replicates=8", "ensemble.seed=1"]
    run = called(*words, f"hydra.run.dir={again}", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    first, second = (contagion.open_results(each).homicides_total for each in (folder, again))
    assert first.sel(strategy="plan").equals(second.sel(strategy="plan"))


def test_a_plan_of_nothing_is_told():
    """Where no option does any good, a plan has no parts: it is said and drawn like any other."""
    space = space_of({"police_reform": contagion.load_intervention("police_reform")}, None, None, 60)
    plan = space.plan(np.zeros(1))
    tried = [Evaluated(plan, dict(homicides=np.zeros(8), cost=np.zeros(8)))]
    objective = Objective((Aim(),), dict(homicides=100.0), None, {})
    optimum = Optimum(plan, objective, space, tried, [], {}, {})
    fresh = SimpleNamespace(of=lambda plans: [replace(tried[0], plan=each) for each in plans])
    checked = work.check(optimum, fresh, 0, 0)
    assert checked.parts.empty
    assert "nothing" in page.sentences(checked)[0]
    assert len(page.sections(checked, [])) == 2
    plan_figure(checked.parts, [0.0], dict(region="lattice", schematic="", note="", source=""))


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
