"""Equal budgets: every strategy at the dose at which it costs what is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax.numpy as jnp

from contagion.interventions.scaled import Scaled
from contagion.kernel.intervention import Intervention

LEAST, MOST = 0.1, 4.0  # doses between which a strategy is still the same in kind; assumed
ROUNDS = 6  # in which a dose is sought
CLOSE = 0.02  # share of the budget by which the cost may miss it

Strategy = tuple[Intervention, ...]


@dataclass(frozen=True)
class Scale:
    """How much of a strategy a budget pays for."""

    dose: float
    cost: float  # million dollars over the run beyond the first strategy


def equalised(
    strategies: Mapping[str, Strategy], budget: float, costs: Callable[[Mapping[str, Strategy]], Mapping[str, float]]
) -> tuple[dict[str, Strategy], dict[str, Scale]]:
    """Every strategy but the first at the dose at which it costs `budget`, and that dose.

    A strategy that costs nothing beyond the first keeps a dose of 1, and no dose leaves its bounds: `Scale.cost` says
    what is spent.

    **Arguments:** `costs` of strategies over the run in million dollars beyond the first, by name.
    """
    others = list(strategies)[1:]
    doses = dict.fromkeys(others, 1.0)
    spent = dict(costs(dosed(strategies, doses)))  # of one structure in all rounds, and so compiled once
    for _ in range(ROUNDS):
        off = {name for name in others if spent[name] > 0 and abs(spent[name] / budget - 1) > CLOSE}
        moved = {name: min(max(doses[name] * budget / spent[name], LEAST), MOST) for name in off}
        if all(moved[name] == doses[name] for name in off):
            break
        doses |= moved
        spent = dict(costs(dosed(strategies, doses)))
    return dosed(strategies, doses), {name: Scale(doses[name], spent[name]) for name in others}


def dosed(strategies: Mapping[str, Strategy], doses: Mapping[str, float]) -> dict[str, Strategy]:
    """Strategies at their doses; one without a dose as it is."""
    return {
        name: tuple(Scaled(option, jnp.asarray(doses[name], float)) for option in options) if name in doses else options
        for name, options in strategies.items()
    }


def sentence(budget: float, scales: Mapping[str, Scale]) -> str:
    """What equal budgets mean for a run, in words."""
    told = ", ".join(f"{name} {scale.dose:.3g}" for name, scale in scales.items())
    missed = [
        f"{name} spends {scale.cost:,.0f}" for name, scale in scales.items() if abs(scale.cost / budget - 1) > CLOSE
    ]
    off = f" Not on the budget within the bounds of a dose: {', '.join(missed)}." if missed else ""
    return (
        f"Budgets are equal: every strategy spends {budget:,.0f} million dollars more than the first over the run. It "
        "is done on the scale, relative to what its numbers say, that costs as much (assumed: what it does goes with "
        f"what it costs): {told}.{off}"
    )
