"""Territories of groups and their tenure: the series of Coscia and Rios (2012).

*Knowing Where and How Criminal Organizations Operate Using Web Content* (CIKM 2012): groups by municipality and year,
Mexico 1990-2010. Published: any group in 713 of 2,441 municipalities; for the fastest of their clusters of groups,
38.87 new and 22 abandoned municipalities a year and a tenure of 2.86 years.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contagion.errors import InputError
from contagion.inference.estimators import checks


class Territory(NamedTuple):
    """Yearly series of presence, and tenure by group."""

    places: NDArray[np.int64]  # [year], places with any group
    groups: NDArray[np.int64]  # [year], groups present in any place
    new: NDArray[np.int64]  # [year - 1, group], places with the group in a year but not in the previous one
    abandoned: NDArray[np.int64]  # [year - 1, group], places with the group in the previous year but not in this one
    fastest: int  # group with the largest mean number of new places a year
    tenure: NDArray[np.float64]  # [group], years; NaN if no stay began, or none ended


def territory(presence: NDArray[np.bool_]) -> Territory:
    """Compute the series from presence [year, group, place].

    Tenure is the mean length of a stay, that is, of consecutive years of presence. Stays under way in the first year
    are left-truncated and excluded; those under way in the last year are right-censored. With a constant probability of
    ending in each year of a stay, the maximum-likelihood estimate is years at risk divided by the number of ends
    (geometric distribution): a stay of three years that ends contributes three years and one end.
    """
    present = checks.flags(presence, -1, -1, -1)
    if len(present) < 2:
        raise InputError(f"presence covers {len(present)} year: must be two or more")
    later, earlier = present[1:], present[:-1]
    new, abandoned = (later & ~earlier).sum(axis=2), (earlier & ~later).sum(axis=2)
    known = present & (np.cumsum(~present, axis=0) > 0)  # preceded by a year without the group
    at_risk, ends = known[:-1].sum(axis=(0, 2)), (known[:-1] & ~later).sum(axis=(0, 2))
    tenure = np.divide(at_risk, ends, out=np.full(present.shape[1], np.nan), where=ends > 0)
    return Territory(
        places=present.any(axis=1).sum(axis=1),
        groups=present.any(axis=2).sum(axis=1),
        new=new,
        abandoned=abandoned,
        fastest=int(new.mean(axis=0).argmax()),
        tenure=tenure,
    )
