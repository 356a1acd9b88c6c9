"""How an outcome changes with a plan: derivatives of the deterministic mode."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import repeat

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from contagion.analysis.metrics import judged
from contagion.kernel.flows import Flows
from contagion.kernel.initial import Model, init
from contagion.kernel.rollouts import rollout
from contagion.kernel.xla import compiler_options, compiling_for
from contagion.optimise.evaluations import Aim, Evaluations
from contagion.optimise.space import DOSE, WITHIN, Plan, area_name


@dataclass(frozen=True)
class Gradient:
    """Derivatives of an outcome, summed over the run and the region.

    Attributes
    ----------
    doses
        By option of the plan, per unit of its dose.
    places
        By placed option, per unit of how far it is done in each place: from 0, not at all, to 1, [place].
    """

    doses: Mapping[str, float]
    places: Mapping[str, NDArray[np.float64]]


def likely(evaluations: Evaluations, plan: Plan, option: str, most: int, aim: Aim) -> list[str]:
    """Areas of a placed option where a little more of it lowers what is aimed at most.

    An aim that is no sum over the run is replaced by homicides. Where the gradient tells no areas apart, those with
    most homicides at the start come first.

    Parameters
    ----------
    evaluations
        Evaluates plans, with chance.
    plan
        Has `option` in all areas that may be chosen.
    option
        Name of the placed option.
    most
        Number of areas, of which the best is first.
    aim
        What is to be low.
    """
    recorded = aim.outcome in {each.name for each in fields(Flows)}
    outcome = aim.outcome if recorded else "homicides"
    slopes = judged(outcome).worse * gradient(evaluations.still(), plan, outcome).places[option]
    homicides = np.asarray(evaluations.run.region.homicides, float)
    names = plan[option][WITHIN]
    weights = np.stack([evaluations.areas[name] for name in names])
    order = np.lexsort((-weights @ homicides, np.nan_to_num(weights @ slopes)))
    return [names[number] for number in order[:most]]


def gradient(evaluations: Evaluations, plan: Plan, outcome: str = "homicides") -> Gradient:
    """Derivatives of an expected outcome by the doses of a plan and by where its placed options are done.

    Expectations are taken for counts and there are no shocks; what an option chooses at a threshold does not change
    with its dose. Reverse mode: one pass for all derivatives, with each week computed once more on the way back.

    Parameters
    ----------
    evaluations
        With `deterministic=True` and one replicate.
    plan
        Where the derivatives are taken.
    outcome
        One that `contagion.kernel.flows.Flows` has.
    """
    run, space = evaluations.run, evaluations.space
    history = run.strategies["baseline"]
    platform = jax.default_backend()
    doses = {name: jnp.asarray(values[DOSE], float) for name, values in plan.items()}
    areas = {name: jnp.asarray(area, float) for name, area in evaluations.areas_of(plan).items()}

    @partial(jax.jit, compiler_options=compiler_options(platform))
    @partial(jax.grad, argnums=(0, 1))
    def derivatives(doses: dict[str, Float[Array, ""]], areas: dict[str, Float[Array, " place"]]) -> Float[Array, ""]:
        at = {name: {**values, DOSE: doses[name]} for name, values in plan.items()}
        region = replace(run.region, areas={**run.region.areas, **areas})
        model = Model(region, run.params, (*history, *space.strategy(at, evaluations.options)))
        anchors = run.levels and run.levels.anchors(run.bounds, evaluations.paths, run.mechanism_weight)
        carry, constants = init(model, 1, None, anchors is not None)
        total = jnp.zeros(())
        for (first, last), anchor in zip(run.bounds, anchors or repeat(None), strict=False):
            carry, flows, _ = rollout(model, carry, constants, None, first, last, anchor)
            total += getattr(flows, outcome).sum()
        return total

    with compiling_for(platform):
        by_dose, by_area = derivatives(doses, areas)
    placed = {name: np.asarray(by_area[area_name(name)], float) for name in plan if area_name(name) in areas}
    return Gradient({name: float(value) for name, value in by_dose.items()}, placed)
