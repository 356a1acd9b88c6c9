"""Forecasts of Mexico's national homicides from every month, and where what was recorded lies in them.

    python -m experiments.forecast.nation

From the first month with four years of record, the national part of the forecast alone: one, three, six and twelve
months ahead and the total of twelve. Writes `nation.csv` (first month known to be followed, horizon, share of the
forecast below what was recorded), and prints the share that lies in the central 90 %, of all months and of those from
2008. CONTAGION_MIRROR names a folder with the public files.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sparse

from contagion import load_region
from contagion.evaluation import Observed
from contagion.inference.forecast.nation import forecast
from contagion.inference.forecast.panel import national
from contagion.inference.forecast.record import read_record

SHORTEST, AHEAD, DRAWS = 48, 12, 4000
HORIZONS = (1, 3, 6, 12)


def places_in_forecasts(observed: Observed) -> pd.DataFrame:
    """Share of the forecast below what was recorded, by origin and horizon."""
    counts = observed.counts.sum("place").expand_dims(place=["nation"], axis=1)
    residents = observed.population.sum("place").expand_dims(place=["nation"], axis=1)
    rows = []
    for origin in range(SHORTEST, counts.sizes["time"] - AHEAD + 1):
        record = read_record(counts[:origin], residents, sparse.csr_array((1, 1)))
        found = national(record, record.population(0, -origin))
        path = forecast(found.log_rate, found.extra, 12, AHEAD)
        covariance = path.covariance + path.noise * np.eye(AHEAD)
        log_rates = np.random.default_rng(0).multivariate_normal(path.mean, covariance, DRAWS)
        season = found.season[record.calendar.phases(AHEAD)]
        drawn = np.exp(log_rates + season) * record.population(AHEAD)[:, 0]
        later = counts.values[origin : origin + AHEAD, 0]
        below = {str(horizon): (drawn[:, horizon - 1] < later[horizon - 1]).mean() for horizon in HORIZONS}
        below["total"] = (drawn.sum(axis=1) < later.sum()).mean()
        rows += [dict(origin=observed.label(origin), horizon=name, below=share) for name, share in below.items()]
    return pd.DataFrame(rows)


def within(table: pd.DataFrame) -> pd.Series:
    """Share of origins in the central 90 %, by horizon."""
    inside = table.assign(inside=table.below.between(0.05, 0.95))
    return pd.Series(inside.groupby("horizon", sort=False).inside.mean())


if __name__ == "__main__":
    table = places_in_forecasts(Observed.of(load_region("mexico")))
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4f")
    both = {"all months": within(table), "from 2008": within(table.query("origin >= '2008'"))}
    print(pd.DataFrame(both).round(3).to_string())
