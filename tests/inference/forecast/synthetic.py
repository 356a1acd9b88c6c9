"""Small records that are drawn from the model of the forecast, for the tests."""

import numpy as np
import pandas as pd
import scipy.sparse as sparse
import xarray as xr

ROWS, COLUMNS, MONTHS, YEARS = 4, 6, 60, 12
PLACES = ROWS * COLUMNS


def grid(rows: int = ROWS, columns: int = COLUMNS) -> sparse.csr_array:
    """Queen contiguity of a grid."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    return sparse.csr_array((apart == 1).astype(float))


def autoregression(generator, memory: float, noise: float, periods: int, size: int) -> np.ndarray:
    value = generator.normal(0, np.sqrt(noise / (1 - memory**2)), size)
    found = np.empty((periods, size))
    for period in range(periods):
        value = memory * value + generator.normal(0, np.sqrt(noise), size)
        found[period] = value
    return found


def record(seed: int = 0, yearly: bool = False, periods: int | None = None, places: int = PLACES, rate: float = 4.0):
    """Counts, residents, neighbours and areas; the mean count is about `rate` a period."""
    generator = np.random.default_rng(seed)
    periods = periods or (YEARS if yearly else MONTHS)
    residents = generator.lognormal(10, 0.8, places)
    area = np.arange(places) * 4 // places
    level = generator.normal(0, 0.7, places) + autoregression(generator, 0.97, 0.02, periods, places)
    level += autoregression(generator, 0.95, 0.01, periods, 4)[:, area]
    level += np.cumsum(generator.normal(0, 0.05, periods))[:, None]
    mean = rate * residents / residents.mean() * np.exp(level)
    counts = generator.poisson(mean * generator.gamma(5, 1 / 5, mean.shape)).astype(float)
    labels = np.array([f"p{place:02}" for place in range(places)])
    time = np.arange(2000, 2000 + periods) if yearly else pd.date_range("2000-01-01", periods=periods, freq="MS")
    growth = np.exp(0.01 * np.arange(-1, 12))[:, None]
    return (
        xr.DataArray(counts, dict(time=time, place=labels), ("time", "place")),
        xr.DataArray(residents * growth, dict(time=np.arange(1999, 2012), place=labels), ("time", "place")),
        grid(ROWS, places // ROWS),
        np.array(["north", "east", "south", "west"])[area],
    )
