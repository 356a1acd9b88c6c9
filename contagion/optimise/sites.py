"""Where: places are added one by one, each where it helps most, and only those are looked at that may."""

import heapq
from collections.abc import Callable, Sequence

Value = Callable[[list[tuple[str, ...]]], list[float]]  # of several choices of places, lower is better


def choose(value: Value, candidates: Sequence[str], most: int, start: float, together: int = 1) -> list[str]:
    """Choose up to `most` candidates by lazy greedy selection (Minoux 1978).

    A candidate helps no more later than it helped before, as further places add ever less. Where that holds, the choice
    is at least 1 - 1/e as good as the best (Nemhauser, Wolsey and Fisher 1978); where it does not, it is a heuristic.

    Parameters
    ----------
    value
        What some choices come to, each a tuple of candidates; lower is better.
    candidates
        From which to choose.
    most
        Number of them at most.
    start
        What no place comes to.
    together
        Choices that are best computed at a time.

    Returns
    -------
    list of str
        In the order in which they were chosen; no candidate that did not help.
    """
    values = value([(candidate,) for candidate in candidates])
    gains = [
        (found - start, order, candidate)
        for order, (found, candidate) in enumerate(zip(values, candidates, strict=True))
    ]
    heapq.heapify(gains)
    chosen: list[str] = []
    known = {gain[2]: 0 for gain in gains}  # how many were chosen when the gain was found
    here = start
    while gains and len(chosen) < most:
        gain, order, candidate = heapq.heappop(gains)
        if gain >= 0:
            break
        if known[candidate] == len(chosen):
            chosen.append(candidate)
            here += gain
            continue
        stale = [(gain, order, candidate), *(heapq.heappop(gains) for _ in range(min(together - 1, len(gains))))]
        found = value([(*chosen, each[2]) for each in stale])
        for each, (_, number, name) in zip(found, stale, strict=True):
            known[name] = len(chosen)
            heapq.heappush(gains, (each - here, number, name))
    return chosen
