"""Published, recorded and simulated numbers side by side.

`targets.csv` holds the published numbers, `recorded.csv` what the same estimators say of the recorded data. A target is
met where the median of the simulated estimates lies inside its published interval, or inside the tolerance that stands
for one. The rule looks at the median alone, so that a wide simulated interval does not make a target easier to meet.
Targets that were calibrated on (`fit` = in) are shown and left out of the summary, and so are those that a placebo
meets as well, a run in which nothing happens that could explain the number.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from contagion.errors import InputError, nearest

Estimate = ArrayLike | tuple[float, float, float]
TARGETS = Path(__file__).with_name("targets.csv")
RECORDED = Path(__file__).with_name("recorded.csv")
KINDS = {"law": "of the published equations", "same": "the fitted statistics on other samples", "out": "others"}
BY_NOTHING = "inside, placebo too"
INTERVAL = (0.05, 0.95)  # of the simulated estimates over replicates


def targets() -> pd.DataFrame:
    """The published numbers by id: statistic, published with its interval, basis, horizon, scope, source, fit."""
    table = pd.read_csv(TARGETS, comment="#", index_col="id", keep_default_na=False)
    return table.rename(columns={"value": "published", "low": "published_low", "high": "published_high"})


def compare(estimates: Mapping[str, Estimate], placebo: Mapping[str, Estimate] | None = None) -> pd.DataFrame:
    """A row per target: published, recorded and simulated with their intervals, fit, and the verdict.

    **Arguments:** `estimates` by id of the target: an array over replicates, of which the median and the 90 % interval
    are taken, or a tuple of a value and the ends of its interval. Replicates without an estimate are NaN and left out.
    `placebo` holds the estimates of runs in which nothing happens.
    **Returns:** `verdict` is inside, outside, or empty where nothing was simulated; inside, placebo too says that the
    number tells nothing. Of several recorded data sets the
    first one stands here.
    """
    table = targets()
    for identifier in estimates:
        if identifier not in table.index:
            near = nearest(identifier, table.index)
            raise InputError(f"There is no target {identifier!r} in {TARGETS.name}; the nearest is {near!r}.")
    simulated = _joined({identifier: _summary(estimate) for identifier, estimate in estimates.items()}, "simulated")
    first = pd.read_csv(RECORDED).drop_duplicates("id").set_index("id")[["value", "low", "high"]]
    recorded = _joined(dict(zip(first.index, first.to_numpy().tolist(), strict=True)), "recorded")
    parts = [table[["statistic", "published", "published_low", "published_high", "basis"]]]
    nothing = _joined({name: _summary(estimate) for name, estimate in (placebo or {}).items()}, "placebo")["placebo"]
    parts += [part.reindex(table.index) for part in (recorded, simulated, nothing)]
    joined = pd.concat([*parts, table["fit"]], axis=1)
    inside, by_nothing = (
        joined[name].between(joined["published_low"], joined["published_high"]) for name in ("simulated", "placebo")
    )
    cases = [joined["simulated"].isna(), inside & by_nothing, inside]
    return joined.assign(verdict=np.select(cases, ["", BY_NOTHING, "inside"], "outside"))


def summary(table: pd.DataFrame) -> str:
    """One line: how many targets that were not calibrated on are met, of those simulated, and which they are."""
    verdicts = table.loc[table["fit"].ne("in"), ["fit", "verdict"]].value_counts()

    def met(*kinds: str) -> str:
        inside, outside = (sum(verdicts.get((kind, verdict), 0) for kind in kinds) for verdict in ("inside", "outside"))
        return f"{inside} of {inside + outside}"

    parts = ", ".join(f"{met(kind)} {name}" for kind, name in KINDS.items())
    absent, idle = (np.count_nonzero(table["verdict"] == verdict) for verdict in ("", BY_NOTHING))
    return (
        f"Not in the fit: {met(*KINDS)} targets inside ({parts}); {idle} that a placebo meets do not count; "
        f"{absent} of {len(table)} not simulated."
    )


def _joined(rows: Mapping[str, list[float]], name: str) -> pd.DataFrame:
    """Rows of a value and its interval by id."""
    columns = [name, f"{name}_low", f"{name}_high"]
    return pd.DataFrame.from_dict(dict(rows), orient="index", columns=columns, dtype=float)


def _summary(estimate: Estimate) -> list[float]:
    """Median and interval over replicates, or the value and interval as given; NaN where nothing was estimated."""
    values = np.asarray(estimate, dtype=float).ravel()
    if isinstance(estimate, tuple):
        return values.tolist()
    values = values[~np.isnan(values)]
    if not values.size:
        return [np.nan, np.nan, np.nan]
    return [float(np.median(values)), *(float(value) for value in np.quantile(values, INTERVAL))]
