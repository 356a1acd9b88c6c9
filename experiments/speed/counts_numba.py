"""The counts-only model in Numba: replicates over threads, one fused loop over places."""

import numba  # pyright: ignore[reportMissingImports]
import numpy as np
from numpy.typing import NDArray

from contagion.kernel.region import Region
from experiments.speed import problem
from experiments.speed.counts_model import PHI, XI, Candidate, endemic


@numba.njit(parallel=True, fastmath=True, error_model="numpy")
def advance(replicates, weeks, nu, start, pointers, indices, values):
    """Counts summed over weeks: [replicate, place]."""
    places = len(nu)
    total = np.zeros((replicates, places), np.float32)
    for replicate in numba.prange(replicates):
        np.random.seed(replicate)  # noqa: NPY002 - the generator that Numba has for each thread
        last, following = start.copy(), np.empty_like(start)
        for _ in range(weeks):
            for place in range(places):
                near = np.float32(0)
                for edge in range(pointers[place], pointers[place + 1]):
                    near += values[edge] * last[indices[edge]]
                mean = nu[place] + np.float32(PHI) * last[place] + np.float32(XI) * near
                following[place] = np.random.poisson(mean)  # noqa: NPY002
                total[replicate, place] += following[place]
            last, following = following, last
    return total


def candidate(region: Region) -> Candidate:
    """As those of `counts_only`."""
    matrix = problem.weights(region)
    nu, start = endemic(region).astype(np.float32), np.asarray(region.homicides, np.float32)

    def run(replicates: int, weeks: int) -> NDArray:
        return advance(replicates, weeks, nu, start, matrix.indptr, matrix.indices, matrix.data).T

    return run
