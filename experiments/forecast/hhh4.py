"""The endemic-epidemic rival beside R's surveillance, on the same counts.

    python -m experiments.forecast.hhh4 FOLDER && Rscript experiments/forecast/hhh4.R FOLDER

The first writes counts of 24 places over ten years to FOLDER and fits them; the second fits them with `hhh4` and prints
its estimates. `hhh4.csv` holds both: number, contagion, surveillance (version 1.20.3, R 4.2).
"""

import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from contagion.evaluation.endemic_epidemic import Fitted, fit, shares_of_neighbours

ROWS, COLUMNS, MONTHS = 4, 6, 120


def touching(rows: int = ROWS, columns: int = COLUMNS) -> sparse.csr_array:
    """Queen contiguity of a grid."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    return sparse.csr_array((apart == 1).astype(float))


def counts() -> NDArray[np.float64]:
    """Counts [month, place] that follow from the model."""
    generator = np.random.default_rng(1)
    places = ROWS * COLUMNS
    weights = shares_of_neighbours(touching()).toarray()
    share = generator.dirichlet(np.full(places, 3.0))
    found = [generator.poisson(5, places)]
    for month in range(1, MONTHS):
        turn = 2 * np.pi * month / 12
        endemic = share * np.exp(3.5 + 0.4 * np.sin(turn) - 0.3 * np.cos(turn))
        mean = endemic + 0.35 * found[-1] + 0.25 * (found[-1] @ weights)
        found.append(generator.poisson(mean * generator.gamma(4, 1 / 4, places)))
    return np.array(found, float)


def estimates(fitted: Fitted) -> dict[str, float]:
    """Numbers as surveillance has them."""
    constant, sine, cosine = fitted.endemic.tolist()
    around = dict(own=fitted.own, neighbours=fitted.neighbours)
    return around | dict(constant=constant, sine=sine, cosine=cosine, overdispersion=1 / fitted.size)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    given, weights = counts(), shares_of_neighbours(touching())
    share = given.sum(axis=0) + 1
    for name, table in (("counts", given), ("weights", weights.toarray()), ("share", share[None] / share.sum())):
        np.savetxt(folder / f"{name}.csv", table, delimiter=",", fmt="%.17g")
    for name, value in estimates(fit(given, weights, 12)).items():
        print(f"{name},{value:.8f}")
