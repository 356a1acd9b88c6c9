"""Scores of the simulator itself: the anchored baseline, the mechanism alone, and what dated events explain.

    python -m experiments.anchored [--origins 2015 2018 2019] [--replicates 128]

At each origin, the first day of a year, the baseline of Mexico runs over twelve months: anchored to the forecast
(mechanism_weight 0 and 1) and not anchored. Writes `anchored.csv`: CRPS and share of places in the central 90 % by
horizon, whether the recorded total of the year lies in the 90 % interval, and skill over the mean of the last year.
`--history` runs from 2007 to 2012, anchored to what was known at its start, with and without removals and operations on
their dates, and writes `anchored_history.csv`. CONTAGION_MIRROR names a folder with the public files.
"""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

import contagion
from contagion.evaluation.rivals import MEAN, rival_forecasts
from contagion.evaluation.scores import CENTRAL, mass_within, score_draws
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.simulation.anchoring import fitted

HERE = Path(__file__).parent
ORIGINS = (2010, 2013, 2015, 2018, 2019, 2020)
HORIZONS: dict[str, tuple[int, ...]] = {"1": (0,), "3": (2,), "6": (5,), "12": (11,), "total": tuple(range(12))}
MONTHS = 12
DAYS = 7.0


def baseline(atlas: contagion.Atlas, replicates: int, weeks: int = 53, **options: Any) -> xr.Dataset:
    """Homicides of every replicate by month, for weeks as months are long."""
    run = contagion.simulate(atlas, weeks=weeks, replicates=replicates, full=True, **options)
    return run.isel(strategy=0)


def monthly(run: xr.Dataset, months: int) -> NDArray:
    """Homicides [replicate, month, place] of whole months: counts of their weeks at the rate of their days."""
    counts = run.homicides_full.transpose("replicate", "time", "place").values[:, :months]
    days = run.time.dt.days_in_month.values[:months]
    return counts * (days / (DAYS * run.weeks.values[:months]))[None, :, None]


def scores(drawn: NDArray, counted: NDArray, known: NDArray) -> list[dict[str, Any]]:
    """CRPS and coverage of places by horizon, beside the mean of the last year."""
    rows = []
    for horizon, which in HORIZONS.items():
        at = list(which)
        later = counted[at].sum(axis=0)
        ours = score_draws(drawn[:, at].sum(axis=1), later)
        usual = rival_forecasts(known, tuple(step + 1 for step in which), MONTHS, [MEAN])[MEAN].score(later)
        crps, base = ours["crps"].mean(), usual["crps"].mean()
        inside = mass_within(ours["below"], ours["upto"], *CENTRAL).mean()
        rows.append(dict(horizon=horizon, crps=crps, skill=100 * (1 - crps / base), coverage=inside))
    return rows


def at_origin(year: int, replicates: int) -> pd.DataFrame:
    """Scores of the twelve months from the first day of a year on."""
    atlas = contagion.load_region("mexico", start=date(year, 1, 1))
    assert atlas.record is not None
    counts = atlas.record.counts.fillna(0)
    counted = counts.sel(time=str(year)).values
    known = counts.sel(time=slice(None, f"{year - 1}-12")).values
    forecast = fitted(atlas, date(year, 1, 1))
    runs: dict[str, dict[str, Any]] = {
        "anchored": dict(anchor=forecast),
        "anchored, mechanism_weight=1": dict(anchor=forecast, mechanism_weight=1.0),
        "mechanism": dict(anchor="none"),
    }
    rows = []
    for name, options in runs.items():
        drawn = monthly(baseline(atlas, replicates, **options), MONTHS)
        total = drawn.sum(axis=(1, 2))
        low, middle, high = np.quantile(total, [0.05, 0.5, 0.95])
        nation = dict(recorded=counted.sum(), low=low, median=middle, high=high, covered=low <= counted.sum() <= high)
        rows += [dict(origin=year, model=name) | row | nation for row in scores(drawn, counted, known)]
    return pd.DataFrame(rows)


def history(replicates: int, years: int = 6) -> pd.DataFrame:
    """CRPS of yearly counts of places and of the nation from 2007 on, with dated events and without them."""
    rows = []
    forecast = None
    for happens in (False, True):
        atlas = contagion.load_region("mexico", start=date(2007, 1, 1), groups=14, history=happens)
        forecast = forecast or fitted(atlas, date(2007, 1, 1))
        assert atlas.record is not None
        params = contagion.load_params("calibrated", replicates)
        run = baseline(atlas, replicates, weeks=round(years * WEEKS_OF_YEAR), anchor=forecast, params=params)
        drawn = monthly(run, MONTHS * years)
        for year in range(years):
            months = slice(MONTHS * year, MONTHS * (year + 1))
            counted = atlas.record.counts.sel(time=str(2007 + year)).fillna(0).sum("time").values
            places = drawn[:, months].sum(axis=1)
            nation = score_draws(places.sum(axis=1, keepdims=True), counted.sum(keepdims=True))
            found = dict(crps=score_draws(places, counted)["crps"].mean(), crps_nation=nation["crps"][0])
            median = np.median(places.sum(axis=1))
            rows.append(dict(history=happens, year=2007 + year, **found, recorded=counted.sum(), median=median))
    return pd.DataFrame(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--origins", type=int, nargs="+", default=ORIGINS, help="years")
    parser.add_argument("--replicates", type=int, default=128)
    parser.add_argument("--history", action="store_true", help="2007 to 2012 with dated events and without")
    parser.add_argument("--out", type=Path, default=HERE)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.history:
        table = history(given.replicates)
        table.to_csv(given.out / "anchored_history.csv", index=False, float_format="%.5g")
    else:
        table = pd.concat([at_origin(origin, given.replicates) for origin in given.origins])
        table.to_csv(given.out / "anchored.csv", index=False, float_format="%.5g")
    print(table.to_string(index=False, float_format="%.3f"))
