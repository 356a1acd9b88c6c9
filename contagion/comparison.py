"""Paired comparison of strategies: who does better, by how much, how surely, and at what cost."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from contagion.errors import InputError
from contagion.outcomes import OUTCOMES


def compare(dataset: xr.Dataset, baseline: str | None = None) -> pd.DataFrame:
    """A table with a row per strategy and outcome, paired replicate by replicate with `baseline`.

    Strategies run under common random numbers, so the difference within a replicate is due to the strategy alone.
    Columns: strategy, outcome, unit, mean, q05, q95; difference, difference_q05, difference_q95 (90 %
    interval of the paired difference over replicates) and difference_percent (of the mean) against `baseline`
    (by default the first strategy); probability_better than the baseline and probability_best of all, with ties
    shared, for outcomes of which more or less is better; status, what the numbers rest on.

    Raises InputError for a baseline that the dataset lacks.
    """
    strategies = [str(name) for name in dataset["strategy"].values]
    baseline = strategies[0] if baseline is None else baseline
    if baseline not in strategies:
        raise InputError(f"baseline {baseline!r}: not among the strategies {', '.join(strategies)}")
    rows = []
    for name, outcome in OUTCOMES.items():
        values = outcome.of(dataset).transpose("strategy", "replicate").to_numpy().astype(np.float64)
        reference = values[strategies.index(baseline)]
        loss = values * outcome.worse
        best = loss == loss.min(axis=0)
        for index, strategy in enumerate(strategies):
            difference = values[index] - reference
            worse = difference * outcome.worse
            row = dict(
                strategy=strategy,
                outcome=name,
                unit=outcome.unit,
                mean=values[index].mean(),
                q05=np.quantile(values[index], 0.05),
                q95=np.quantile(values[index], 0.95),
                difference=difference.mean(),
                difference_q05=np.quantile(difference, 0.05),
                difference_q95=np.quantile(difference, 0.95),
                difference_percent=100 * difference.mean() / reference.mean() if reference.mean() else np.nan,
            )
            if outcome.worse:
                row["probability_better"] = np.nan if strategy == baseline else ((worse < 0) + (worse == 0) / 2).mean()
                row["probability_best"] = (best[index] / best.sum(axis=0)).mean()
            rows.append(row)
    return pd.DataFrame(rows).assign(status="conditional on assumed parameters")


def write(table: pd.DataFrame, path: Path) -> None:
    """Writes the table as CSV with six significant digits."""
    table.to_csv(path, index=False, float_format="%.6g")
