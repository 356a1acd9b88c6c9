"""The counts-only (endemic-epidemic) model: y ~ Poisson(nu + phi y_before + xi W y_before), in every candidate.

Each candidate returns the counts summed over weeks. NumPy draws from SFC64, its fastest generator; Numba from the
Mersenne Twister that it has for each thread.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contagion.kernel.numerics.random import replicate_keys, stream
from contagion.kernel.numerics.sums import neighbour_mean
from contagion.kernel.region import Region
from experiments.speed import drawing, problem
from experiments.speed.counts_model import PHI, XI, Candidate, endemic
from experiments.speed.timing import compared

CHUNK_SIZE = 128  # replicates that JAX advances together
NUMPY_LANES = 64  # replicates that NumPy advances together, which keeps its arrays in cache; no other number is faster


def ours(region: Region, draw: Callable = drawing.library, generator: str = "hash") -> Candidate:
    """The library's pieces in one loop, replicates in chunks as `contagion.kernel.ensembles` takes them."""
    nu = jnp.asarray(endemic(region), jnp.float32)[:, None]
    start = jnp.asarray(region.homicides)[:, None]

    @partial(jax.jit, static_argnames="chunk_size")
    def chunk(region, low, weeks, chunk_size):
        keys = replicate_keys(0, low + jnp.arange(chunk_size), generator)

        def week(number, carried):
            last, total = carried
            mean = nu + PHI * last + XI * neighbour_mean(region, last)
            drawn = draw(stream(keys, number), mean, None)
            return drawn, total + drawn

        first = jnp.broadcast_to(start, (len(nu), chunk_size))
        return jax.lax.fori_loop(0, weeks, week, (first, jnp.zeros_like(first)))[1]

    def run(replicates: int, weeks: int) -> list[jax.Array]:
        chunk_size = min(CHUNK_SIZE, replicates)
        return [chunk(region, low, weeks, chunk_size) for low in range(0, replicates, chunk_size)]

    return run


def numpy_place_first(region: Region) -> Candidate:
    """NumPy and a SciPy CSR matrix, [place, replicate]."""
    matrix = problem.weights(region).astype(float)
    nu, start = endemic(region)[:, None], np.asarray(region.homicides, float)[:, None]

    def run(replicates: int, weeks: int) -> NDArray:
        generator = np.random.Generator(np.random.SFC64(0))
        total = np.zeros((len(nu), replicates))
        for low in range(0, replicates, NUMPY_LANES):
            numpy_weeks(nu, start, lambda last: matrix @ last, total[:, low : low + NUMPY_LANES], weeks, generator)
        return total

    return run


def numpy_replicate_first(region: Region) -> Candidate:
    """The same, [replicate, place]."""
    transposed = problem.weights(region).astype(float).T.tocsr()
    nu, start = endemic(region), np.asarray(region.homicides, float)

    def run(replicates: int, weeks: int) -> NDArray:
        generator = np.random.Generator(np.random.SFC64(0))
        total = np.zeros((replicates, len(nu)))
        for low in range(0, replicates, NUMPY_LANES):
            numpy_weeks(nu, start, lambda last: last @ transposed, total[low : low + NUMPY_LANES], weeks, generator)
        return total.T

    return run


def numpy_weeks(
    nu: NDArray,
    start: NDArray,
    around: Callable[[NDArray], NDArray],
    total: NDArray,
    weeks: int,
    generator: np.random.Generator,
) -> None:
    """Adds the counts of all weeks to `total`; `around` multiplies with the weights, in either layout."""
    last = np.broadcast_to(start, total.shape).copy()
    mean = np.empty_like(last)
    for _ in range(weeks):
        near = around(last)
        near *= XI
        np.multiply(last, PHI, out=mean)
        mean += near
        mean += nu
        last[...] = generator.poisson(mean)
        total += last


def candidates(region: Region) -> dict[str, Candidate]:
    """All candidates by name; Numba where it is installed."""
    found = {
        "contagion": ours(region),
        "contagion, jax.random.poisson": ours(region, drawing.rejection, "threefry"),
        "numpy [place, replicate]": numpy_place_first(region),
        "numpy [replicate, place]": numpy_replicate_first(region),
    }
    try:
        from experiments.speed import counts_numba
    except ImportError:
        print("numba is left out: it is not installed (pip install 'contagion[speed]')")
        return found
    return found | {"numba": counts_numba.candidate(region)}


def table(sizes: problem.Sizes) -> pd.DataFrame:
    """A row per number of replicates and candidate, nanoseconds per replicate, place and step."""
    region = problem.atlas(sizes).region
    runs, rows = candidates(region), []
    for replicates in sizes.replicates:
        units = replicates * sizes.weeks * len(region.population)
        timed = {name: partial(run, replicates, sizes.weeks) for name, run in runs.items()}
        for row in compared(timed, sizes.repetitions, units, "contagion"):
            rows.append(dict(replicates=replicates, weeks=sizes.weeks, places=len(region.population), **row))
    return pd.DataFrame(rows)
