"""Groups of Mexico: members by reported events, and who fights whom."""

import numpy as np
import pandas as pd
import scipy.sparse as sparse
from numpy.typing import NDArray

from contagion.regions import territories
from contagion.regions.kinds.mexico_records import NO_GROUP, hand_coded

OTHER = "Other groups"  # slot shared by all groups without their own slot


def place_members(
    events: pd.DataFrame,
    codes: pd.Index,
    touching: sparse.csr_array,
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
    weight = attributed(counts.loc[active].to_numpy(float), counts.loc[""].to_numpy(float), codes.str[:2].to_numpy())
    weight = np.where(weight > 0, weight**power, 0.0)
    # Presence next to reported places: spread evenly from each place to its neighbours.
    around = (touching.T @ (weight / touching.sum(axis=1)).T).T
    weight = (1 - spread) * weight + spread * around
    free = groups - len(active)
    members = np.vstack([total * weight / weight.sum(), np.zeros((free, len(codes)))])
    return members, (*active, *territories.free_names(free))


def attributed(named: NDArray, unnamed: NDArray, state: NDArray) -> NDArray:
    """Events [group, place], with unattributed events distributed over the groups named in the same place (*assumed*).

    If none is named there, they are attributed to the group named most often in the state; if none is named in the
    state, to the last slot.

    Parameters
    ----------
    named
        Events that name a group, [group, place].
    unnamed
        Events that name no group, [place].
    state
        State labels [place].
    """
    total = named.sum(axis=0)
    share = np.divide(named, total, out=np.zeros_like(named), where=total > 0)
    for label in pd.unique(state):
        mine = state == label
        most = named[:, mine].sum(axis=1)
        share[np.argmax(most) if most.any() else -1, mine & (total == 0)] = 1.0
    return named + share * unnamed


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
