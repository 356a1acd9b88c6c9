"""How much less a difference between two strategies varies where both share their random numbers."""

import numpy as np
import pandas as pd

import contagion
from experiments.speed import problem

WEEKS = 104
RESAMPLES = 2000


def table(sizes: problem.Sizes) -> pd.DataFrame:
    """Variance of kingpin minus baseline, total homicides over two years: independent runs to paired ones.

    Independent runs vary by the sum of both variances; the interval is from replicates drawn again with replacement.
    """
    strategies = {"baseline": (), "kingpin": (contagion.load_intervention("kingpin"),)}
    results = contagion.simulate(problem.atlas(sizes), strategies, weeks=WEEKS, replicates=sizes.pairs)
    totals = results["homicides_total"].sum("time")
    baseline, kingpin = (totals.sel(strategy=name).to_numpy().astype(float) for name in ("baseline", "kingpin"))

    def ratio(chosen: np.ndarray) -> float:
        ours, theirs = baseline[chosen], kingpin[chosen]
        return float((ours.var(ddof=1) + theirs.var(ddof=1)) / (theirs - ours).var(ddof=1))

    generator = np.random.Generator(np.random.PCG64(0))
    drawn = [ratio(generator.integers(0, sizes.pairs, sizes.pairs)) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [0.05, 0.95])
    row = dict(
        replicates=sizes.pairs,
        weeks=WEEKS,
        mean_difference=(kingpin - baseline).mean(),
        paired_sd=(kingpin - baseline).std(ddof=1),
        independent_sd=float(np.sqrt(baseline.var(ddof=1) + kingpin.var(ddof=1))),
        variance_ratio=ratio(np.arange(sizes.pairs)),
        ratio_low=low,
        ratio_high=high,
    )
    return pd.DataFrame([row])
