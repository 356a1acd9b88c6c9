"""Forecasts of Mexico's recorded homicides at rolling origins, scored beside rivals.

    python -m experiments.forecast [--origins 2007 2008 ...] [--years] [--out FOLDER]

At each origin, the last year known, the forecast is fitted to what was counted until its end and scored one, three,
six and twelve months ahead and on the total of twelve months; with `--years` one to three years ahead on yearly counts.
Writes `scores.csv` (level, model, first month ahead as origin, horizon and scores, as the command does), and of the
origins 2008 to 2018 and 2020 `skill.csv` (CRPS skill of the forecast over the mean of the last year) and
`log_scores.csv` (log scores of places by every rule). CONTAGION_MIRROR names a folder with the public files. The
choices of the forecast were made on counts before 2014.
"""

import argparse
import resource
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from contagion import load_region
from contagion.evaluation import Observed, rolling, skill_table
from contagion.evaluation.origins import OURS, PIT

ORIGINS = range(2007, 2021)
SUMMARISED = (*range(2008, 2019), 2020)  # the year after 2019 was that of the pandemic


def summarised(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores of the origins that are summarised; of all, where none of those is among them."""
    usual = (scores.origin.str[:4].astype(int) - 1).isin(SUMMARISED)
    return scores.loc[usual.to_numpy()] if usual.any() else scores


def summary(scores: pd.DataFrame) -> pd.DataFrame:
    """Skill of the forecast by level and horizon, %: mean, lowest and z over origins."""
    found = skill_table(scores).set_index("model").loc[[OURS]].rename(columns={"skill": "mean"})
    return pd.DataFrame(found, columns=["level", "horizon", "mean", "lowest", "origins", "z"])


def log_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean log score of places over origins, by rule and horizon, the best first."""
    of_places = scores[scores.level == "place"]
    found = of_places.pivot_table(index="model", columns="horizon", values="log_score", sort=False)
    return found.sort_values(found.columns[0], ascending=False).reset_index()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--origins", type=int, nargs="+", default=ORIGINS, help="last years known")
    parser.add_argument("--years", action="store_true", help="yearly counts, one to three years ahead")
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    given = parser.parse_args()
    began = time.monotonic()
    observed = Observed.of(load_region("mexico"))
    first = int(observed.counts.time.dt.year[0])
    if given.years:
        yearly = observed.counts.groupby("time.year").sum(skipna=False).rename(year="time")
        observed = replace(observed, counts=yearly)
    season, ahead = observed.season, 3 if given.years else 12
    at = [(origin + 1 - first) * season for origin in given.origins]
    at = [origin for origin in at if origin + ahead <= observed.counts.sizes["time"]]
    scores = rolling(observed, at, draws=given.draws, said=print).scores
    given.out.mkdir(parents=True, exist_ok=True)
    kind = "_years" if given.years else ""
    scores.drop(columns=PIT).to_csv(given.out / f"scores{kind}.csv", index=False, float_format="%.5g")
    skills = summary(summarised(scores))
    skills.to_csv(given.out / f"skill{kind}.csv", index=False, float_format="%.4g")
    log_scores(summarised(scores)).to_csv(given.out / f"log_scores{kind}.csv", index=False, float_format="%.4f")
    print(skills.to_string(index=False, float_format="%.2f"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{time.monotonic() - began:.0f} s, at most {memory:.1f} GB")
