"""Paired comparison of strategies: who does better, by how much, how surely, and at what cost."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from contagion.analysis.metrics import OUTCOMES
from contagion.analysis.paired import mean_interval, verdict, wins
from contagion.errors import InputError


def compare(dataset: xr.Dataset, baseline: str | None = None) -> pd.DataFrame:
    """A table with a row per strategy and outcome, paired replicate by replicate with `baseline`.

    Strategies run under common random numbers, so the difference within a replicate is due to the strategy alone.
    Columns: strategy, `baseline` (by default the first) before all others; outcome, unit, mean, q05, q95; difference,
    difference_q05, difference_q95 (90 % interval of the paired difference over replicates), difference_percent (of
    the mean), expected_low and expected_high (90 % confidence interval of the mean difference) against the baseline;
    probability_better than the baseline, probability_best of all, with ties shared, and verdict, for outcomes of which
    more or less is better; status, what the numbers rest on. The verdict is better or worse where the confidence
    interval leaves zero out, else undecided; each stands by itself, and of ten that are undecided in truth one is not
    called so.

    An outcome may be unknown in some replicates, as deaths per clash without clashes. Each column then rests on the
    replicates in which it is known, pairs on those in which both are, and probability_best on those in which that of
    the strategy is, against all others known there; where none is, the cell is NaN.

    Raises InputError for a baseline that the dataset lacks.
    """
    strategies = [str(name) for name in dataset["strategy"].values]
    baseline = strategies[0] if baseline is None else baseline
    if baseline not in strategies:
        raise InputError(f"baseline {baseline!r}: not among the strategies {', '.join(strategies)}")
    if baseline != strategies[0]:  # what outcomes compare with is the first strategy
        strategies = [baseline, *(name for name in strategies if name != baseline)]
        dataset = dataset.sel(strategy=strategies)
    rows = []
    for name, outcome in OUTCOMES.items():
        values = outcome.of(dataset).transpose("strategy", "replicate").to_numpy().astype(np.float64)
        best = wins(values * outcome.worse)
        for index, strategy in enumerate(strategies):
            difference = values[index] - values[0]
            change, usual = _mean(difference), _mean(values[0][~np.isnan(difference)])
            row = dict(
                strategy=strategy,
                outcome=name,
                unit=outcome.unit,
                mean=_mean(values[index]),
                q05=_quantile(values[index], 0.05),
                q95=_quantile(values[index], 0.95),
                difference=change,
                difference_q05=_quantile(difference, 0.05),
                difference_q95=_quantile(difference, 0.95),
                difference_percent=100 * change / usual if usual else np.nan,
            )
            row["expected_low"], row["expected_high"] = mean_interval(difference)
            if outcome.worse:
                better = (1 - np.sign(difference * outcome.worse)) / 2
                row["probability_better"] = np.nan if strategy == baseline else _mean(better)
                row["probability_best"] = _mean(best[index])
                row["verdict"] = "" if strategy == baseline else verdict(difference * outcome.worse)
            rows.append(row)
    return pd.DataFrame(rows).assign(status="conditional on assumed parameters")


def _mean(values: NDArray[np.float64]) -> float:
    """Mean of what is known, NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan


def _quantile(values: NDArray[np.float64], share: float) -> float:
    """Quantile of what is known, NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(np.quantile(known, share)) if known.size else np.nan


def write(table: pd.DataFrame, path: Path) -> None:
    """Writes the table as CSV with six significant digits."""
    table.to_csv(path, index=False, float_format="%.6g")
