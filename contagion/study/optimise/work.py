"""Search a plan, see what it is worth in fresh draws, and hand it to an ordinary run: task=optimise."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from contagion._util.atomic import once
from contagion._util.language import say
from contagion._util.nested import by_dotted_key
from contagion._util.text import number
from contagion.analysis.paired import mean_interval
from contagion.errors import InputError
from contagion.interventions.registry import build_intervention
from contagion.kernel.intervention import Intervention
from contagion.optimise import budget
from contagion.optimise.evaluations import Aim, Evaluated, Evaluations
from contagion.optimise.search import Optimum, best_plan
from contagion.optimise.space import DOSE, done, written
from contagion.optimise.space import Plan as Searched
from contagion.parameters.presets import build_params
from contagion.regions.atlas import Atlas
from contagion.study.jobs import worker
from contagion.study.jobs.manifest import EVALUATIONS, PARTS
from contagion.study.own_options import Own
from contagion.study.plan import Plan
from contagion.study.plan import plan as planned
from contagion.study.settings import Settings, build_drivers
from contagion.study.terminal.log import Told

PLAN, RANDOM = "plan", "random"
ROWS = 4096  # replicates that parameters of a posterior are known for
FRESH = 1 << 16  # first replicate of those in which a plan is evaluated anew
COLUMNS = ["option", DOSE, "numbers", "cost"]  # of the parts of a plan, of which there may be none
COLUMNS += [f"{name}{end}" for name in ("without", "alone") for end in ("", "_low", "_high")]
SCALES = (0.9, 1.1)  # of the whole plan, for what more or less money would do


@dataclass(frozen=True)
class Checked:
    """A plan, its parts, and others, in replicates that no search has seen.

    Attributes
    ----------
    optimum
        What was found.
    parts
        A row per option: dose, numbers, places, share of the cost, homicides without it and alone.
    others
        Differences of the aim from the baseline of plans drawn at random, and of the plan on other scales.
    """

    optimum: Optimum
    parts: pd.DataFrame
    others: pd.DataFrame


def run(
    settings: Settings,
    values: Mapping[str, Any],
    chosen: Sequence[str],
    own: Own,
    begin: Callable[[Plan], None],
    target: Path,
    console: Told,
) -> tuple[dict[str, Any], Checked]:
    """Search a plan as `settings` say, and return the configuration of the run that compares it with other strategies.

    Parameters
    ----------
    settings, values
        Validated settings, and the configuration that they are of.
    chosen
        Parameters that the user asked for by name.
    own
        Classes of the user's own.
    begin
        Records that the run of a plan begins.
    target
        Folder of the run, which keeps every evaluation.
    console
        Where to say how far it is.

    Raises
    ------
    InputError
        For settings that make no search.
    """
    asked, ensemble = settings.optimise, settings.ensemble
    options = {
        name: build_intervention(name, given, "optimise.options", own=own.intervention)
        for name, given in asked.options.items()
    }
    rivals = planned(settings, chosen, own, console)  # with the region, the forecast and what was drawn
    begin(rivals)
    (target / PARTS).mkdir(exist_ok=True)
    common: dict[str, Any] = dict(
        drivers=build_drivers(settings, own.driver),
        params=build_params(settings.params, ROWS, ensemble.seed, chosen),
        priors=settings.priors if ensemble.priors else None,
        **{name: value for name, value in rivals.options.items() if name != "record"},
    )
    kept = target / PARTS / EVALUATIONS
    optimum = _found(settings, options, rivals.atlas, common, kept, console)
    with console.status(say("optimise.checking")):
        aim, areas = optimum.objective.aim, optimum.areas
        names, count = [aim.outcome, *asked.limits], asked.check
        fresh = Evaluations(optimum.space, rivals.atlas, names, count, FRESH, areas=areas, kept=kept, **common)
        checked = check(optimum, fresh, asked.random, ensemble.seed)
    doses = {}
    if settings.budget is not None and len(rivals.strategies) > 1:
        with console.status(say("optimise.equalising")):
            doses = _doses(rivals, settings.budget, target)
    return _configured(values, optimum.plan, doses, ensemble.seed), checked


def _found(
    settings: Settings,
    options: Mapping[str, Intervention],
    atlas: Atlas,
    common: Mapping[str, Any],
    kept: Path,
    console: Told,
) -> Optimum:
    """The plan that the search finds, under a progress bar with the best so far."""
    asked = settings.optimise
    numbers = by_dotted_key(asked.vary) if asked.vary else {}
    with _bar(console, settings.runtime.progress) as bar:
        steps = bar.add_task("searching", total=asked.evaluations)

        def report(found: Evaluated, best: float) -> None:
            bar.update(steps, advance=1, description=say("optimise.best", best=number(best, 2, "+")))

        return best_plan(
            atlas,
            options,
            budget=settings.budget,
            vary=numbers,
            places=asked.places,
            units=asked.units,
            aims=[Aim(outcome, asked.measure) for outcome in (asked.aim, *asked.beside)],
            limits=asked.limits,
            evaluations=asked.evaluations,
            replicates=asked.per_plan,
            kept=kept,
            report=report,
            **common,
        )


def check(optimum: Optimum, fresh: Evaluations, random: int, seed: int) -> Checked:
    """What a plan and its parts are worth in replicates that the search has not seen, beside plans drawn at random.

    Parameters
    ----------
    optimum
        What was found.
    fresh
        Evaluates plans there.
    random
        Number of plans drawn at random, each within the budget.
    seed
        Of their draw.
    """
    plan, space, aim = optimum.plan, optimum.space, optimum.objective.aim
    kept = list(written(plan))
    without = {name: done(plan, name, 0.0) for name in kept}
    alone = {
        name: {other: {**values, DOSE: values[DOSE] * (other == name)} for other, values in plan.items()}
        for name in kept
    }
    scaled = {
        scale: {name: {**values, DOSE: scale * values[DOSE]} for name, values in plan.items()} for scale in SCALES
    }
    points = np.random.default_rng([seed, FRESH]).random((random, len(space.choices)))
    others = {f"{RANDOM} {number}": space.plan(point) for number, point in enumerate(points, 1)}
    others = {PLAN: plan, **others, **{f"{PLAN} at {scale:.0%} of its doses": each for scale, each in scaled.items()}}
    every: list[Searched] = [*without.values(), *alone.values(), *others.values()]
    found = [each.differences for each in fresh.of(every)]
    lacking, single, rest = found[: len(kept)], found[len(kept) : 2 * len(kept)], found[2 * len(kept) :]
    ours = rest[0][aim.outcome]
    parts = [
        dict(option=name, **_numbers(plan[name]), cost=float(one["cost"].mean()))
        | _interval("without", less[aim.outcome] - ours)
        | _interval("alone", one[aim.outcome])
        for name, less, one in zip(kept, lacking, single, strict=True)
    ]
    rows = [
        dict(plan=name, cost=float(each["cost"].mean()), **_interval("change", each[aim.outcome]))
        | _interval("beyond_plan", each[aim.outcome] - ours)
        for name, each in zip(others, rest, strict=True)
    ]
    return Checked(optimum, pd.DataFrame(parts, columns=COLUMNS), pd.DataFrame(rows))


def _numbers(values: Mapping[str, Any]) -> dict[str, str | float]:
    """The dose of a part, and the rest in words."""
    rest = {key: value for key, value in values.items() if key != DOSE}
    return {DOSE: values[DOSE], "numbers": ", ".join(f"{key}={value}" for key, value in rest.items())}


def _interval(name: str, differences: np.ndarray) -> dict[str, float]:
    """The mean of differences, and its 90 % confidence interval."""
    low, high = mean_interval(differences)
    return {name: float(differences.mean()), f"{name}_low": low, f"{name}_high": high}


def _doses(rivals: Plan, amount: float, target: Path) -> dict[str, float]:
    """Doses at which strategies cost the budget, found once."""
    path = target / PARTS / "doses.json"

    def find(partly: Path) -> None:
        _, scales = budget.equalised(rivals.strategies, amount, partial(worker.costs, rivals))
        partly.write_text(json.dumps({name: scale.dose for name, scale in scales.items()}), encoding="utf-8")

    once(path, find)
    return json.loads(path.read_text(encoding="utf-8"))


def _configured(values: Mapping[str, Any], plan: Searched, doses: Mapping[str, float], seed: int) -> dict[str, Any]:
    """The configuration of a run that compares the plan with the other strategies, in replicates of another seed."""
    if PLAN in values["strategies"]:
        raise InputError(f"strategies.{PLAN}: the name of what is searched; give the strategy another one")
    rivals = {
        name: _at_dose(parts, doses[name]) if name in doses else parts for name, parts in values["strategies"].items()
    }
    first = next((name for name, parts in rivals.items() if not parts), "baseline")
    strategies = {first: {}, PLAN: written(plan), **rivals}
    ensemble = {**values["ensemble"], "seed": seed + 1}
    return {
        **values,
        "task": "simulate",
        "intervention": {},
        "budget": None,
        "strategies": strategies,
        "ensemble": ensemble,
    }


def _at_dose(parts: Mapping[str, Mapping[str, Any]], dose: float) -> dict[str, Any]:
    """Options of a strategy on another scale; what it leaves out of history has none."""
    return {
        name: given if name == "history" else {**given, DOSE: given.get(DOSE, 1.0) * dose}
        for name, given in parts.items()
    }


def _bar(console: Told, shown: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=not shown, transient=True)
