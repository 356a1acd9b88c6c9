"""What a search found: files of the folder, the page, the terminal."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import yaml
from xarray import Dataset

from contagion._util.atomic import once
from contagion._util.language import label, say, worded
from contagion._util.text import between, enumerated, number, percent, significant
from contagion.optimise.evaluations import Evaluated
from contagion.optimise.search import Optimum
from contagion.optimise.space import DOSE, Plan, placed, written
from contagion.plots.plan_figure import plan_figure, plan_map
from contagion.plots.style import save
from contagion.report.sections import Section
from contagion.study.folders import output_folder
from contagion.study.optimise.work import PLAN, RANDOM, Checked

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

MOST = 12  # plans of the front that are shown


def sentences(checked: Checked) -> list[str]:
    """The plan, what it is worth in fresh draws, and what is not known of it."""
    optimum, others = checked.optimum, checked.others.set_index("plan")
    ours, aim = others.loc[PLAN], optimum.objective.aim
    found = [
        say("optimise.plan", parts=_named(optimum.plan), cost=number(float(ours.cost), 0)),
        say(
            "optimise.fresh",
            change=between(float(ours.change), float(ours.change_low), float(ours.change_high), 0, "+"),
            share=number(optimum.objective.percent(aim.outcome, float(ours.change)), 1, "+"),
            searched=number(_searched(checked), 1, "+"),
        ),
        say("optimise.aim", measure=say(f"optimise.{aim.measure}"), tried=len(optimum.tried)),
    ]
    random = others[others.index.str.startswith(RANDOM)]
    if len(random):
        beaten = (random.beyond_plan_low > 0).mean()
        found.append(say("optimise.random", count=len(random), share=percent(float(beaten))))
    return found


def _searched(checked: Checked) -> float:
    """What the plan came to in the replicates of the search, in % of the baseline."""
    optimum = checked.optimum
    return min(optimum.objective.of(each) for each in optimum.tried if each.plan == optimum.plan)


def sections(checked: Checked, figures: Sequence[Path]) -> list[Section]:
    """Sections of the page: the plan with its parts, and the plans that it was compared with in fresh draws."""
    parts, others = checked.parts, checked.others
    table = pd.DataFrame(
        {
            say("optimise.option"): parts.option.map(label),
            say("optimise.doses"): [significant(dose, 2) for dose in parts.dose],
            say("optimise.numbers"): parts.numbers,
            say("optimise.cost"): [number(cost, 0) for cost in parts.cost],
            say("optimise.without"): _intervals(parts, "without"),
            say("optimise.alone"): _intervals(parts, "alone"),
        }
    )
    compared = pd.DataFrame(
        {
            say("optimise.compared"): others.plan.map(label),
            say("optimise.cost"): [number(cost, 0) for cost in others.cost],
            say("optimise.change"): _intervals(others, "change"),
            say("optimise.beyond"): _intervals(others, "beyond_plan"),
        }
    )
    captions = say("optimise.figure_caption"), say("optimise.map_caption")
    drawn = dict(zip(figures, captions, strict=False))
    found = [
        Section(say("optimise.heading"), sentences(checked), table, say("optimise.parts_caption"), drawn),
        Section(say("optimise.fresh_heading"), [], compared, say("optimise.fresh_caption")),
    ]
    return [*found, _front(checked)] if len(checked.optimum.objective.aims) > 1 else found


def _front(checked: Checked) -> Section:
    """Plans that none beats in all aims."""
    optimum = checked.optimum
    rows = []
    for each in optimum.front[:MOST]:
        changes = zip(optimum.objective.aims, optimum.objective.each(each), strict=True)
        columns = {
            say("optimise.in_aim", outcome=worded("outcome", aim.outcome)): number(value, 2, "+")
            for aim, value in changes
        }
        cost = {say("optimise.cost"): number(each.cost, 0)}
        rows.append({say("optimise.compared"): _named(each.plan), **columns, **cost})
    text = say("optimise.front", count=len(optimum.front), shown=len(rows))
    return Section(say("optimise.front_heading"), [text], pd.DataFrame(rows), say("optimise.front_caption"))


def _named(plan: Plan) -> str:
    """The options of a plan with their doses, in words."""
    parts = [
        say("optimise.part", option=label(name), dose=significant(values[DOSE], 2))
        for name, values in written(plan).items()
    ]
    return enumerated(parts) if parts else say("optimise.nothing")


def _intervals(table: pd.DataFrame, name: str) -> list[str]:
    rows = zip(table[name], table[f"{name}_low"], table[f"{name}_high"], strict=True)
    return [between(middle, low, high, 0, "+") for middle, low, high in rows]


def figures(checked: Checked, results: Dataset, polygons: "GeoDataFrame") -> dict[str, Callable[[Path], None]]:
    """What draws the figures of a plan, by the names of their files: its parts, and its places if it has any."""
    optimum = checked.optimum
    where = placed(written(optimum.plan), optimum.areas)

    def parts(path: Path) -> None:
        values = [optimum.objective.of(each) for each in optimum.tried]
        save(plan_figure(checked.parts, values, results.attrs), [path])

    def places(path: Path) -> None:
        save(plan_map(where, polygons, results), [path])

    return {output_folder.PLAN_FIGURE: parts} | ({output_folder.PLAN_MAP: places} if where else {})


def write(checked: Checked, target: Path) -> None:
    """The plan as a configuration that runs, its parts, the plans it is compared with, and every one that was tried."""
    optimum = checked.optimum
    text = yaml.safe_dump({"baseline": {}, PLAN: written(optimum.plan)}, sort_keys=False)
    head = f"# A plan that was searched: contagion strategies=./{output_folder.PLAN} runs it again.\n"
    once(target / output_folder.PLAN, lambda partly: partly.write_text(head + text, encoding="utf-8"))
    tables = {
        output_folder.PLAN_PARTS: checked.parts,
        output_folder.PLANS: checked.others,
        output_folder.TRIED: _plans(optimum, optimum.tried),
    }
    if len(optimum.objective.aims) > 1:
        tables[output_folder.FRONT] = _plans(optimum, optimum.front)
    for name, table in tables.items():
        once(target / name, partial(table.to_csv, index=False, float_format="%.6g"))


def _plans(optimum: Optimum, plans: Sequence[Evaluated]) -> pd.DataFrame:
    """A row per plan: its numbers, what it comes to in each aim, % of the baseline, with penalties, and its cost."""
    objective = optimum.objective
    return pd.DataFrame(
        {f"{name}.{key}": value for name, values in each.plan.items() for key, value in values.items()}
        | {aim.outcome: value for aim, value in zip(objective.aims, objective.each(each), strict=True)}
        | dict(value=objective.of(each), cost=each.cost)
        for each in plans
    )
