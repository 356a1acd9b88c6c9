"""What plans come to: outcomes in the same replicates as the baseline's, each plan computed once."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from contagion.analysis.metrics import OUTCOMES, judged
from contagion.interventions.priors import draw_strategies
from contagion.kernel.intervention import Intervention
from contagion.optimise.budget import Strategy
from contagion.optimise.space import Plan, Space, area_name, placed
from contagion.regions.areas import with_areas
from contagion.regions.atlas import Atlas
from contagion.simulation.anchoring import default_kind, fitted
from contagion.simulation.calendar import first_day
from contagion.simulation.prepared import Periods, Series, prepare
from contagion.simulation.simulate import simulate
from contagion.simulation.statistics import collect

Measure = Literal["mean", "upper_decile", "worst_third"]
Outcomes = Mapping[str, NDArray[np.float64]]  # by outcome [replicate], those of the plan less the baseline's
EXCESS = 100.0  # points, of 1 % of the baseline each, that a plan loses which costs twice its budget
SLACK = 0.01  # share of the budget by which a plan may miss it


@dataclass(frozen=True)
class Aim:
    """What is to be low.

    Attributes
    ----------
    outcome
        One that ranks strategies; where less is worse it is to be high.
    measure
        *mean* of the difference from the baseline over replicates; *upper_decile*, its 90 % quantile on the worse side;
        *worst_third*, the mean of the third of replicates in which it is worst.
    """

    outcome: str = "homicides"
    measure: Measure = "mean"

    def of(self, differences: NDArray[np.float64]) -> float:
        """The measure of differences from the baseline, more being worse."""
        worse = judged(self.outcome).worse * differences
        if self.measure == "mean":
            return float(worse.mean())
        if self.measure == "upper_decile":
            return float(np.quantile(worse, 0.9))
        return float(np.sort(worse)[-max(len(worse) // 3, 1) :].mean())


@dataclass(frozen=True)
class Evaluated:
    """A plan and what came of it.

    Attributes
    ----------
    plan
        Plain values by option.
    differences
        By outcome, the plan's less the baseline's [replicate].
    """

    plan: Plan
    differences: Outcomes

    @property
    def cost(self) -> float:
        """Million dollars beyond the baseline, mean over replicates."""
        return float(self.differences["cost"].mean())


@dataclass(frozen=True)
class Objective:
    """What makes one plan better than another: the aim, a budget, and limits.

    Attributes
    ----------
    aims
        What is to be low: the first makes one plan better than another, all of them the set that none beats in all.
    usual
        Mean of their outcomes in the baseline, by outcome.
    budget
        Million dollars beyond the baseline; None for any.
    limits
        By outcome, how much worse than the baseline it may become on average, in its own unit.
    """

    aims: tuple[Aim, ...]
    usual: Mapping[str, float]
    budget: float | None
    limits: Mapping[str, float]

    @property
    def aim(self) -> Aim:
        """The first of the aims."""
        return self.aims[0]

    def of(self, found: Evaluated, weights: Sequence[float] = (1.0,)) -> float:
        """The aim in % of the baseline, and a penalty for what exceeds the budget or a limit; lower is better.

        With `weights` of the aims, their weighted sum.
        """
        values = self.each(found)
        return float(np.dot(weights, values[: len(weights)])) + EXCESS * self.excess(found)

    def each(self, found: Evaluated) -> NDArray[np.float64]:
        """Every aim in % of the baseline [aim]."""
        return np.array([self.percent(aim.outcome, aim.of(found.differences[aim.outcome])) for aim in self.aims])

    def percent(self, outcome: str, difference: float) -> float:
        """A difference in % of what the baseline has of an outcome."""
        return 100 * difference / max(abs(self.usual[outcome]), 1e-9)

    def excess(self, found: Evaluated) -> float:
        """By what share of the budget and of the limits a plan exceeds them."""
        over = 0.0
        if self.budget is not None:
            over += max(found.cost / self.budget - 1 - SLACK, 0)
        for name, most in self.limits.items():
            worse = (OUTCOMES[name].worse or 1) * float(found.differences[name].mean())
            over += max(worse - most, 0) / max(abs(most), 1e-9)
        return over


def checked_limits(limits: Mapping[str, float]) -> dict[str, float]:
    """Limits of outcomes that are known, and of which more or less is worse."""
    for name in limits:
        if name not in OUTCOMES or OUTCOMES[name].censored or not (OUTCOMES[name].worse or name == "cost"):
            judged(name)
    return dict(limits)


class Evaluations:
    """Evaluates plans of a space in some replicates, under common random numbers with the baseline.

    Parameters
    ----------
    space
        What plans are made of.
    atlas
        The region.
    names
        Outcomes that are kept beside the cost.
    replicates, first
        Number of replicates, and the number of the first.
    areas
        In which options may be placed, by name [place].
    kept
        File that keeps every evaluation, so that a search that was interrupted goes on; None for none.
    **options
        Of `contagion.simulate`.
    """

    def __init__(
        self,
        space: Space,
        atlas: Atlas,
        names: Sequence[str],
        replicates: int,
        first: int = 0,
        areas: Mapping[str, NDArray] | None = None,
        kept: Path | None = None,
        **options: Any,
    ):
        self.space, self.names = space, tuple(dict.fromkeys((*names, "cost")))
        self.areas = dict(areas or {})
        given: dict[str, Any] = _USUAL | options | dict(replicates=replicates, first=first, record="run")
        if given["params"] is not None:
            numbers = np.arange(first, first + replicates)
            given["params"] = jax.tree.map(
                lambda leaf: leaf[numbers % len(leaf)] if leaf.ndim else leaf, given["params"]
            )
        if (given["anchor"] or default_kind(atlas)) == "forecast":
            given["anchor"] = fitted(atlas, first_day(given["start"], atlas))
        self._options = options | dict(anchor=given["anchor"])
        run = prepare(atlas, {"baseline": ()}, **given)
        known = with_areas(atlas, (*given["drivers"], *space.options.values()))
        self.run = replace(run, region=replace(run.region, areas=known.areas, slots=known.slots))
        drawn = draw_strategies(
            given["priors"], {"plan": tuple(space.options.values())}, (), replicates, given["seed"], first
        )
        self.options: Mapping[str, Intervention] = dict(zip(space.options, drawn[0]["plan"], strict=True))
        self.paths: list[Any] = []  # of the baseline, in anchored runs
        self.baseline = self._simulated("baseline", {}, ())
        alone = self.run.labelled({"baseline": self.baseline})
        self.labels = alone.coords.to_dataset().drop_vars("strategy").coords
        self.usual = {name: float(OUTCOMES[name].of(alone).mean()) for name in self.names}
        self._kept, self._known = kept, dict(_read(kept, replicates, first)) if kept else {}
        self._compiled = False

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return self.run.replicates

    def elsewhere(self, first: int) -> "Evaluations":
        """The same in as many other replicates."""
        given = self.space, self.run.atlas, self.names, self.replicates, first, self.areas, self._kept
        return Evaluations(*given, **self._options)

    def areas_of(self, plan: Plan) -> dict[str, NDArray]:
        """Where each placed option of a plan is done, by `area_name` of it [place]."""
        return {area_name(name): area for name, area in placed(plan, self.areas).items()}

    def still(self) -> "Evaluations":
        """The same without chance: one replicate, parameters at their medians and options at their presets."""
        params = jax.tree.map(lambda leaf: np.median(leaf, axis=0) if leaf.ndim else leaf, self._options.get("params"))
        options: dict[str, Any] = self._options | dict(params=params, priors=None, deterministic=True)
        return Evaluations(self.space, self.run.atlas, self.names, 1, areas=self.areas, **options)

    def of(self, plans: Sequence[Plan]) -> list[Evaluated]:
        """Evaluate plans, on a CPU several at a time; those that are known are not computed anew."""
        new = [plan for plan in {_key(plan): plan for plan in plans}.values() if _key(plan) not in self._known]
        if new and not self._compiled:  # by one, before others need it
            self._keep(self._one(new.pop(0)))
            self._compiled = True
        with ThreadPoolExecutor(_threads()) as threads:
            for found in threads.map(self._one, new):
                self._keep(found)
        return [Evaluated(plan, self._known[_key(plan)]) for plan in plans]

    def _keep(self, found: Evaluated) -> None:
        self._known[_key(found.plan)] = found.differences
        if self._kept is not None:
            values = {name: values.tolist() for name, values in found.differences.items()}
            row = dict(plan=found.plan, first=self.run.first, replicates=self.replicates, differences=values)
            with self._kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def _one(self, plan: Plan) -> Evaluated:
        dataset = self._simulated("plan", self.areas_of(plan), self.space.strategy(plan, self.options))
        both = xr.Dataset(
            {
                name: (("strategy", *usual.dims), np.stack([usual.values, dataset.variables[name].values]))
                for name, usual in self.baseline.variables.items()
            },
            self.labels,
        )  # in a tenth of the time that `xarray.concat` takes for many small variables
        outcomes = {name: OUTCOMES[name].of(both).values for name in self.names}
        return Evaluated(plan, {name: (values[1] - values[0]).astype(float) for name, values in outcomes.items()})

    def _simulated(self, name: str, areas: Mapping[str, NDArray], strategy: Strategy) -> xr.Dataset:
        """A run of one strategy."""
        run = replace(self.run, strategies={name: (*self.run.strategies["baseline"], *strategy)})
        if areas:
            region = replace(run.region, areas={**run.region.areas, **areas})
            run = replace(run, region=region)

        def kept(_: str, periods: Periods) -> Series:
            return collect(periods, run.atlas, False, lambda: None)

        return {each: next(series) for each, series in run.series(kept, paths=self.paths)}[name]


_USUAL = {  # of `prepare`, which has no defaults
    name: option.default
    for name, option in signature(simulate).parameters.items()
    if option.kind is Parameter.KEYWORD_ONLY and name in signature(prepare).parameters
}


def _key(plan: Plan) -> str:
    return json.dumps(plan, sort_keys=True)


def _threads() -> int:
    """Plans that are computed at a time."""
    return max(len(os.sched_getaffinity(0)), 1) if jax.default_backend() == "cpu" else 1


def _read(file: Path, replicates: int, first: int) -> Iterator[tuple[str, Outcomes]]:
    """Evaluations that a file keeps of these replicates; a line that was cut off or damaged is left out."""
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            row = json.loads(line)
            known = _key(row["plan"]), {name: np.array(values) for name, values in row["differences"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        if (row.get("replicates"), row.get("first")) == (replicates, first):
            yield known
