"""Homicides after the capture of a leader: the event study of Calderón, Robles, Díaz-Cayeros and Magaloni (2015).

*Journal of Conflict Resolution* 59(8), 1455-1485. Months since the latest capture enter as windows for four scopes: the
place itself (`own`), adjacent places (`adjacent`), adjacent ports or border crossings (`strategic`), and places
elsewhere that host the same group (`same_group`); the reference is the time before any capture. The first window
includes the month of the capture. The window `later` (a year and more) keeps lasting effects out of the reference.

As in their tables, neighbours are estimated as one group, and strategic ones in a second regression that separates them
from other neighbours. The study weights controls to match the path of the treated (synthetic control); here every place
with a capture or next to one is instead matched to the unused control place with the closest path before the first
capture.

On recorded homicides (INEGI) and the ten leaders removed in 2008 to 2010 the ratio `own`, 0-6 months, is 1.41 (0.89 to
2.23) from 2001 to 2010, with a placebo of 0.98; published is 1.36 (1.07 to 1.75). A panel that begins in 2007 gives
1.52 with a placebo of 1.19: in so short a panel, randomised months mostly fall into real windows or the rise of those
years, so a ratio should be compared with its placebo. With the 24 leaders of 2008 to 2016 it is 1.19 (0.90 to 1.57).
Adjacent places show no effect (1.00 at 6-12 months, published 1.34); places elsewhere of the same group do: 1.29 (1.01
to 1.65).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sparse
from numpy.typing import ArrayLike, NDArray

from contagion.errors import InputError
from contagion.inference.estimators import checks, two_way

WINDOWS = {"0-6": (0, 6), "6-12": (6, 12), "later": (12, 10_000)}  # months since the latest capture
NORMAL = 1.959964  # for 95 % intervals, as published
YEAR = 12  # months
FEWEST = 5  # least number of places in a window for a clustered standard error


class Design(NamedTuple):
    """Design of the study, independent of the outcome: the sample of places and the windows."""

    places: NDArray[np.int64]  # [sampled]
    together: NDArray  # [scope x window, month, sampled]: own, adjacent, same group
    apart: NDArray  # [scope x window, month, sampled]: own, adjacent, same group, strategic


def design(
    counts: ArrayLike,
    captures: pd.DataFrame,
    contiguity: sparse.csr_array,
    presence: NDArray[np.bool_],
    strategic: NDArray[np.bool_],
) -> Design:
    """Select the sample of places and build the windows.

    The sample consists of places with a capture, their neighbours, and as many controls from the places that host any
    group. A control minimises the squared difference in log(1 + homicides) by half-year before the first capture (at
    least a year); later counts are not used. The selection is deterministic; for replicates of the same captures, pass
    their mean counts once.

    Parameters
    ----------
    counts
        Homicides [month, place], persons.
    captures
        One row per capture with `month`, `place` and `group` (indices; group -1 for none).
    contiguity
        Contiguity [place, place].
    presence
        Whether a group is present in a place, [group, place].
    strategic
        Whether a place is a port or border crossing, [place].

    Raises
    ------
    InputError
        If there is no capture, or one lies outside the panel.
    """
    observed = checks.counts(counts, "month", "place")
    months, places = observed.shape
    touching = checks.weights(contiguity, places)
    present, special = checks.flags(presence, -1, places), checks.flags(strategic, places)
    _check_captures(captures, months, places, len(present))
    scopes = _scopes(captures, months, touching, present, special)
    exposed = np.isfinite(np.minimum(scopes["own"], scopes["adjacent"]).min(axis=0))
    sample = np.sort(np.concatenate([np.flatnonzero(exposed), _controls(observed, captures, exposed, present)]))
    windows = {name: _windows(since[:, sample]) for name, since in scopes.items()}
    together = [windows["own"], windows["adjacent"], windows["same_group"]]
    apart = [windows["own"], windows["ordinary"], windows["same_group"], windows["strategic"]]
    return Design(sample, np.concatenate(together), np.concatenate(apart))


def regression(counts: ArrayLike, given: Design) -> pd.DataFrame:
    """Fit negative-binomial regressions with place and month effects.

    The dispersion is estimated by maximum likelihood together with the coefficients. Clustered standard errors are too
    small if `places` is below about 30 (Cameron and Miller 2015); below five they are NaN.

    Returns
    -------
    DataFrame
        A row per scope and window with columns scope, window, irr (incidence rate ratio), low, high (95 %),
        coefficient, se (clustered by place), places (sampled places that are ever in the window), dispersion. An empty
        window is NaN; a window without a homicide has ratio 0.
    """
    observed = checks.counts(counts, "month", "place")[:, given.places]
    together, apart = (two_way.negative_binomial(observed, windows) for windows in (given.together, given.apart))
    coefficient = np.concatenate([together.coefficients, apart.coefficients[-len(WINDOWS) :]])
    variances = np.concatenate([np.diag(together.covariance), np.diag(apart.covariance)[-len(WINDOWS) :]])
    ever = np.concatenate([given.together, given.apart[-len(WINDOWS) :]]).any(axis=1).sum(axis=1)
    error = np.where(ever >= FEWEST, np.sqrt(variances), np.nan)
    return pd.DataFrame(
        {
            **labels(),
            "irr": np.exp(coefficient),
            "low": np.exp(coefficient - NORMAL * error),
            "high": np.exp(coefficient + NORMAL * error),
            "coefficient": coefficient,
            "se": error,
            "places": ever,
            "dispersion": np.repeat([together.dispersion, apart.dispersion], [3 * len(WINDOWS), len(WINDOWS)]),
        }
    )


def ratios(counts: ArrayLike, given: Design, dispersion: float = 0.0) -> NDArray:
    """Incidence rate ratios of `regression` for many replicates, without errors: [replicate, row of `labels`].

    Parameters
    ----------
    counts
        Homicides [replicate, month, place], persons.
    given
        Sample and windows.
    dispersion
        Fixed dispersion. 0 is the pseudo-Poisson estimate, consistent for any dispersion but with more weight on large
        places; with the dispersion of the data the result equals `regression`.
    """
    observed = checks.counts(counts, "replicate", "month", "place")[:, :, given.places]
    together = np.array([two_way.poisson(panel, given.together, dispersion) for panel in observed])
    apart = np.array([two_way.poisson(panel, given.apart, dispersion) for panel in observed])
    return np.exp(np.concatenate([together, apart[:, -len(WINDOWS) :]], axis=1))


def placebo(
    counts: ArrayLike,
    captures: pd.DataFrame,
    contiguity: sparse.csr_array,
    presence: NDArray[np.bool_],
    strategic: NDArray[np.bool_],
    draws: int = 50,
    seed: int = 0,
) -> float:
    """Geometric mean of the ratio `own`, 0-6 months, over captures at random months: about 1 in a sound design.

    Places and groups are kept, months are drawn with at least a year before and after, and the dispersion is that
    estimated with the real dates.
    """
    observed = checks.counts(counts, "month", "place")
    months = len(observed)
    if months <= 2 * YEAR:
        raise InputError(f"the panel has {months} months: a placebo needs more than {2 * YEAR}")
    real = design(observed, captures, contiguity, presence, strategic)
    dispersion = two_way.negative_binomial(observed[:, real.places], real.together).dispersion
    generator = np.random.default_rng(seed)
    logarithms = []
    for _ in range(draws):
        moved = captures.assign(month=generator.integers(YEAR, months - YEAR, len(captures)))
        given = design(observed, moved, contiguity, presence, strategic)
        logarithms.append(two_way.poisson(observed[:, given.places], given.together, dispersion)[0])
    return float(np.exp(np.mean(logarithms)))


def labels() -> dict[str, list[str]]:
    """Scope and window of each row of `regression` and column of `ratios`."""
    scopes = ("own", "adjacent", "same_group", "strategic")
    return {
        "scope": [scope for scope in scopes for _ in WINDOWS],
        "window": [window for _ in scopes for window in WINDOWS],
    }


def _check_captures(captures: pd.DataFrame, months: int, places: int, groups: int) -> None:
    if captures.empty:
        raise InputError("the table of captures has no rows: must have at least one capture")
    for column, first, end in (("month", 0, months), ("place", 0, places), ("group", -1, groups)):
        if column not in captures:
            raise InputError(f"the table of captures has no column {column!r}: must have month, place and group")
        values = captures[column].to_numpy(dtype=float)
        outside = ~((values >= first) & (values < end) & (values % 1 == 0))
        if outside.any():
            row = int(np.flatnonzero(outside)[0])
            raise InputError(
                f"the capture in row {row + 1} has {column} {values[row]:g}: must be a whole number "
                f"from {first} to {end - 1}"
            )


def _scopes(
    captures: pd.DataFrame,
    months: int,
    touching: sparse.csr_array,
    presence: NDArray[np.bool_],
    strategic: NDArray[np.bool_],
) -> dict[str, NDArray]:
    """Months since the latest capture relevant to a place, [month, place] by scope; infinite before the first."""
    places = len(strategic)
    latest = {name: np.full((months, places), -np.inf) for name in ("own", "adjacent", "same_group")}
    clock = np.arange(months, dtype=float)[:, None]
    for month, place, group in captures.sort_values("month")[["month", "place", "group"]].to_numpy(dtype=int):
        neighbours = touching[[place]].tocoo().coords[1]
        elsewhere = presence[group].copy() if group >= 0 else np.zeros(places, bool)
        elsewhere[[place, *neighbours]] = False
        for name, reached in (("own", [place]), ("adjacent", neighbours), ("same_group", np.flatnonzero(elsewhere))):
            latest[name][month:, reached] = month
    since = {name: clock - month for name, month in latest.items()}
    since["ordinary"] = np.where(strategic, np.inf, since["adjacent"])
    since["strategic"] = np.where(strategic, since["adjacent"], np.inf)
    return since


def _windows(since: NDArray) -> NDArray:
    """Indicators [window, month, place] from the months since the latest capture."""
    return np.array([(since >= first) & (since < end) for first, end in WINDOWS.values()], dtype=float)


def _controls(
    counts: NDArray, captures: pd.DataFrame, exposed: NDArray[np.bool_], presence: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Match each exposed place to the unused host with the closest path before the first capture, while any is left."""
    before = min(max(int(captures["month"].to_numpy().min()), YEAR), len(counts))
    path = np.log1p(np.array([part.sum(axis=0) for part in np.array_split(counts[:before], max(before // 6, 1))]))
    hosts = np.flatnonzero(presence.any(axis=0) & ~exposed)
    free = np.ones(len(hosts), bool)
    chosen = []
    for place in sorted(np.flatnonzero(exposed), key=lambda place: (-path[:, place].sum(), place))[: len(hosts)]:
        distance = np.where(free, np.square(path[:, hosts] - path[:, [place]]).sum(axis=0), np.inf)
        best = int(np.argmin(distance))
        free[best] = False
        chosen.append(hosts[best])
    return np.array(chosen, dtype=np.int64)
