"""Which of a few plans is best: replicates go where they tell most about it."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]  # of plans in the same replicates [plan, replicate], lower is better


def allocation(means: Values, deviations: Values, total: int) -> NDArray[np.intp]:
    """Share out replicates over plans so that the best is most probably selected.

    The rule of optimal computing budget allocation (Chen, Lin, Yücesan and Chick 2000): a plan gets as many as its
    deviation over its distance from the best, squared, and the best as many as tell it from all of them.

    Parameters
    ----------
    means, deviations
        Of each plan, [plan]; lower means are better.
    total
        Replicates to share out.

    Returns
    -------
    Array
        Replicates of each plan, which sum to `total`, [plan].
    """
    best = int(np.argmin(means))
    others = np.arange(len(means)) != best
    spread = np.maximum(deviations, 1e-9)
    apart = np.maximum(means - means[best], 1e-3 * spread.max())
    weights = (spread / apart) ** 2
    weights[best] = spread[best] * np.sqrt((weights[others] ** 2 / spread[others] ** 2).sum()) if others.any() else 1
    shares = weights / weights.sum() * total
    given = np.floor(shares).astype(np.intp)
    given[np.argsort(given - shares)[: total - given.sum()]] += 1
    return given


def select(
    evaluate: Callable[[Sequence[tuple[int, int]]], list[Values]], first: Sequence[Values], rounds: int
) -> tuple[int, list[Values]]:
    """Select the best of some plans, with more replicates round by round.

    Parameters
    ----------
    evaluate
        Takes pairs of a plan and of a batch of replicates, by number, and returns what is to be low in each replicate.
    first
        What is known of each plan, from batch 0.
    rounds
        Rounds, in each of which as many batches as there are plans are shared out.

    Returns
    -------
    best : int
        Number of the plan with the lowest mean over all its replicates.
    values : list
        What is known of each.
    """
    values, batches = list(first), [1] * len(first)
    for _ in range(rounds if len(first) > 1 else 0):
        means = np.array([known.mean() for known in values])
        deviations = np.array([known.std(ddof=min(1, len(known) - 1)) for known in values])
        given = allocation(means, deviations, len(first))
        wanted = [(plan, batches[plan] + more) for plan, count in enumerate(given) for more in range(count)]
        for (plan, _), found in zip(wanted, evaluate(wanted), strict=True):
            values[plan] = np.concatenate([values[plan], found])
            batches[plan] += 1
    return int(np.argmin([known.mean() for known in values])), values
