"""Maximum a posteriori estimates of the global numbers of the filter, by L-BFGS with exact gradients."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray
from scipy.optimize import minimize

from contagion.inference.forecast.filtering import Numbers, Panel, dynamics, run

PENALTY = 4.0  # of the squared distance of a number from where it starts
BURN_IN = {12: 24, 1: 4}  # periods that are filtered but not in the likelihood
ITERATIONS = 80
STARTS: dict[int, dict[str, Any]] = {  # by periods a year; memories and variances on their natural scale
    12: dict(slow=(0.98, 0.012), fast=(0.6, 0.03), area=(0.99, 0.005), size=5.0, size_slope=0.4),
    1: dict(slow=(0.8, 0.10), fast=(0.1, 0.02), area=(0.9, 0.04), size=15.0, size_slope=0.3),
}


def start(periods_a_year: int) -> NDArray[np.float64]:
    """Where the estimation starts, in the order of the fields of `Numbers`."""
    given = STARTS[periods_a_year]
    parts = [given[part] for part in ("slow", "fast", "area")]
    slow, fast, area = ((np.log(memory / (1 - memory)), np.log(noise)) for memory, noise in parts)
    return np.array([0, 0, 0, *slow, 0, *fast, *area, np.log(given["size"]), given["size_slope"], 0])


def unpacked(vector: Float[Array, " number"]) -> Numbers:
    """The numbers from a vector."""
    return Numbers(*vector)


@partial(jax.jit, static_argnames=("areas", "skipped"))
@jax.value_and_grad
def loss(
    vector: Float[Array, " number"], panel: Panel, origin: Float[Array, " number"], areas: int, skipped: int
) -> Float[Array, ""]:
    """Minus the log likelihood after the burn-in, plus the penalty, with its gradient."""
    likelihood = run(dynamics(unpacked(vector), panel), panel, areas)[2]
    return PENALTY * jnp.square(vector - origin).sum() - likelihood[skipped:].sum()


def estimate(panel: Panel, areas: int, periods_a_year: int) -> Numbers:
    """Global numbers of highest posterior density.

    Parameters
    ----------
    panel
        Counts by period.
    areas
        Number of areas.
    periods_a_year
        12 for months, 1 for years.

    Returns
    -------
    Numbers
        The thirteen numbers, on the scale on which they are estimated.
    """
    origin = start(periods_a_year)
    skipped = min(BURN_IN[periods_a_year], panel.counts.shape[0] // 2)
    given = panel, jnp.asarray(origin), areas, skipped

    def objective(vector: NDArray) -> tuple[float, NDArray]:
        value, slope = loss(jnp.asarray(vector), *given)
        return float(value), np.asarray(slope)

    found = minimize(
        objective, origin, jac=True, method="L-BFGS-B", options=dict(maxiter=ITERATIONS, ftol=1e-9, gtol=1e-2)
    )
    return unpacked(jnp.asarray(found.x))
