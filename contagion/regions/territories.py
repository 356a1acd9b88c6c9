"""Schematic groups: their territories and rivalries. All numbers are *assumed*."""

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

RIVAL, NEUTRAL, ALLIED = 3.0, 1.0, 0.3  # relative hostility, assumed
FREE = 2  # slots reserved for splinter groups, if there are at least four slots
PRESENCE = 0.36  # share of places with any group, assumed
CONTESTED = 0.5  # share of these places with two or more groups, assumed


def slots(groups: int) -> tuple[int, tuple[str, ...]]:
    """Number of slots that hold a group at the start, and the names of all slots."""
    active = groups - FREE if groups >= 4 else groups
    names = [f"Group {number + 1}" for number in range(active)]
    return active, (*names, *free_names(groups - active))


def free_names(count: int) -> tuple[str, ...]:
    """Names of slots reserved for splinter groups."""
    return tuple(f"Free slot {number + 1}" for number in range(count))


def sizes(active: int, groups: int) -> NDArray:
    """Share of all members by slot, proportional to 1 / rank; zero in free slots."""
    ranks = 1 / np.arange(1, active + 1)
    return np.concatenate([ranks / ranks.sum(), np.zeros(groups - active)])


def hostility(groups: int) -> NDArray:
    """Fixed pattern of rivals, neutrals and allies [group, group], symmetric with zero diagonal."""
    first, second = np.indices((groups, groups))
    pattern = np.array([RIVAL, NEUTRAL, ALLIED])[(first + second) % 3]
    np.fill_diagonal(pattern, 0.0)
    return pattern


def smooth_field(points: NDArray, length_km: float, generator: np.random.Generator) -> NDArray:
    """Gaussian random field of unit variance and correlation exp(-(d / length)^2 / 2), from 64 random waves."""
    waves = generator.normal(size=(2, 64)) / length_km
    return np.sqrt(2 / 64) * np.cos(points @ waves + generator.uniform(0, 2 * np.pi, 64)).sum(axis=1)


def spread(points: NDArray, count: int) -> NDArray:
    """Indices of `count` points by farthest-point sampling, starting from the most central one."""
    chosen = [int(np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1)))]
    distance = np.full(len(points), np.inf)
    for _ in range(min(count, len(points)) - 1):
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
        chosen.append(int(np.argmax(distance)))
    return np.resize(chosen, count)


def discs(points: NDArray, population: NDArray, groups: int, total: float) -> NDArray:
    """Members [group, place] of groups in overlapping discs around distant homes, decreasing outwards.

    Parameters
    ----------
    points
        Coordinates [place, 2], km.
    population
        Residents [place], persons.
    groups
        Number of group slots.
    total
        Members of all groups, persons.
    """
    active, _ = slots(groups)
    homes = points[spread(points, active)]
    distance = np.linalg.norm(points - homes[:, None], axis=2)
    radius = np.quantile(distance, min(1.0, 1.2 / active), axis=1, keepdims=True)
    presence = np.clip(1 - distance / np.maximum(radius, 1e-9), 0, 1) + (distance == 0)
    weight = np.zeros((groups, len(points)))
    weight[:active] = presence * (population + 1)
    return _shared_out(weight, total * sizes(active, groups))


def cores(
    points: NDArray,
    population: NDArray,
    state: NDArray,
    touching: NDArray,
    score: NDArray,
    groups: int,
    total: float,
    generator: np.random.Generator,
) -> NDArray:
    """Members [group, place] of groups with a core of several states and less presence elsewhere.

    Parameters
    ----------
    points
        Coordinates [place, 2], km.
    population
        Residents [place], persons.
    state
        Index of the state of each place, [place].
    touching
        Contiguity of states, [state, state].
    score
        Value of each place to any group, [place].
    groups
        Number of group slots.
    total
        Members of all groups, persons.
    generator
        Source of randomness.
    """
    active, _ = slots(groups)
    states = len(touching)
    centres = np.array([points[state == index].mean(axis=0) for index in range(states)])
    hops = sparse.csgraph.shortest_path(sparse.csr_array(touching), unweighted=True)
    homes = spread(centres, active)
    affinity = np.empty((active, len(points)))
    for group, home in enumerate(homes):
        away = np.linalg.norm(centres - centres[home], axis=1)
        # States are added in order of hops from home, so the core is connected.
        core = np.lexsort((away, hops[home]))[: max(3, round(9 / np.sqrt(group + 1)))]
        affinity[group] = -hops[core].min(axis=0)[state] + 0.8 * smooth_field(points, 150.0, generator)
    held = score >= np.quantile(score, 1 - PRESENCE)
    level = np.searchsorted(np.quantile(score[held], [1 - CONTESTED, 1 - CONTESTED / 4]), score, side="right")
    order = np.argsort(np.argsort(-affinity, axis=0), axis=0)
    present = held & (order <= level)
    present[np.arange(active), np.argmax(np.where(held, affinity, -np.inf), axis=1)] = True
    weight = np.zeros((groups, len(points)))
    weight[:active] = present * population**0.6 * np.exp(affinity)
    return _shared_out(weight, total * sizes(active, groups))


def _shared_out(weight: NDArray, totals: NDArray) -> NDArray:
    """Distribute the total of each group over places in proportion to weights; a group without weights gets 0."""
    sums = weight.sum(axis=1, keepdims=True)
    return np.divide(weight, sums, out=np.zeros_like(weight), where=sums > 0) * totals[:, None]
