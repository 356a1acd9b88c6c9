"""Paired comparison of strategies: which does better, by how much and at what cost."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from contagion._util.language import label, say
from contagion._util.text import harmless, percent
from contagion.analysis.metrics import OUTCOMES
from contagion.analysis.paired import (
    UNKNOWN,
    idle,
    known_mean,
    known_quantile,
    paired_difference,
    paired_times,
    time_quantile,
    wins,
)
from contagion.errors import InputError
from contagion.simulation import sweeps


def compare(dataset: xr.Dataset, baseline: str | None = None) -> pd.DataFrame:
    """Compare strategies with a baseline, replicate by replicate, in all outcomes of a run.

    An outcome may be unknown in some replicates, as deaths per clash without clashes. Each column then rests on the
    replicates in which it is known, pairs on those in which both are, and `probability_best` on those in which that of
    the strategy is, against all others known there; where there is none, the cell is NaN.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.
    baseline
        Strategy that all others are compared with; the first one if None. It comes first in the table.

    Returns
    -------
    pandas.DataFrame
        One row per strategy and outcome, in the `unit` of the outcome: `mean`, `median`, `q05`, `q95` over replicates,
        of times the share of replicates in which it was `seen` within the run and no mean: their quantiles are those
        of the Kaplan-Meier estimate, as all replicates end at once, and infinite where fewer have seen it; paired
        `difference` from the baseline, its 90 % interval over replicates `difference_q05` to `difference_q95`,
        `difference_percent` of the baseline's mean, and the 90 % confidence interval of the mean difference
        `expected_low` to `expected_high`; `status`, what the numbers are conditional on. For outcomes of which more or
        less is better also `probability_better` (share of replicates, ties count one half), `probability_best` of all
        strategies that change homicides (ties shared; NaN for one that changes none in any replicate), and `verdict`,
        one of `contagion.analysis.paired.VERDICTS`.

    Raises
    ------
    InputError
        If the dataset has no strategy `baseline`.
    """
    strategies = [str(name) for name in dataset["strategy"].values]
    baseline = strategies[0] if baseline is None else baseline
    if baseline not in strategies:
        raise InputError(f"baseline {baseline!r}: not among the strategies {', '.join(strategies)}")
    if baseline != strategies[0]:  # what outcomes compare with is the first strategy
        strategies = [baseline, *(name for name in strategies if name != baseline)]
        dataset = dataset.sel(strategy=strategies)
    still = idle(OUTCOMES["homicides"].of(dataset).transpose("strategy", "replicate").to_numpy().astype(np.float64))
    rows = []
    for name, outcome in OUTCOMES.items():
        values = outcome.of(dataset).transpose("strategy", "replicate").to_numpy().astype(np.float64)
        compared, quantile = (paired_times, time_quantile) if outcome.censored else (paired_difference, known_quantile)
        best = wins(np.where(still[:, None], np.nan, values * outcome.worse))
        seen = np.isfinite(values).mean(axis=1) if outcome.censored else np.full(len(values), np.nan)
        for index, strategy in enumerate(strategies):
            paired = compared(values[index], values[0], outcome.worse)
            usual = known_mean(values[0][~np.isnan(values[index])])
            row = dict(
                strategy=strategy,
                outcome=name,
                unit=outcome.unit,
                mean=np.nan if outcome.censored else known_mean(values[index]),
                median=quantile(values[index], 0.5),
                q05=quantile(values[index], 0.05),
                q95=quantile(values[index], 0.95),
                seen=seen[index],
                difference=paired.mean,
                difference_q05=paired.q05,
                difference_q95=paired.q95,
                difference_percent=100 * paired.mean / usual if usual else np.nan,
                expected_low=paired.low,
                expected_high=paired.high,
            )
            if outcome.worse:
                first = strategy == baseline
                row["probability_better"] = np.nan if first else paired.probability_better
                row["probability_best"] = known_mean(best[index])
                row["verdict"] = UNKNOWN if first else paired.verdict
            rows.append(row)
    return pd.DataFrame(rows).assign(status="conditional on assumed parameters")


def compare_jobs(dataset: xr.Dataset) -> pd.DataFrame:
    """Compare strategies in every job of a sweep.

    Parameters
    ----------
    dataset
        Results of a sweep.

    Returns
    -------
    pandas.DataFrame
        The rows of `compare` for each job, behind the columns `job` and a column per key that differs between jobs.
    """
    keys = sweeps.varied(dataset)
    tables = []
    for number, job in sweeps.jobs_of(dataset).items():
        table = compare(job)
        values = {key: by_job.sel(job=number).item() for key, by_job in keys.items()}
        tables.append(pd.DataFrame({"job": number, **values}, index=table.index).join(table))
    return pd.concat(tables, ignore_index=True)


def ceiling(dataset: xr.Dataset) -> float:
    """Share of homicides under the first strategy that goes with all fighting: of groups, with the state, and after it.

    What acts on groups alone cannot lower homicides by a larger share. What fighting sets off by contagion is counted
    as in a state that lasts, 1 / (1 - branching ratio) homicides for each.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.

    Returns
    -------
    float
        Share from 0 to 1.
    """
    first = dataset.isel(strategy=0)
    total = float(first["homicides_total"].sum())
    fought = float(first["conflict_homicides_total"].sum() + first["clash_homicides_total"].sum())
    return min(fought / (1 - dataset.attrs["branching_ratio"]) / total, 1.0) if total else 0.0


def ceiling_sentence(dataset: xr.Dataset) -> str:
    """What `ceiling` means, in a sentence."""
    return say("rank.ceiling", share=percent(ceiling(dataset)), first=label(str(dataset.strategy.values[0])))


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table to `path` as CSV with six significant digits."""
    table.map(harmless).to_csv(path, index=False, float_format="%.6g")
