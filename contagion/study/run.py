"""Simulate a plan: equal budgets, in batches or at once."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import jax
import pandas as pd
from rich.console import Console
from xarray import Dataset

from contagion.analysis import ranking
from contagion.analysis.metrics import OUTCOMES
from contagion.interventions.registry import Strategy
from contagion.kernel.intervention import drawn_of
from contagion.optimise import budget
from contagion.simulation.simulate import simulate
from contagion.simulation.store import RESULTS, open_results
from contagion.study import batches
from contagion.study.plan import Plan

PILOT = 32  # replicates from which the cost of a strategy is known well enough


def simulated(plan: Plan, target: Path, console: Console) -> Dataset:
    """Simulate every strategy of a plan.

    Parameters
    ----------
    plan
        The run.
    target
        Folder of the run, which keeps batches that are done.
    console
        Where to say how far it is.

    Returns
    -------
    xarray.Dataset
        Results, with the configuration and how the parameters were chosen in the attributes.

    Raises
    ------
    InputError
        For a plan that makes no run, and where batches in the folder are of another run.
    """
    if (target / RESULTS).exists():  # of this run, which was interrupted after they were written
        return open_results(target, verify=True).load()
    plan, spending = _at_budget(plan)
    if spending:
        console.print(spending, markup=False, style="dim")
    if plan.batch is None:
        results = _replicates(plan, 0, plan.replicates)
    else:
        results = _in_batches(plan, plan.batch, target, console)
    results.attrs["parameters"] = " ".join([*plan.sentences, spending]).strip()
    results.attrs["config"] = plan.config
    return results


def _replicates(plan: Plan, first: int, replicates: int) -> Dataset:
    """The replicates from `first` on."""
    rows = slice(first, first + replicates)
    return simulate(
        plan.atlas,
        {name: drawn_of(options, rows) for name, options in plan.strategies.items()},  # in their order
        drivers=drawn_of(plan.drivers, rows),
        params=jax.tree.map(lambda leaf: leaf[rows] if leaf.ndim else leaf, plan.params),
        replicates=replicates,
        first=first,
        **plan.options,
    )


def _at_budget(plan: Plan) -> tuple[Plan, str]:
    """The plan with its strategies at equal budgets, if it has one, and what that means in words."""
    if plan.budget is None:
        return plan, ""
    strategies, scales = budget.equalised(plan.strategies, plan.budget, partial(_costs, plan))
    return replace(plan, strategies=strategies), budget.sentence(plan.budget, scales)


def _costs(plan: Plan, strategies: Mapping[str, Strategy]) -> dict[str, float]:
    """Million dollars over the run beyond the first strategy, by strategy, from the first replicates."""
    short = replace(plan, strategies=strategies, options={**plan.options, "record": "run"})
    cost = OUTCOMES["cost"].of(_replicates(short, 0, min(PILOT, plan.replicates))).mean("replicate")
    return dict(zip(strategies, (cost - cost[0]).values.tolist(), strict=True))


def _in_batches(plan: Plan, batch: int, target: Path, console: Console) -> Dataset:
    """The run in batches, which goes on where an earlier one in the same folder was interrupted."""

    def told(results: Dataset, standing: pd.DataFrame) -> None:
        aim = f"; {plan.tolerance:g} is asked for" if plan.tolerance else ""
        error = ranking.error(standing)
        console.print(
            f"{results.replicate.size} replicates: the largest standard error of a mean rank is {error:.3f}{aim}",
            markup=False,
        )

    try:
        return batches.in_batches(partial(_replicates, plan), plan.replicates, batch, plan.tolerance, target, told)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; completed batches are in {target}: the same command with hydra.run.dir={target} resumes"
        ) from None
