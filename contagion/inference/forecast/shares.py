"""Shares of places in the national total, as a mixture of relative risks.

A relative risk is the count of a place over what its residents had at the national rate. The share of a place some
periods ahead is proportional to its residents times a weighted mean of several relative risks: what the filter
expects, and counts smoothed over time and space. Weights depend on how much is counted in the place. They are of
highest likelihood for what was counted at earlier origins, with a prior that gives the filter about half of all.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sparse
from jaxtyping import Array, Float
from numpy.typing import NDArray
from scipy.optimize import minimize

from contagion.inference.forecast.filtering import LOG_SIZE, log_probability, log_ways


class Scales(NamedTuple):
    """Weights of the newest period in the moving averages."""

    own: tuple[float, ...]
    neighbours: tuple[float, ...]
    area: tuple[float, ...]
    fast: float  # of the ratio by which neighbours or the area moved lately
    slow: float


SCALES = {
    12: Scales((0.6, 0.25, 0.1, 0.04, 0.015), (0.2, 0.05), (0.3, 0.08), 0.2, 0.04),
    1: Scales((1.0, 0.6, 0.3, 0.12), (0.7, 0.25), (0.8, 0.3), 0.7, 0.25),
}
MOMENTUM = (0.3, 3.0)  # bounds of that ratio
PRIOR = 0.02  # weight of the national rate before the first period, in periods of residents
RIDGE = 2e-4  # penalty per observation of the squared distance of the coefficients from where they start
TRUST = 2.7  # log weight of the filter over that of a smoothed risk, at the start
ITERATIONS = 60
LOG_SIZE_START = (1.0, 0.5, 0.0)  # constant, slope and bend of the log size in the activity
TINY = 1e-9  # counts below which is nothing
LITTLE = 1e-3  # residents at the national rate that are added, so that nothing is divided by none


def members(periods_a_year: int) -> list[str]:
    """Names of the relative risks that are mixed, in their order: the smoothed ones, and last the filter's."""
    scales = SCALES[periods_a_year]
    return [
        *(f"own {weight}" for weight in scales.own),
        *(f"neighbours {weight}" for weight in scales.neighbours),
        *(f"area {weight}" for weight in scales.area),
        "nation",
        "own with momentum of neighbours",
        "own with momentum of area",
        "filter",
    ]


class Examples(NamedTuple):
    """Rows of origins and places: what was known, and what was counted later."""

    risks: Float[Array, "row member"]
    exposure: Float[Array, " row"]  # what residents had at the national rate, given the total that was counted
    counts: Float[Array, " row"]
    activity: Float[Array, " row"]  # standardised log expected count
    origin: Float[Array, " row"]  # index of the origin
    weight: Float[Array, " row"]


def smoothed(values: NDArray, weight: float, first: NDArray) -> NDArray:
    """Exponential moving average over periods [period, place]."""
    kept, found = first, np.empty(values.shape)
    for period, value in enumerate(values):
        kept = kept + weight * (value - kept)
        found[period] = kept
    return found


def relative_risks(
    relative: NDArray[np.float64],
    exposure: NDArray[np.float64],
    neighbours: sparse.csr_array,
    area: NDArray[np.int64],
    periods_a_year: int,
) -> NDArray[np.float64]:
    """Every smoothed relative risk after each period: [member, period, place].

    Parameters
    ----------
    relative
        Counts over the national rate, 0 where unknown [period, place].
    exposure
        Residents, 0 where counts are unknown [period, place].
    neighbours
        Neighbour relations [place, place].
    area
        Area of each place.
    periods_a_year
        12 for months, 1 for years.
    """
    scales = SCALES[periods_a_year]
    member = sparse.csr_array((np.ones(len(area)), (area, np.arange(len(area)))))
    alone = np.diff(neighbours.indptr) == 0

    def risk(weight: float, summed=lambda values: values) -> NDArray:
        first = exposure.mean(axis=0)
        known = smoothed(exposure, weight, PRIOR * first)
        seen = smoothed(relative, weight, PRIOR * first)
        return (summed(seen) + LITTLE) / (summed(known) + LITTLE)

    def near(values: NDArray) -> NDArray:
        found = (neighbours @ values.T).T
        found[:, alone] = values[:, alone]
        return found

    def areal(values: NDArray) -> NDArray:
        return (member @ values.T).T[:, area]

    lasting = risk(min(scales.own))
    moved = [
        lasting * np.clip(risk(scales.fast, summed) / risk(scales.slow, summed), *MOMENTUM) for summed in (near, areal)
    ]
    return np.stack(
        [
            *(risk(weight) for weight in scales.own),
            *(risk(weight, near) for weight in scales.neighbours),
            *(risk(weight, areal) for weight in scales.area),
            np.ones(relative.shape),
            *moved,
        ]
    )


def starting(members: int) -> NDArray[np.float64]:
    """Coefficients without any evidence: the filter, which is last, outweighs each of the others."""
    found = np.zeros((3, members))
    found[0, -1] = TRUST
    return found


def weights(coefficients: Float[Array, "3 member"], activity: Float[Array, " row"]) -> Float[Array, "row member"]:
    """Weight of each member, by how much is counted; the softmax of a parabola."""
    powers = jnp.stack([jnp.ones_like(activity), activity, activity**2], axis=1)
    return jax.nn.softmax(powers @ coefficients, axis=1)


@partial(jax.jit, static_argnames=("origins",))
@jax.value_and_grad
def loss(
    vector: Float[Array, " number"], rows: Examples, start: Float[Array, "3 member"], origins: int
) -> Float[Array, ""]:
    """Minus the mean weighted log likelihood of the counts given their total, plus the ridge."""
    coefficients, bends = vector[:-3].reshape(3, -1), vector[-3:]
    mean = rows.exposure * (weights(coefficients, rows.activity) * rows.risks).sum(axis=1)
    where = rows.origin.astype(int)
    total = jax.ops.segment_sum(rows.exposure, where, origins)
    given = mean * (total / (jax.ops.segment_sum(mean, where, origins) + TINY))[where]
    size = jnp.exp(jnp.clip(bends[0] + bends[1] * rows.activity + bends[2] * rows.activity**2, *LOG_SIZE))
    fit = log_probability(rows.counts, jnp.log(given + TINY), size, log_ways(rows.counts, size))
    return RIDGE * jnp.square(coefficients - start).sum() - (rows.weight * fit).sum() / rows.weight.sum()


def fit_coefficients(rows: Examples, origins: int) -> NDArray[np.float64]:
    """Coefficients of the weights [3, member]; those of the log size are fitted beside them and dropped."""
    start = starting(rows.risks.shape[1])

    def objective(vector: NDArray) -> tuple[float, NDArray]:
        value, slope = loss(jnp.asarray(vector), rows, jnp.asarray(start), origins)
        return float(value), np.asarray(slope)

    first = np.append(start, LOG_SIZE_START)
    found = minimize(objective, first, jac=True, method="L-BFGS-B", options=dict(maxiter=ITERATIONS)).x
    return found[:-3].reshape(start.shape)
