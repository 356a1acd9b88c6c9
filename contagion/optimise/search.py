"""The search for a plan: which options, on what scale, with which numbers, where."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contagion.analysis.assumptions.robustness import dominates
from contagion.analysis.metrics import judged
from contagion.errors import InputError
from contagion.kernel.intervention import Intervention
from contagion.optimise import selection, sites
from contagion.optimise.budget import MOST
from contagion.optimise.evaluations import Aim, Evaluated, Evaluations, Objective, checked_limits
from contagion.optimise.gradients import likely
from contagion.optimise.space import DIGITS, DOSE, LEAST_DOSE, WITHIN, Plan, Space, done, space_of
from contagion.regions.areas import units_of
from contagion.regions.atlas import Atlas

SPREAD = 0.15  # of the first plans around the start, a share of the bounds
FINALISTS = 5  # plans between which more replicates decide
ROUNDS = 4  # in which these are shared out
LEAST = 20  # evaluations
GRID = 21  # doses of a plan of one option
PLACED = 0.6  # of the evaluations, those for places, where there are any to choose

DoseIn = Callable[[Sequence[str]], float]  # some places


@dataclass(frozen=True)
class Optimum:
    """The plan that a search has found.

    Attributes
    ----------
    plan
        Plain values by option.
    objective
        What made it the best.
    space
        What plans were made of.
    tried
        Every plan that was evaluated, in this order, in the same replicates.
    front
        Of those within the budget and the limits, the plans that none beats in all aims, in the order of the first.
    alone
        What each option alone comes to, at a dose of 1.
    areas
        In which options may be placed, by name [place].
    """

    plan: Plan
    objective: Objective
    space: Space
    tried: Sequence[Evaluated]
    front: Sequence[Evaluated]
    alone: Mapping[str, Evaluated]
    areas: Mapping[str, NDArray]


def best_plan(
    atlas: Atlas,
    options: Mapping[str, Intervention],
    *,
    budget: float | None = None,
    vary: Mapping[str, tuple[float, float]] | None = None,
    places: Mapping[str, int] | None = None,
    units: str = "provinces",
    aims: Sequence[Aim] = (Aim(),),
    limits: Mapping[str, float] | None = None,
    evaluations: int = 200,
    replicates: int = 8,
    kept: Path | None = None,
    report: Callable[[Evaluated, float], object] = lambda found, value: None,
    **settings: Any,
) -> Optimum:
    """Search the plan that lowers an outcome most: doses of options within a budget, other numbers, places.

    Every plan meets the same replicates, with the same draws of what is drawn. Each option is first tried alone; the
    search starts from the plan that spends the budget on what averted most for its money, and goes on with the
    covariance matrix adaptation evolution strategy (CMA-ES, Hansen 2016). Places of options that are to be placed are
    chosen one by one. Of the best plans, further replicates decide. What was found is best in these replicates: what
    it is worth is to be seen in fresh ones.

    Parameters
    ----------
    atlas
        A region, from `load_region`.
    options
        Options that a plan may hold, by name. The dose of each is chosen, between 0 and 2.
    budget
        Million dollars over the run beyond the baseline; by default any.
    vary
        Bounds of other numbers that are chosen, by ``option.number``, such as ``{"police_reform.start": (0, 104)}``.
    places
        Options whose places are chosen, and in how many of the `units` at most each is done.
    units
        What places are chosen of: provinces, deployment_regions or places.
    aims
        What is to be low; by default the mean of homicides. The plan is the best for the first; of several, the search
        also looks for the plans that none beats in all.
    limits
        By outcome, how much worse than in the baseline it may become on average, in its own unit.
    evaluations
        Plans that are evaluated at most.
    replicates
        Replicates of each.
    kept
        File that keeps every evaluation, from which a search that was interrupted goes on.
    report
        Called after each evaluation with it and the value of the best so far, in % of the baseline.
    **settings
        Of `simulate`: drivers, params, priors, anchor, weeks, start, seed and others.

    Returns
    -------
    Optimum
        The plan, and all that were tried.

    Raises
    ------
    InputError
        For options, numbers, bounds, outcomes or areas that are unknown, and settings that make no run.
    """
    outcomes = [aim.outcome for aim in aims if judged(aim.outcome)]
    limits = checked_limits(limits or {})
    if evaluations < LEAST:
        raise InputError(f"optimise.evaluations={evaluations}: must be at least {LEAST}")
    space = space_of(options, vary, budget, settings.get("weeks", 260))
    placed = places or {}
    areas = _areas(atlas, options, placed, units)
    found = Evaluations(space, atlas, [*outcomes, *limits], replicates, areas=areas, kept=kept, **settings)
    objective = Objective(tuple(aims), found.usual, budget, limits)
    search = Search(found, objective, evaluations, report)
    alone = search.alone()
    search.space = found.space = space.with_costs({name: each.cost for name, each in alone.items()})
    until = int(PLACED * search.left) if placed else 0
    search.numbers(start_of(search.space, objective, alone), until)
    for number, (name, most) in enumerate(placed.items(), 1):
        search.places(name, list(areas), most, search.left - search.left // (len(placed) - number + 1))
    plan = search.pruned(search.decide())
    return Optimum(plan, objective, search.space, search.tried, search.front(), alone, areas)


def _areas(
    atlas: Atlas, options: Mapping[str, Intervention], places: Mapping[str, int], units: str
) -> dict[str, NDArray]:
    """Areas that places are chosen of."""
    for name, most in places.items():
        if name not in options or most < 1:
            raise InputError(f"optimise.places.{name}={most}: must be an option of the plan, and at least one place")
    return units_of(atlas, units) if places else {}


def start_of(space: Space, objective: Objective, alone: Mapping[str, Evaluated]) -> Plan:
    """The plan that spends a budget on what averted most for its money, each option up to the largest dose."""
    left = np.inf if space.budget is None else space.budget
    worth = {name: -objective.aim.of(each.differences[objective.aim.outcome]) for name, each in alone.items()}
    order = sorted(worth, key=lambda name: worth[name] / max(alone[name].cost, 1.0), reverse=True)
    doses = dict.fromkeys(space.options, 0.0)
    for name in order:
        cost = max(alone[name].cost, 0.0)
        if worth[name] > 0 and left > 0:
            doses[name] = round(min(MOST, left / cost) if cost > 0 else MOST, DIGITS)
            left -= doses[name] * cost
    middle = space.plan(np.full(len(space.choices), 0.5))
    return {name: {**middle[name], DOSE: doses[name]} for name in space.options}


class Search:
    """Plans that are tried, and the best of them so far.

    Parameters
    ----------
    evaluations
        Evaluates plans.
    objective
        What makes one better than another.
    most
        Plans that are evaluated at most.
    report
        Called after each with it and the value of the best.
    """

    def __init__(
        self, evaluations: Evaluations, objective: Objective, most: int, report: Callable[[Evaluated, float], object]
    ):
        self.evaluations, self.objective, self.most, self.report = evaluations, objective, most, report
        self.space = evaluations.space
        self.tried: list[Evaluated] = []
        self.placed: set[str] = set()  # options whose places are being chosen, or have been
        self.best: tuple[float, Plan] = (np.inf, {})

    @property
    def left(self) -> int:
        """Evaluations that are left."""
        return self.most - len(self.tried)

    def values(self, plans: Sequence[Plan], weights: Sequence[float] = (1.0,)) -> list[float]:
        """What plans come to, in % of the baseline, for the first aim or for all by weight; lower is better."""
        found = self.evaluations.of(plans)
        for each in found:
            value = self.objective.of(each)
            self.tried.append(each)
            if value < self.best[0] and self._whole(each.plan):
                self.best = value, each.plan
            self.report(each, self.best[0])
        return [self.objective.of(each, weights) for each in found]

    def _whole(self, plan: Plan) -> bool:
        """Whether the places of a plan are chosen."""
        return all(WITHIN in plan[name] or not plan[name][DOSE] for name in self.placed)

    def alone(self) -> dict[str, Evaluated]:
        """Each option alone at a dose of 1, with its numbers as they are."""
        usual = self.space.point({})
        plans = {
            name: {other: {**values, DOSE: float(other == name)} for other, values in self.space.plan(usual).items()}
            for name in self.space.options
        }
        self.values(list(plans.values()))
        return dict(zip(plans, self.tried, strict=True))

    def numbers(self, start: Plan, until: int = 0) -> None:
        """Search doses and other numbers, from a plan on, until so many evaluations are left."""
        from cma import CMAEvolutionStrategy  # imports its plots

        self.values([start])
        dimensions = len(self.space.choices)
        if dimensions == 1:  # CMA-ES takes two at least
            points = np.linspace(0, 1, min(max(self.left - until, 1), GRID))
            self.values([self.space.plan(point[None]) for point in points])
            return
        size = 4 + int(3 * np.log(dimensions))  # of a generation, the usual one
        seed, weighted = self.evaluations.run.seed, _weights(len(self.objective.aims))
        share = (self.left - until) // len(weighted)
        for number, weights in enumerate(weighted):
            enough = until + share * (len(weighted) - number - 1)
            while self.left - size >= enough:  # once it stands still it starts anew from the best so far
                best = min(self.tried, key=lambda each, weights=weights: self.objective.of(each, weights))
                seed += 1
                options = dict(bounds=[0, 1], seed=seed, verbose=-9, popsize=size)
                strategy = CMAEvolutionStrategy(self.space.point(best.plan), SPREAD, options)
                while self.left - size >= enough and not strategy.stop():
                    points = strategy.ask()
                    strategy.tell(points, self.values([self.space.plan(point) for point in points], weights))

    def places(self, option: str, candidates: Sequence[str], most: int, until: int = 0) -> None:
        """Search the places of an option of the best plan so far, until so many evaluations are left.

        Its dose there is as high as what it spent allows. Of more candidates than can be tried, those are that the
        gradient holds likely.
        """
        _, plan = self.best
        self.placed.add(option)
        self.best = np.inf, {}
        if plan[option][DOSE] < LEAST_DOSE:  # is not worth it everywhere; the plan without it stays the one to beat
            self.values([done(plan, option, 0.0)])
            plan = self.space.affordable(done(plan, option, 1.0))
        dose, nothing = self._dose_in(plan, option, candidates)

        def value(choices: list[tuple[str, ...]]) -> list[float]:
            paid = choices[: max(self.left - until, 0)]
            plans = [done(plan, option, dose(chosen), chosen) for chosen in paid]
            return self.values(plans) + [np.inf] * (len(choices) - len(paid))

        few = max((self.left - until) // 2, most)
        if len(candidates) > few:
            everywhere = done(plan, option, plan[option][DOSE], candidates)
            candidates = likely(self.evaluations, everywhere, option, few, self.objective.aim)
        sites.choose(value, candidates, most, nothing)

    def _dose_in(self, plan: Plan, option: str, candidates: Sequence[str]) -> tuple[DoseIn, float]:
        """The dose at which an option costs as much in some places as everywhere, and what the plan is without it.

        Some options cost as large a share as the residents whom they reach, others the same wherever they are.
        """
        usual, region = plan[option][DOSE], self.evaluations.run.region
        residents = {name: float(self.evaluations.areas[name] @ np.asarray(region.population)) for name in candidates}
        smallest = min(candidates, key=lambda name: residents[name])
        nothing, *_ = self.values([done(plan, option, 0.0), plan, done(plan, option, usual, [smallest])])
        without, everywhere, one = (each.cost for each in self.tried[-3:])
        divided = one - without < (everywhere - without) / 2

        def dose(chosen: Sequence[str]) -> float:
            share = sum(residents[name] for name in chosen) / sum(residents.values())
            return round(min(MOST, usual / share), DIGITS) if divided else usual

        return dose, nothing

    def decide(self) -> Plan:
        """The best of the finalists, by more replicates."""
        whole = (each for each in self.tried if self._whole(each.plan))
        distinct = {repr(each.plan): each for each in sorted(whole, key=self.objective.of)}
        finalists = [each for each in distinct.values() if self.objective.excess(each) == 0][:FINALISTS]
        if not finalists:
            return self.best[1]
        plans = [each.plan for each in finalists]
        known = [self._worse(each) for each in finalists]
        further: dict[int, Evaluations] = {}

        def evaluate(wanted: Sequence[tuple[int, int]]) -> list[NDArray[np.float64]]:
            found = {}
            for batch in sorted({batch for _, batch in wanted}):
                if batch not in further:
                    further[batch] = self.evaluations.elsewhere(batch * self.evaluations.replicates)
                numbers = [number for number, each in wanted if each == batch]
                given = further[batch].of([plans[number] for number in numbers])
                found |= {(number, batch): self._worse(each) for number, each in zip(numbers, given, strict=True)}
            return [found[pair] for pair in wanted]

        return plans[selection.select(evaluate, known, ROUNDS)[0]]

    def pruned(self, plan: Plan) -> Plan:
        """The plan without parts that do nothing for it in the replicates of the search."""
        without = {name: done(plan, name, 0.0) for name in plan if plan[name][DOSE] > 0}
        whole, *values = self.values([plan, *without.values()])
        idle = [name for name, value in zip(without, values, strict=True) if value <= whole]
        less = {name: {**values, DOSE: 0.0} if name in idle else values for name, values in plan.items()}
        return less if idle and self.values([less])[0] <= whole else plan

    def front(self) -> list[Evaluated]:
        """Plans within the budget and the limits that none beats in all aims."""
        whole = {repr(each.plan): each for each in self.tried if self._whole(each.plan)}
        fair = [each for each in whole.values() if self.objective.excess(each) == 0]
        if not fair:
            return []
        losses = np.array([self.objective.each(each) for each in fair])
        free = np.flatnonzero(~np.any(dominates(losses.T), axis=0))
        return [fair[number] for number in sorted(free, key=lambda number: losses[number].tolist())]

    def _worse(self, found: Evaluated) -> NDArray[np.float64]:
        """Differences of the aim from the baseline, more being worse [replicate]."""
        outcome = self.objective.aim.outcome
        return judged(outcome).worse * found.differences[outcome]


def _weights(aims: int) -> list[tuple[float, ...]]:
    """Weights with which several aims are searched: the first alone, all alike, and each of the others alone."""
    alone = [tuple(float(one == other) for other in range(aims)) for one in range(aims)]
    return alone if aims == 1 else [alone[0], (1 / aims,) * aims, *alone[1:]]
