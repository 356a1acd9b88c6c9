"""Skill of the rivals of the forecast on Mexico's record, without the forecast itself.

    python -m experiments.forecast.rivals [--origins 2008 2009 ...]

The same rules at the same origins as `python -m experiments.forecast`, which takes half an hour; this takes minutes.
Writes `rivals.csv`: CRPS skill over the mean of the last year by level, horizon and rule, mean and lowest over origins,
and z, the mean over its standard error. CONTAGION_MIRROR names a folder with the public files.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from contagion import load_region
from contagion.evaluation.endemic_epidemic import EndemicEpidemic, shares_of_neighbours
from contagion.evaluation.origins import HORIZONS, Observed, skill, targets
from contagion.evaluation.rivals import rival_forecasts

ORIGINS = (*range(2008, 2019), 2020)


def scores(observed: Observed, origin: int) -> pd.DataFrame:
    """CRPS of every rule by level and target at one origin."""
    counts = np.nan_to_num(observed.counts.values.astype(float))
    province = pd.get_dummies(pd.Series(observed.province)).to_numpy(float)
    rows = []
    for level, unit in (("place", None), ("province", province), ("nation", np.ones((counts.shape[1], 1)))):
        weights = shares_of_neighbours(observed.neighbours) if unit is None else None
        endemic = EndemicEpidemic(weights)
        summed = counts if unit is None else counts @ unit
        for target, periods in targets(HORIZONS[12], 12).items():
            later = summed[origin + np.array(periods) - 1].sum(axis=0)
            for name, one in rival_forecasts(summed[:origin], periods, 12, endemic=endemic).items():
                crps = float(one.score(later)["crps"].mean())
                rows.append(dict(level=level, model=name, origin=observed.label(origin), horizon=target, crps=crps))
    found = pd.DataFrame(rows)
    return found.assign(skill=skill(found, "crps"))


def summary(every: pd.DataFrame) -> pd.DataFrame:
    """Mean, lowest and z of skill over origins."""
    grouped = every.groupby(["level", "horizon", "model"], sort=False).skill
    table = grouped.agg(["mean", "min", "std", "count"]).reset_index()
    return table.assign(z=table["mean"] / (table["std"] / np.sqrt(table["count"]))).drop(columns="std")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--origins", type=int, nargs="+", default=ORIGINS, help="first years ahead")
    given = parser.parse_args()
    observed = Observed.of(load_region("mexico"))
    first = int(observed.counts.time.dt.year[0])
    found = []
    for year in given.origins:
        found.append(scores(observed, 12 * (year - first)))
        print(year, flush=True)
    table = summary(pd.concat(found))
    print(table.to_string(index=False, float_format="%.2f"))
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.3g")
