"""How homicides change with a plan: derivatives of the deterministic mode."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import repeat
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from contagion.kernel.initial import Model, init
from contagion.kernel.rollouts import rollout
from contagion.kernel.xla import compiler_options, compiling_for
from contagion.optimise.evaluations import Evaluations
from contagion.optimise.space import DOSE, Plan, area_name

TOGETHER = 8  # derivatives that are computed at a time


def gradient(
    evaluations: Evaluations, plan: Plan, areas: Mapping[str, NDArray] | None = None, option: str = ""
) -> NDArray:
    """Derivatives of expected homicides over the run by the doses of a plan, or by the weights of areas.

    Expectations are taken for counts and there are no shocks; what an option chooses at a threshold does not change
    with its dose. Forward mode: as many directions as there are derivatives, a few at a time.

    Parameters
    ----------
    evaluations
        With `deterministic=True` and one replicate.
    plan
        Where the derivative is taken.
    areas
        Areas by name [place]. The derivatives are then by how far `option`, a placed option of the plan that acts
        everywhere, is done in each of them; otherwise by the dose of each option.
    option
        Name of the placed option.

    Returns
    -------
    Array
        Homicides per unit of dose, [option], or per unit of weight, [area].
    """
    run, space = evaluations.run, evaluations.space
    history = run.strategies["baseline"]

    def homicides(region: Any, doses: jax.Array) -> jax.Array:
        scaled = {name: {**values, DOSE: doses[number]} for number, (name, values) in enumerate(plan.items())}
        model = Model(region, run.params, (*history, *space.strategy(scaled, evaluations.options)))
        anchors = run.levels and run.levels.anchors(run.bounds, evaluations.paths, run.mechanism_weight)
        carry, constants = init(model, 1, None, anchors is not None)
        total = jnp.zeros(())
        for (first, last), anchor in zip(run.bounds, anchors or repeat(None), strict=False):
            carry, flows, _ = rollout(model, carry, constants, None, first, last, anchor)
            total += flows.homicides.sum()
        return total

    doses = jnp.asarray([plan[name][DOSE] for name in plan], float)
    if areas is None:
        return _derivatives(lambda given: homicides(run.region, given), doses, np.eye(len(doses)))
    weights = np.stack(list(areas.values()))

    def at(inside: jax.Array) -> jax.Array:
        return homicides(replace(run.region, areas={**run.region.areas, area_name(option): inside}), doses)

    return _derivatives(at, jnp.ones(weights.shape[1]), weights)


def _derivatives(function: Any, at: jax.Array, directions: NDArray) -> NDArray:
    """Derivatives in some directions."""
    platform = jax.default_backend()

    @partial(jax.jit, compiler_options=compiler_options(platform))
    def along(tangents: jax.Array) -> jax.Array:
        with compiling_for(platform):
            return jax.vmap(lambda tangent: jax.jvp(function, (at,), (tangent,))[1])(tangents)

    count = len(directions)
    padded = np.zeros((-(-count // TOGETHER) * TOGETHER, directions.shape[1]))
    padded[:count] = directions
    parts = [along(jnp.asarray(part, at.dtype)) for part in padded.reshape(-1, TOGETHER, directions.shape[1])]
    return np.concatenate(parts)[:count].astype(float)
