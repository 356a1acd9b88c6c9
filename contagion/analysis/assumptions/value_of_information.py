"""Which assumed number to measure first: what knowing it is worth for the choice of a strategy.

Who knows a number before choosing can choose by it. The expected value of partial perfect information (EVPPI, Felli
and Hazen 1998) is how many homicides that averts on average over the draws. It is estimated from the draws of the run
itself (Strong, Oakley and Brennan 2014): expected homicides given a number are a cubic regression spline in its rank.
The least of several fits lies below the least mean by chance alone, so a number counts only above what shuffled draws
show.
"""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from contagion._util.language import label, reason, say
from contagion._util.text import enumerated, percent, significant
from contagion.analysis.assumptions.robustness import values_of
from contagion.analysis.assumptions.sensitivity import (
    BLOCK,
    CHANCE,
    NOT_COMPUTED,
    ROUNDING,
    SHUFFLES,
    obstacle,
    parameters,
)
from contagion.analysis.finding import Finding

KNOTS, DEGREE = 3, 3  # of the spline, which has five coefficients
NAMED = 3  # parameters in a sentence
COLUMNS = ["parameter", "replicates", "value", "floor", "changes", "instead", "most", "verdict"]


def value_table(dataset: xr.Dataset, seed: int = 0) -> pd.DataFrame:
    """What knowing each drawn parameter is worth for the choice of a strategy.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    seed
        Of the permutations.

    Returns
    -------
    pandas.DataFrame
        One row per parameter, the most valuable first: `value`, homicides over the run that choosing with it known
        averts in expectation (EVPPI), and `floor`, below which chance stays, from permutations under Bonferroni's
        correction; `changes`, the share of draws in which another strategy would be chosen than without it, and
        `instead`, the one most often; `most`, the value of knowing everything, chance included, which none exceeds;
        and `verdict`, determined above the floor and else undetermined. Where it cannot be computed, a row without a
        parameter says why.

    Raises
    ------
    InputError
        If no parameter is drawn.
    """
    names, drawn = parameters(dataset)
    homicides = values_of(dataset, "homicides")
    losses = homicides - homicides[:1]  # differences: common chance drops out
    spread = losses[np.ptp(losses, axis=1).argmax()]
    if why := obstacle(spread) or ("" if names else "no parameter varies"):
        return pd.DataFrame([dict(parameter="", replicates=len(spread), verdict=NOT_COMPUTED + why)], columns=COLUMNS)
    basis = _basis(len(spread))
    strategies, usual = dataset["strategy"].values.tolist(), int(losses.mean(axis=1).argmin())
    floor = _floor(losses, basis, CHANCE / len(names), seed)
    most = float(losses.mean(axis=1).min() - losses.min(axis=0).mean())
    rows: list[dict[str, Any]] = []
    for name, values in zip(names, drawn.T, strict=True):
        fitted = _fitted(losses[:, np.argsort(values, kind="stable")], basis)
        chosen = fitted.argmin(axis=0)
        others = np.bincount(chosen[chosen != usual], minlength=len(strategies))
        worth = float(_worth(fitted))
        row: dict[str, Any] = dict(parameter=name, replicates=len(values), value=worth, floor=floor, most=most)
        row |= dict(
            changes=float((chosen != usual).mean()), instead=strategies[others.argmax()] if others.any() else ""
        )
        rows.append(row | dict(verdict="determined" if worth > floor else "undetermined"))
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("value", ascending=False, kind="stable", ignore_index=True)


def _basis(count: int) -> NDArray[np.float64]:
    """Orthonormal columns that span the splines over so many ranks [rank, coefficient]."""
    from sklearn.preprocessing import SplineTransformer  # which takes long to import

    ranks = np.linspace(0, 1, count)[:, None]
    return np.linalg.qr(SplineTransformer(KNOTS, DEGREE).fit_transform(ranks))[0]


def _fitted(ordered: NDArray[np.float64], basis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected values by rank of what is in the order of a parameter [..., rank]."""
    return (ordered @ basis) @ basis.T


def _worth(fitted: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much the least of expected losses [strategy, ..., rank] lies below the least of their means [...]."""
    return fitted.mean(axis=-1).min(axis=0) - fitted.min(axis=0).mean(axis=-1)


def _floor(losses: NDArray[np.float64], basis: NDArray[np.float64], level: float, seed: int) -> float:
    """What a parameter that does not matter is worth by chance, exceeded with the probability `level`."""
    generator = np.random.default_rng(seed)
    count = losses.shape[1]
    most = max(1, BLOCK // losses.size)
    found = []
    for start in range(0, SHUFFLES, most):
        orders = generator.permuted(np.tile(np.arange(count), (min(most, SHUFFLES - start), 1)), axis=1)
        found.append(_worth(_fitted(losses[:, orders], basis)))
    floor = float(np.quantile(np.concatenate(found), 1 - level))
    return floor + ROUNDING * float(np.abs(losses).max())


def finding(table: pd.DataFrame) -> Finding:
    """What the `table` of `value_table` says: which number to measure first, and what it is worth."""
    heading = say("value.heading")
    first, *_ = rows = table.to_dict("records")
    if not first["parameter"]:
        why = reason(first["verdict"].removeprefix(NOT_COMPUTED))
        return Finding(heading, [say("value.not_computed", reason=why)], pd.DataFrame())
    told = [row for row in rows if row["verdict"] == "determined"]
    limit = say("value.limit", most=significant(first["most"], 2), floor=significant(first["floor"], 2))
    if not told:
        return Finding(heading, [say("value.none"), limit], pd.DataFrame())
    said = say("value.sentence", parameters=enumerated(_said(row) for row in told[:NAMED]))
    lines = [
        {
            say("sensitive.name"): row["parameter"],
            say("value.averted"): significant(row["value"], 2),
            say("value.changes"): percent(row["changes"]),
            say("value.instead"): label(row["instead"]),
        }
        for row in told
    ]
    return Finding(heading, [said, limit], pd.DataFrame(lines))


def _said(row: dict[Any, Any]) -> str:
    named = dict(name=row["parameter"], strategy=label(row["instead"]))
    return say("value.parameter", **named, value=significant(row["value"], 2), share=percent(row["changes"]))
