"""Simulation-based calibration of the forecast (Talts and others 2018): ranks of what came among what was drawn.

    python -m experiments.simulation_based_calibration [--countries 120]

Each made-up country has its own numbers, drawn from the prior of the forecast, and counts of 48 places in six areas
over ten years that follow from them; the year after is kept from the forecast. If a forecast is calibrated, the rank of
what came among its draws is uniform. Ranks are taken at one, three and twelve months, of the expected count and of the
count of a place, of the count of an area, and of all places. Writes `simulation_based_calibration.csv`: for each, how
many ranks lie in each of ten bins, and the p-value of a chi-squared test. The forecast is not told that the country
follows its own model: it also tempers its innovations and weighs in smoothed relative risks, as on real records.
"""

import argparse
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from rich.progress import track
from scipy.stats import chisquare

from contagion.inference import forecast
from contagion.inference.forecast.estimation import PENALTY, start, unpacked
from contagion.inference.forecast.filtering import Panel, dynamics
from experiments.forecast.hhh4 import touching

ROWS, COLUMNS, AREAS, MONTHS, AHEAD = 6, 8, 6, 120, 12
PLACES = ROWS * COLUMNS
RATE = 4.0  # homicides a month in a mean place
LEVEL, IRREGULAR, SEASON = 0.04, 0.03, 0.05  # standard deviations of the national log rate: steps, months, seasons
HORIZONS = (1, 3, 12)
DRAWS, BINS = 199, 10
WHAT = ("expected count of a place", "count of a place", "count of an area", "count of all places")


def country(generator: np.random.Generator) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Counts and expected counts [month, place], residents and areas [place] of a made-up country."""
    numbers = start(12) + generator.normal(0, np.sqrt(1 / (2 * PENALTY)), len(start(12)))
    residents = generator.lognormal(9.5, 0.8, PLACES)
    area = np.arange(PLACES) * AREAS // PLACES
    typical = RATE * residents / residents.mean()
    shape = jnp.zeros((1, PLACES))
    panel = Panel(shape, shape > 0, shape, jnp.asarray(area), jnp.log(residents) - 9.5, jnp.log(typical))
    moves = dynamics(unpacked(jnp.asarray(numbers)), panel)
    memory, noise, size = (np.asarray(values, float) for values in (moves.memory, moves.noise, moves.size))
    steady = np.sqrt(noise[1:] / (1 - memory[1:, None] ** 2))
    lasting = np.asarray(moves.mean) + np.sqrt(float(moves.spread)) * generator.standard_normal(PLACES)
    own = steady * generator.standard_normal((2, PLACES))
    area_memory, area_noise = float(moves.area_memory), float(moves.area_noise)
    shock = np.sqrt(area_noise / (1 - area_memory**2)) * generator.standard_normal(AREAS)
    nation = np.cumsum(generator.normal(0, LEVEL, MONTHS + AHEAD)) + generator.normal(0, IRREGULAR, MONTHS + AHEAD)
    nation += np.resize(generator.normal(0, SEASON, 12), MONTHS + AHEAD)
    expected = np.empty((MONTHS + AHEAD, PLACES))
    for month in range(MONTHS + AHEAD):
        own = memory[1:, None] * own + np.sqrt(noise[1:]) * generator.standard_normal((2, PLACES))
        shock = area_memory * shock + np.sqrt(area_noise) * generator.standard_normal(AREAS)
        expected[month] = typical * np.exp(nation[month] + lasting + own.sum(axis=0) + shock[area])
    counts = generator.poisson(expected * generator.gamma(size, 1 / size, expected.shape))
    return counts.astype(float), expected, residents, area


def ranks(seed: int) -> NDArray[np.float64]:
    """Rank of what came among the draws, from 0 to 1, ties broken at random: [horizon, what]."""
    generator = np.random.default_rng([seed, 0x736263])
    counts, expected, residents, area = country(generator)
    place = np.array([f"p{number:02}" for number in range(PLACES)])
    time = pd.date_range("2000-01", periods=MONTHS, freq="MS")
    fitted = forecast.fit(
        xr.DataArray(counts[:MONTHS], dict(time=time, place=place), ("time", "place")),
        xr.DataArray(residents[None], dict(time=[2000], place=place), ("time", "place")),
        touching(ROWS, COLUMNS),
        area,
    )
    levels, drawn = (of(months=AHEAD, draws=DRAWS, seed=seed).values for of in (fitted.levels, fitted.draw))
    one = int(generator.integers(PLACES))
    here = area == area[one]
    found = []
    for horizon in HORIZONS:
        at, now = horizon - 1, MONTHS + horizon - 1
        pairs = (
            (expected[now, one], levels[:, at, one]),
            (counts[now, one], drawn[:, at, one]),
            (counts[now, here].sum(), drawn[:, at, here].sum(axis=1)),
            (counts[now].sum(), drawn[:, at].sum(axis=1)),
        )
        found.append([_rank(came, among, generator) for came, among in pairs])
    return np.array(found)


def _rank(came: float, among: NDArray, generator: np.random.Generator) -> float:
    below, ties = (among < came).sum(), (among == came).sum()
    return float(below + generator.integers(ties + 1)) / (len(among) + 1)


def table(found: NDArray) -> pd.DataFrame:
    """Counts of ranks [country, horizon, what] by bin, with the p-value of their uniformity."""
    rows = []
    for number, horizon in enumerate(HORIZONS):
        for which, name in enumerate(WHAT):
            bins = np.bincount((found[:, number, which] * BINS).astype(int), minlength=BINS)
            share = dict(zip([f"bin_{each + 1}" for each in range(BINS)], bins, strict=True))
            within = float(((found[:, number, which] >= 0.05) & (found[:, number, which] < 0.95)).mean())
            rows.append(
                dict(what=name, months_ahead=horizon, countries=len(found), p=float(chisquare(bins).pvalue))
                | dict(within_90=within)
                | share
            )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--countries", type=int, default=120)
    given = parser.parse_args()
    result = table(np.stack([ranks(seed) for seed in track(range(given.countries), "countries")]))
    print(result.to_string(index=False, float_format="%.3f"))
    result.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4g")
