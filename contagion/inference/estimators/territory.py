"""Where groups are, and for how long: the series of Coscia and Rios (2012).

*Knowing Where and How Criminal Organizations Operate Using Web Content* (CIKM 2012): groups by municipality and year,
Mexico 1990-2010. Published: some group in 713 of 2,441 municipalities; 38.87 new and 22 abandoned a year, and 2.86
years of tenure, for the fastest of their clusters of groups.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contagion.errors import InputError
from contagion.inference.estimators import checks


class Territory(NamedTuple):
    """What changes hands."""

    places: NDArray[np.int64]  # [year], places with any group
    groups: NDArray[np.int64]  # [year], groups that are anywhere
    new: NDArray[np.int64]  # [year - 1, group], places present in a year and not in the one before
    abandoned: NDArray[np.int64]  # [year - 1, group], places present in the year before and not in this one
    fastest: int  # group with the most places won a year on average
    tenure: NDArray[np.float64]  # [group], years; NaN where no stay began or all go on


def territory(presence: NDArray[np.bool_]) -> Territory:
    """The series of presence [year, group, place].

    Tenure is the mean length of a stay, years present in a row. The first year of the panel hides when a stay began,
    the last one when it will end: stays under way in the first year are left out, and those going on in the last one
    count as censored. With the same chance of an end in each year of a stay, the estimate is years at risk over ends
    (maximum likelihood of the geometric law): a stay of three years that ends counts three years and one end.
    """
    present = checks.flags(presence, -1, -1, -1)
    if len(present) < 2:
        raise InputError(f"Presence covers {len(present)} year; changes need two or more.")
    later, earlier = present[1:], present[:-1]
    new, abandoned = (later & ~earlier).sum(axis=2), (earlier & ~later).sum(axis=2)
    known = present & (np.cumsum(~present, axis=0) > 0)  # some year without the group came before
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
