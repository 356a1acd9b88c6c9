"""Groups of Mexico: members by reported events, and who fights whom."""

import numpy as np
import pandas as pd
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from contagion.regions import territories
from contagion.regions.kinds.mexico_records import NO_GROUP, hand_coded

OTHER = "Other groups"  # slot shared by all groups without their own slot


def place_members(
    events: pd.DataFrame,
    codes: pd.Index,
    touching: sparse.csr_array,
    centres: NDArray,
    scale: float,
    groups: int,
    total: float,
    power: float,
    spread: float,
) -> tuple[NDArray, tuple[str, ...]]:
    """Members [group, place] in proportion to reported events, and the names of the slots.

    Parameters
    ----------
    events
        Reported events, one per row: code of the place, actor.
    codes
        Codes of all places.
    touching
        Contiguity [place, place].
    centres, scale
        As for `attributed`.
    groups
        Number of slots.
    total
        Members of all groups, persons.
    power
        Members of a group in a place are proportional to its events there to this power.
    spread
        Share of members in places next to reported ones.
    """
    named = events.actor[~events.actor.isin(NO_GROUP)].value_counts()
    largest = list(named.index[: territories.slots(groups)[0] - 1])
    slot = events.actor.where(events.actor.isin([*largest, *NO_GROUP]), OTHER)
    slot = slot.where(~slot.isin(NO_GROUP), "")
    active = [*largest, OTHER]
    counts = pd.crosstab(slot, events.code).reindex(index=[*active, ""], columns=codes, fill_value=0)
    weight = attributed(counts.loc[active].to_numpy(float), counts.loc[""].to_numpy(float), centres, scale)
    weight = np.where(weight > 0, weight**power, 0.0)
    # Presence next to reported places: spread evenly from each place to its neighbours.
    around = (touching.T @ (weight / touching.sum(axis=1)).T).T
    weight = (1 - spread) * weight + spread * around
    free = groups - len(active)
    members = np.vstack([total * weight / weight.sum(), np.zeros((free, len(codes)))])
    return members, (*active, *territories.free_names(free))


def attributed(named: NDArray, unnamed: NDArray, centres: NDArray, scale: float) -> NDArray:
    """Events [group, place], with unattributed events distributed over the groups named in the same place (*assumed*).

    If none is named there, they are distributed over the groups named around, by exp(-distance / scale), and if none is
    named at all they go to the last slot.

    Parameters
    ----------
    named
        Events that name a group, [group, place].
    unnamed
        Events that name no group, [place].
    centres
        Easting and northing of places, km [place, 2].
    scale
        Length of the decay, km.
    """
    total = named.sum(axis=0)
    apart = cdist(centres[total > 0], centres[total == 0])
    nearest = apart.min(axis=0, keepdims=True, initial=np.inf)  # which keeps the exponentials of far places from 0
    around = named[:, total > 0] @ np.exp((nearest - apart) / scale)
    counts = named.copy()
    counts[:, total == 0] = around
    counts[-1] += not total.any()
    return named + unnamed * counts / counts.sum(axis=0)


def hostility(names: tuple[str, ...]) -> NDArray:
    """Relative hostility [group, group] from the table of rivalries and alliances; neutral otherwise."""
    frame = pd.DataFrame(territories.NEUTRAL, names, names)
    level = {"rivals": territories.RIVAL, "allied": territories.ALLIED}
    for group, other, relation in hand_coded("relations.csv", {}).itertuples(index=False):
        if group in names and other in names:
            frame.loc[group, other] = frame.loc[other, group] = level[relation]
    matrix = frame.to_numpy(copy=True)
    np.fill_diagonal(matrix, 0.0)
    return matrix
