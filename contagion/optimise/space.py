"""Plans: which options, on what scale, with which numbers, where; and the space that they are searched in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from contagion.errors import InputError, nearest
from contagion.interventions.option import Number, Option
from contagion.interventions.scaled import Scaled
from contagion.interventions.within import Within
from contagion.kernel.intervention import Intervention, innermost
from contagion.optimise.budget import MOST, Strategy

DOSE, START, WITHIN = "dose", "start", "within"
LEAST_DOSE = 0.02  # dose below which an option is left out
DIGITS = 4  # of the numbers of a plan

Plan = Mapping[str, Mapping[str, Any]]  # plain values by option: numbers, `dose`, `within`


@dataclass(frozen=True)
class Choice:
    """A number of an option that is chosen, between two bounds.

    Attributes
    ----------
    option, number
        Name of the option, and of its number, or ``dose``.
    low, high
        Bounds, in the unit of the number.
    whole
        Whether it is a whole number.
    """

    option: str
    number: str
    low: float
    high: float
    whole: bool = False

    def at(self, share: float) -> float | int:
        """The value at a share of the way from `low` to `high`."""
        value = self.low + float(np.clip(share, 0, 1)) * (self.high - self.low)
        return round(value) if self.whole else round(value, DIGITS)


@dataclass(frozen=True)
class Space:
    """Plans of some options under a budget.

    Attributes
    ----------
    options
        Options by name, with the numbers that are not chosen.
    choices
        What is chosen: first the dose of each option, then other numbers.
    budget
        Million dollars over the run beyond the baseline; None for any.
    weeks
        Length of the run, by which an option that starts later costs less.
    costs
        Million dollars of each option alone at a dose of 1, beyond the baseline.
    """

    options: Mapping[str, Intervention]
    choices: tuple[Choice, ...]
    budget: float | None
    weeks: int
    costs: Mapping[str, float] = field(default_factory=dict)

    def plan(self, point: NDArray[np.float64]) -> Plan:
        """The plan at a point of the unit cube; what would cost more than the budget is done on a smaller scale."""
        values: dict[str, dict[str, Any]] = {name: {} for name in self.options}
        for choice, share in zip(self.choices, point, strict=True):
            values[choice.option][choice.number] = choice.at(share)
        return self.affordable(values)

    def point(self, plan: Plan) -> NDArray[np.float64]:
        """The point of the unit cube at which a plan lies."""
        usual = {name: {DOSE: 0.0, **numbers_of(option)} for name, option in self.options.items()}
        values = {name: usual[name] | dict(plan.get(name, {})) for name in self.options}
        shares = [(values[each.option][each.number] - each.low) / (each.high - each.low) for each in self.choices]
        return np.clip(shares, 0, 1)

    def affordable(self, plan: Plan) -> Plan:
        """The plan with its doses lowered in one proportion until its parts cost the budget, as each does alone."""
        cost = sum(max(self.cost_alone(name, values), 0) for name, values in plan.items())
        if self.budget is None or cost <= self.budget:
            return plan
        share = self.budget / cost
        paid = {name for name, values in plan.items() if self.cost_alone(name, values) > 0}
        return {
            name: {**values, DOSE: round(values[DOSE] * share, DIGITS)} if name in paid else values
            for name, values in plan.items()
        }

    def cost_alone(self, name: str, values: Mapping[str, Any]) -> float:
        """What an option costs in a plan if it costs as much as alone, for as long as it lasts."""
        usual = numbers_of(self.options[name]).get(START, 0)
        lasting = max(self.weeks - values.get(START, usual), 0) / max(self.weeks - usual, 1)
        return values[DOSE] * self.costs.get(name, 0) * lasting

    def with_costs(self, costs: Mapping[str, float]) -> "Space":
        """The same where the costs of its options are known."""
        return replace(self, costs=dict(costs))

    def strategy(self, plan: Plan, options: Mapping[str, Intervention]) -> Strategy:
        """A plan as options, all of them in each plan, so that plans share one program.

        `options` are those of the space, with whatever is drawn of their numbers. A placed option acts in the area of
        the region that is called `area_name` of it.
        """
        return tuple(
            Scaled(_placed(_with(options[name], values), name, values), jnp.asarray(values[DOSE], float))
            for name, values in ((name, plan.get(name, {DOSE: 0.0})) for name in self.options)
        )


def area_name(option: str) -> str:
    """Name of the area of the region where a placed option acts while its places are searched."""
    return f"places_of_{option}"


def done(plan: Plan, option: str, dose: float, places: Sequence[str] = ()) -> Plan:
    """A plan with another dose of an option, in some places if any are given."""
    where = {WITHIN: list(places)} if places else {}
    return {**plan, option: {**plan[option], DOSE: dose, **where}}


def placed(plan: Plan, areas: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """Where each placed option of a plan is done, of `areas` by name, by option [place]."""
    return {
        name: np.max([areas[each] for each in values[WITHIN]], axis=0)
        for name, values in plan.items()
        if WITHIN in values
    }


def written(plan: Plan) -> dict[str, dict[str, Any]]:
    """A plan as a configuration has it: without what is left out."""
    return {name: dict(values) for name, values in plan.items() if values[DOSE] >= LEAST_DOSE}


def space_of(
    options: Mapping[str, Intervention],
    vary: Mapping[str, tuple[float, float]] | None,
    budget: float | None,
    weeks: int,
) -> Space:
    """The space of plans of some options.

    Parameters
    ----------
    options
        Options by name. The dose of each is chosen, between 0 and 2.
    vary
        Bounds of other numbers that are chosen, by ``option.number``.
    budget
        Million dollars over the run beyond the baseline; None for any.
    weeks
        Length of the run.

    Raises
    ------
    InputError
        Where there is no option, or a number is unknown, or its bounds leave those that are legal.
    """
    if not options:
        raise InputError("optimise.options: none given; name those that a plan may hold, such as police_reform: {}")
    doses = [Choice(name, DOSE, 0.0, MOST) for name in options]
    numbers = [_choice(key, bounds, options) for key, bounds in (vary or {}).items()]
    return Space(options, (*doses, *numbers), budget, weeks)


def _choice(key: str, bounds: tuple[float, float], options: Mapping[str, Intervention]) -> Choice:
    """A number of an option between bounds, checked."""
    name, _, number = key.partition(".")
    where = f"optimise.vary.{key}"
    if name not in options:
        raise InputError(f"{where}: no such option in the plan; the nearest is {nearest(name, options)}")
    option = innermost(options[name])
    known = {each.name: each for each in option.numbers()} if isinstance(option, Option) else {}
    chosen = {each: number for each, number in known.items() if not _fixed(option, number)}
    if number not in chosen:
        raise InputError(f"{where}: no such number to choose; the nearest is {nearest(number, chosen)}")
    low, high = bounds
    legal = chosen[number]
    if not legal.low <= low < high <= legal.high:
        raise InputError(
            f"{where}=[{low:g}, {high:g}]: must be two rising bounds within {legal.low:g} to {legal.high:g}"
        )
    return Choice(name, number, low, high, jnp.issubdtype(getattr(option, number).dtype, jnp.integer))


def _fixed(option: Intervention, number: Number) -> bool:
    """Whether another value of a number compiles anew."""
    return isinstance(getattr(option, number.name), int)


def numbers_of(option: Intervention) -> dict[str, float]:
    """Numbers of an option that are the same in all replicates."""
    inner = innermost(option)
    values = {each.name: getattr(inner, each.name) for each in fields(inner) if "low" in each.metadata}
    return {name: float(value) for name, value in values.items() if np.ndim(value) == 0}


def _with(option: Intervention, values: Mapping[str, Any]) -> Intervention:
    """An option with chosen numbers in place of its own, the same in all replicates."""
    names = [name for name in values if name not in (DOSE, WITHIN)]
    if not names:
        return option
    kinds = [getattr(innermost(option), name).dtype for name in names]
    return eqx.tree_at(
        lambda whole: [getattr(innermost(whole), name) for name in names],
        option,
        [jnp.asarray(values[name], kind) for name, kind in zip(names, kinds, strict=True)],
    )


def _placed(option: Intervention, name: str, values: Mapping[str, Any]) -> Intervention:
    return Within(option, (area_name(name),)) if WITHIN in values else option
