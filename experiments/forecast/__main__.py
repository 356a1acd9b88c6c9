"""Forecasts of Mexico's recorded homicides at rolling origins, scored beside simple rules.

    python -m experiments.forecast [--origins 2008 2009 ...] [--years] [--out FOLDER]

At each origin, January of a year of which nothing is known, the forecast is fitted to what was counted before and
scored one, three, six and twelve months ahead and on the total of twelve months; with `--years` one to three years
ahead on yearly counts. Writes `scores.csv` (level, model, origin, horizon, CRPS, log score, share in the central 90 %)
and `skill.csv` (CRPS skill over the mean of the last year). CONTAGION_MIRROR names a folder
with the public files. The choices of the forecast were made on counts before 2014.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from contagion.regions.kinds import mexico_records as records
from contagion.regions.kinds.mexico import recorded_homicides
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres
from experiments.forecast.evaluation import rolling, skill_by_origin

ORIGINS = range(2008, 2022)


def mexico() -> tuple[xr.DataArray, xr.DataArray, object, NDArray]:
    """Monthly counts, residents at mid-year, contiguity and states."""
    polygons, _ = records.municipalities()
    monthly = recorded_homicides().fillna(0)
    residents = records.population().reindex(polygons.index)
    place = polygons.index.to_numpy(str)
    months = pd.PeriodIndex(monthly.columns).to_timestamp().to_numpy()
    counts = xr.DataArray(monthly.to_numpy().T, dict(time=months, place=place), ("time", "place"))
    years = residents.columns.astype(int).to_numpy()
    population = xr.DataArray(residents.to_numpy().T, dict(time=years, place=place), ("time", "place"))
    return counts, population, contiguity(in_kilometres(polygons))[0], polygons.state.to_numpy(str)


def summary(scores: pd.DataFrame) -> pd.DataFrame:
    """CRPS skill over the mean of the last year by level and horizon, %: mean, lowest and z over origins."""
    found = skill_by_origin(scores).groupby(["level", "horizon"], sort=False).agg(["mean", "min", "std", "size"])
    found["z"] = found["mean"] / (found["std"] / np.sqrt(found["size"]))
    return found.drop(columns="std").set_axis(["mean", "lowest", "origins", "z"], axis="columns").reset_index()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--origins", type=int, nargs="+", default=ORIGINS, help="first years ahead")
    parser.add_argument("--years", action="store_true", help="yearly counts, one to three years ahead")
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    given = parser.parse_args()
    began = time.monotonic()
    table, population, touching, states = mexico()
    first = int(table.time.dt.year[0])
    if given.years:
        table = table.groupby("time.year").sum().rename(year="time")
    at = [(origin - first) * (1 if given.years else 12) for origin in given.origins]
    periods = 3 if given.years else 12
    at = [origin for origin in at if origin + periods <= table.sizes["time"]]
    scores = rolling(table, population, touching, states, at, periods, given.draws, print)
    given.out.mkdir(parents=True, exist_ok=True)
    kind = "_years" if given.years else ""
    scores.to_csv(given.out / f"scores{kind}.csv", index=False, float_format="%.5g")
    skills = summary(scores)
    skills.to_csv(given.out / f"skill{kind}.csv", index=False, float_format="%.4g")
    print(skills.to_string(index=False, float_format="%.2f"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{time.monotonic() - began:.0f} s, at most {memory:.1f} GB")
