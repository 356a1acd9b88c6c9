"""Homicides during a truce relative to before: Katz, Hedberg, Amaya (2016, Bulletin of the WHO 94).

El Salvador, March 2012 to December 2013: rate ratio 0.55 (0.49 to 0.63), adjusted 0.61 (0.54 to 0.69).
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from contagion.errors import InputError
from contagion.inference.estimators import checks

YEAR = 12  # months
SMALLEST = 1e-6  # least dispersion, effectively Poisson


def truce(
    counts: ArrayLike, first: int, end: int, population: ArrayLike | None = None, trend: bool = True
) -> pd.DataFrame:
    """Fit a negative-binomial regression to a monthly series.

    Months after the truce have their own window, so a rebound does not enter the reference. The dispersion is the
    moment estimate about the Poisson fit (Breslow 1984). Standard errors are robust to autocorrelation over a year
    (Newey and West).

    Parameters
    ----------
    counts
        Homicides [month], persons.
    first, end
        The truce covers months `first` to `end` - 1.
    population
        Exposure [month], persons.
    trend
        Whether to include a log-linear trend over all months.

    Returns
    -------
    DataFrame
        One row: irr, low, high (95 %), coefficient, se.
    """
    observed = checks.counts(counts, "month")
    months = len(observed)
    if not 2 <= first < end <= months:
        raise InputError(
            f"the truce spans months {first} to {end - 1} of {months}: must have at least two months before it"
        )
    clock = np.arange(months)
    columns = {"truce": ((clock >= first) & (clock < end)) * 1.0, "constant": np.ones(months)}
    if trend:
        columns["trend"] = (clock - first) / YEAR
    if end < months:
        columns["after"] = (clock >= end) * 1.0
    if not observed[:first].any() or not observed[first:end].any():
        raise InputError("no homicide before the truce or none during it: a ratio needs homicides in both")
    exposure = np.ones(months) if population is None else checks.counts(population, "month")
    if len(exposure) != months or not exposure.all():
        raise InputError(f"population must be above 0: in each of the {months} months")
    statsmodels = checks.optional("statsmodels.api")
    design = np.column_stack(list(columns.values()))
    offset = np.log(exposure)
    mean = statsmodels.GLM(observed, design, family=statsmodels.families.Poisson(), offset=offset).fit().mu
    excess = (np.square(observed - mean) - mean) / mean**2
    dispersion = max(float(excess.sum()) / (months - design.shape[1]), SMALLEST)
    family = statsmodels.families.NegativeBinomial(alpha=dispersion)
    model = statsmodels.GLM(observed, design, family=family, offset=offset)
    fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": min(YEAR, months // 4)})
    low, high = np.exp(fit.conf_int()[0])
    row = {"irr": np.exp(fit.params[0]), "low": low, "high": high, "coefficient": fit.params[0], "se": fit.bse[0]}
    return pd.DataFrame([row])
