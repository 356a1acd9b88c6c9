"""How sure a change is: by chance alone, and with unknown numbers drawn from their priors as well."""

from typing import Any

import numpy as np
import pandas as pd
from xarray import Dataset

from contagion._util.language import label, say
from contagion._util.text import PERCENT, in_replicates, significant
from contagion.analysis.finding import Finding
from contagion.analysis.metrics import over_run
from contagion.analysis.over_time import paired_columns
from contagion.analysis.paired import idle, told
from contagion.errors import InputError

CHANCE, DRAWN = "chance alone", "unknown numbers drawn"


def uncertainty_table(dataset: Dataset, drawn: Dataset) -> pd.DataFrame:
    """Change in homicides from the first strategy in two ensembles of the same strategies.

    Parameters
    ----------
    dataset
        Results with parameters as they are, in which replicates differ by chance alone.
    drawn
        Results with parameters drawn anew in each replicate, in which they differ by both.

    Returns
    -------
    pandas.DataFrame
        One row per strategy but the first and `ensemble` (chance alone, unknown numbers drawn), with its `replicates`,
        the columns of `differences_by_year` from `homicides` on, and `percent_q05` to `percent_q95`, the 90 % interval
        over replicates of the change in per cent of the homicides under the first strategy in the same replicate.

    Raises
    ------
    InputError
        If the two have other strategies.
    """
    strategies = dataset["strategy"].values.tolist()
    if drawn["strategy"].values.tolist() != strategies:
        raise InputError(f"the ensemble with numbers drawn has other strategies than {', '.join(strategies)}")
    every = {
        ensemble: over_run("homicides_total")(results).transpose("strategy", "replicate").values.astype(np.float64)
        for ensemble, results in ((CHANCE, dataset), (DRAWN, drawn))
    }
    still = {ensemble: idle(totals) for ensemble, totals in every.items()}
    rows = []
    for index, strategy in enumerate(strategies[1:], start=1):
        for ensemble, totals in every.items():
            first, own = totals[0], totals[index]
            with np.errstate(divide="ignore", invalid="ignore"):  # nobody may be killed
                shares = 100 * np.quantile((own - first) / first, [0.05, 0.95])
            row = dict(strategy=strategy, ensemble=ensemble, replicates=len(own)) | paired_columns(own, first)
            rows.append(row | dict(percent_q05=shares[0], percent_q95=shares[1], acts=not still[ensemble][index]))
    return pd.DataFrame(rows)


def beside(table: pd.DataFrame, uncertainty: pd.DataFrame) -> pd.DataFrame:
    """A comparison with columns of both ensembles on homicides, `chance_` and `drawn_`, empty for other outcomes."""
    names = {"difference_percent": "percent", "percent_q05": "percent_q05", "percent_q95": "percent_q95"}
    more = dict(replicates="replicates", probability_better="probability_better", verdict="verdict")
    for ensemble, prefix, columns in ((CHANCE, "chance", names), (DRAWN, "drawn", names | more)):
        renamed = {column: f"{prefix}_{name}" for column, name in columns.items()}
        found = uncertainty.loc[uncertainty["ensemble"] == ensemble, :].rename(columns=renamed)
        found = found[["strategy", *renamed.values()]].assign(outcome="homicides")
        table = table.merge(found, on=["strategy", "outcome"], how="left")
    return table


def finding(table: pd.DataFrame) -> Finding:
    """What the `table` of `uncertainty_table` says, in sentences, without strategies that do nothing."""
    sentences, lines = [], []
    acting = [row for row in table.to_dict("records") if row["acts"]]
    for chance, drawn in zip(acting[::2], acting[1::2], strict=True):  # both ensembles of each strategy
        strategy, share = label(chance["strategy"]), in_replicates(drawn["probability_better"])
        changes = dict(chance=_interval(chance), drawn=_interval(drawn))
        sentences.append(say("sure.sentence", strategy=strategy, **changes, share=share))
        line = {say("page.strategy"): strategy} | {say(f"sure.{name}"): words for name, words in changes.items()}
        verdicts = dict(verdict_chance=told(chance["verdict"]), verdict_drawn=told(drawn["verdict"]))
        lines.append(line | {say(f"sure.{name}"): verdict for name, verdict in verdicts.items()})
    if lines:
        counts = dict(zip(table["ensemble"], table["replicates"], strict=True))
        sentences.append(say("sure.note", chance=f"{counts[CHANCE]:,}", drawn=f"{counts[DRAWN]:,}"))
    return Finding(say("sure.heading"), sentences, pd.DataFrame(lines))


def _interval(row: dict[Any, Any]) -> str:
    """A change in per cent with its interval over replicates."""
    names = ("difference_percent", "percent_q05", "percent_q95")
    middle, low, high = (significant(row[name], 2, "+") for name in names)
    return say("text.interval", middle=f"{middle}{PERCENT}", low=low, high=high)
