"""Equal budgets: scale every strategy to the dose at which it costs a given amount."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax.numpy as jnp

from contagion.interventions.scaled import Scaled
from contagion.kernel.intervention import Intervention

LEAST, MOST = 0.25, 2.0  # bounds of a dose, within which a strategy is still of the same kind; assumed
ROUNDS = 6  # maximum number of fixed-point iterations
CLOSE = 0.02  # tolerance of the cost relative to the budget

Strategy = tuple[Intervention, ...]


@dataclass(frozen=True)
class Scale:
    """Dose of a strategy under a budget, and its cost.

    Attributes
    ----------
    dose
        Scale of the strategy relative to its preset (dimensionless).
    cost
        Cost over the run in million dollars, in excess of that of the first strategy.
    """

    dose: float
    cost: float


def equalised(
    strategies: Mapping[str, Strategy], budget: float, costs: Callable[[Mapping[str, Strategy]], Mapping[str, float]]
) -> tuple[dict[str, Strategy], dict[str, Scale]]:
    """Scale every strategy except the first to the dose at which it costs `budget`.

    A strategy without excess cost keeps a dose of 1. Doses stay within 0.25 to 2 (*assumed*); `Scale.cost` is the cost
    actually reached.

    Parameters
    ----------
    strategies
        Options of each strategy by name; the first is the reference and is not scaled.
    budget
        Cost over the run in million dollars, in excess of that of the first strategy.
    costs
        Function that simulates strategies and returns their excess costs in million dollars by name.

    Returns
    -------
    strategies : dict
        The scaled strategies by name.
    scales : dict
        Dose and cost of each strategy except the first.
    """
    first, *others = strategies
    doses = dict.fromkeys(others, 1.0)
    spent = dict(costs(dosed(strategies, doses)))  # the same pytree structure in all iterations, so it is compiled once
    for _ in range(ROUNDS):
        off = {name for name in others if spent[name] > 0 and abs(spent[name] / budget - 1) > CLOSE}
        wanted = {name: min(max(doses[name] * budget / spent[name], LEAST), MOST) for name in others if name in off}
        moved = {name: dose for name, dose in wanted.items() if dose != doses[name]}
        if not moved:
            break
        doses |= moved
        spent |= costs(dosed({name: strategies[name] for name in (first, *moved)}, doses))
    return dosed(strategies, doses), {name: Scale(doses[name], spent[name]) for name in others}


def dosed(strategies: Mapping[str, Strategy], doses: Mapping[str, float]) -> dict[str, Strategy]:
    """Strategies scaled to `doses`; a strategy without a dose is unchanged."""
    return {
        name: tuple(Scaled(option, jnp.asarray(doses[name], float)) for option in options) if name in doses else options
        for name, options in strategies.items()
    }


def sentence(budget: float, scales: Mapping[str, Scale]) -> str:
    """Describe the equal budgets of a run in words."""
    scaled = ", ".join(f"{name} {scale.dose:.3g}" for name, scale in scales.items())
    missed = [
        f"{name} spends {scale.cost:,.0f}" for name, scale in scales.items() if abs(scale.cost / budget - 1) > CLOSE
    ]
    off = f" Budget not reached within the bounds of a dose: {', '.join(missed)}." if missed else ""
    return (
        f"Budgets are equal: every strategy spends {budget:,.0f} million dollars more than the first over the run. "
        "Each is scaled to the dose, relative to its preset, that costs as much (assumed: effects are proportional "
        f"to costs): {scaled}.{off}"
    )
