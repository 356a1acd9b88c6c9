"""Tables over origins: skill by level and horizon, and how often what was called probable happened."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from contagion._util.language import say
from contagion.evaluation.origins import OURS, PIT, skill
from contagion.evaluation.rivals import MEAN
from contagion.evaluation.scores import deviation

EDGES = (0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 1)  # of classes of probabilities
NAMES = {"forecast": "probability", "mean of a year": "by_mean_of_a_year", "as in the year before": "did_before"}


def skill_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Means over origins by level, model and horizon.

    Parameters
    ----------
    scores
        As of an `Evaluation`.

    Returns
    -------
    DataFrame
        level, model, horizon, origins; skill of the CRPS over the mean of the last year, %: mean, lowest, highest, z
        (mean over its standard error) and the number of origins where it is better; energy_skill, the same of the
        energy score; log_score, coverage, and pit_deviation of all origins together.
    """
    keys = ["level", "model", "horizon"]
    groups: Any = scores.assign(energy_skill=skill(scores, "energy_score")).groupby(keys, sort=False)
    rows = []
    for key, group in groups:
        found = group.skill.dropna()
        error = found.std() / np.sqrt(len(found)) if len(found) > 1 else np.nan
        rows.append(
            dict(
                zip(keys, key, strict=True),
                origins=len(group),
                skill=found.mean(),
                lowest=found.min(),
                highest=found.max(),
                z=found.mean() / error if error > 0 else np.nan,
                better=int((found > 0).sum()),
                energy_skill=group.energy_skill.mean(),
                log_score=group.log_score.mean(),
                coverage=group.coverage.mean(),
                pit_deviation=deviation(group[PIT].mean().to_numpy()),
            )
        )
    return pd.DataFrame(rows)


def skill_of_places(places: pd.DataFrame) -> pd.Series:
    """CRPS skill over the mean of the last year of each place over all origins, %; NaN where nothing was missed."""
    total: Any = places.groupby("place", sort=False)[[OURS, MEAN]].sum()
    return 100 * (1 - total[OURS] / total[MEAN].where(total[MEAN] > 0))


def calibration(statements: pd.DataFrame) -> pd.DataFrame:
    """How often places passed the rate, by the probability that was stated.

    Parameters
    ----------
    statements
        As of an `Evaluation`.

    Returns
    -------
    DataFrame
        stated (a class of probabilities, in the language spoken), statements, mean_probability, happened (share),
        expected and passed (places).
    """
    labels = [say("text.range", low=f"{100 * low:.0f}", high=f"{100 * high:.0f} %") for low, high in pairwise(EDGES)]
    stated = pd.cut(statements.probability, EDGES, labels=labels, include_lowest=True)
    groups = statements.groupby(stated, observed=True)
    return (
        pd.DataFrame(
            dict(
                statements=groups.size(),
                mean_probability=groups.probability.mean(),
                happened=groups.happened.mean(),
                expected=groups.probability.sum(),
                passed=groups.happened.sum(),
            )
        )
        .rename_axis("stated")
        .reset_index()
        .astype({"stated": str})
    )


def brier_table(statements: pd.DataFrame) -> pd.DataFrame:
    """Brier scores (0 is perfect) of statements that a place passes the rate, by who made them.

    The share of all places is known afterwards alone: what says the same of every place can do no better.
    """
    happened = statements.happened.astype(float)
    found = {name: float(((statements[column] - happened) ** 2).mean()) for name, column in NAMES.items()}
    everywhere = float(happened.var(ddof=0))
    found["the share of all places"] = everywhere
    best = pd.Series(found)
    skill = 100 * (1 - best / everywhere) if everywhere > 0 else best * np.nan
    return pd.DataFrame(dict(statement=best.index, brier_score=best.to_numpy(), skill=skill.to_numpy()))
