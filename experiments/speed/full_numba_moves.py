"""Processes 4 and 11 of one replicate in Numba: only cells that split, move or open are touched one by one."""

import numpy as np

from contagion.kernel.processes.fragmentation import EDGE as BORDER
from contagion.kernel.processes.fragmentation import SMALLEST_KM
from contagion.kernel.processes.relocation import EVERY
from experiments.speed.full_numba_places import ONE, TINY, ZERO, fast, totals

RELOCATED, ENTRIES, SPLITS, BLOCKED = 7, 8, 9, 10
PERIOD, EDGE, NARROWEST = np.float32(EVERY), np.float32(BORDER), np.float32(SMALLEST_KM)
CIRCLE = np.float32(2 * np.pi)


@fast
def first_event(hazard, noise):
    """Hazards become 1 for the group to which the one event falls, 0 for others; chances without noise."""
    if not noise:
        for group in range(len(hazard)):
            hazard[group] = -np.expm1(-hazard[group])
        return
    total = hazard.sum()
    chance = -np.expm1(-total)
    uniform = np.float32(np.random.random())  # noqa: NPY002
    point = uniform * total / max(chance, TINY) if uniform < chance else total
    below = ZERO
    for group in range(len(hazard)):
        above = below + hazard[group]
        hazard[group] = ONE if below <= point < above and uniform < chance else ZERO
        below = above


@fast
def fragmentation(p, r, s, operators, noise, by_group):
    """Splits of groups."""
    members = totals(s.members)
    groups = len(members)
    splits, slots = np.zeros(groups, np.float32), np.zeros(groups, np.float32)
    for group in range(groups):
        headless = (ONE - s.integrity[group]) * operators[group] / (operators[group] + p.split_operators_half)
        splits[group] = (p.split_hazard + p.split_hazard_headless * headless) if members[group] >= ONE else ZERO
    first_event(splits, noise)
    free = ZERO
    if noise:
        if splits.max() == ZERO:
            return
        for group in range(groups):
            if members[group] < ONE and free == ZERO:
                slots[group], free = ONE, ONE
                s.parent[group] = np.argmax(splits)
    else:
        founders = max(np.float32(r.founders.sum()), ONE)
        usual = p.split_share * (members * r.founders).sum() / founders
        for group in range(groups):
            if r.founders[group]:
                continue
            splits[group] = ZERO
            slots[group] = min(max(ONE - members[group] / max(usual, ONE), ZERO), ONE)
        free = slots.max()
        slots /= max(slots.sum(), TINY)
    for group in range(groups):
        by_group[BLOCKED, group] += (ONE - free) * splits[group]
        splits[group] *= free
        by_group[SPLITS, group] += splits[group]
    if free > ZERO:
        divide(p, s, splits, slots, members, side(p, r, s, splits, noise))


@fast
def side(p, r, s, splits, noise):
    """Share of the members in each place who go."""
    places = len(s.members)
    portion = np.full(places, p.split_share, np.float32)
    if not noise:
        return portion
    group = np.argmax(splits)
    angle = CIRCLE * np.float32(np.random.random())  # noqa: NPY002
    along = r.easting * np.cos(angle) + r.northing * np.sin(angle)
    weight = s.members[:, group] / max(s.members[:, group].sum(), ONE)
    along = along - (weight * along).sum()
    spread = np.sqrt((weight * along * along).sum())
    if spread > NARROWEST:
        for place in range(places):
            portion[place] = ONE / (ONE + np.exp(-(along[place] / spread - p.cut) / EDGE))
    return portion


@fast
def divide(p, s, splits, slots, before, portion):
    """The portion of a group that splits goes to its slot, with its hostilities."""
    places, groups = s.members.shape
    joined = np.zeros(groups, np.float32)
    for place in range(places):
        gone, gone_operators = ZERO, ZERO
        for group in range(groups):
            leaving = splits[group] * portion[place]
            joined[group] += leaving * s.members[place, group]
            gone += leaving * s.members[place, group]
            gone_operators += leaving * s.operators[place, group]
            s.members[place, group] *= ONE - leaving
            s.operators[place, group] *= ONE - leaving
        for group in range(groups):
            s.members[place, group] += slots[group] * gone
            s.operators[place, group] += slots[group] * gone_operators
    arrived = slots * joined.sum()
    new = arrived / np.maximum(before + arrived, ONE)
    origin = joined / max(joined.sum(), TINY)
    s.integrity[:] += new * (ONE - s.integrity)
    s.shock[:] += new * ((origin * s.shock).sum() - s.shock)
    towards = np.zeros(groups, np.float32)
    against = np.zeros(groups, np.float32)
    for group in range(groups):
        for rival in range(groups):
            towards[group] += origin[rival] * s.hostility[rival, group]
            against[group] += s.hostility[group, rival] * origin[rival]
        towards[group] += origin[group] * p.split_hostility
        against[group] += origin[group] * p.split_hostility
    for group in range(groups):
        for rival in range(groups):
            old = s.hostility[group, rival]
            moved = old + new[group] * (towards[rival] - old) + new[rival] * (against[group] - old)
            s.hostility[group, rival] = ZERO if group == rival else moved


@fast
def relocation(p, r, s, noise, by_group):
    """Cells under pressure move to neighbouring places; scores are computed where somebody might go."""
    places, groups = s.members.shape
    weakness, leaves = np.empty_like(s.members), np.empty_like(s.members)
    transposed, against = s.hostility.T.copy(), np.empty(groups, np.float32)
    for place in range(places):
        flight = p.flight * max(s.deterrence[place] - r.settled[place], ZERO)
        against[:] = p.hold
        for rival in range(groups):
            for group in range(groups):
                against[group] += transposed[rival, group] * s.members[place, rival]
        for group in range(groups):
            weak = against[group] / (against[group] + s.members[place, group])
            hazard = PERIOD * p.relocation_channel * (p.relocation * (ONE - r.worth[place]) * weak * weak + flight)
            weakness[place, group] = weak
            leaves[place, group] = hazard if s.members[place, group] > ZERO else ZERO
        first_event(leaves[place], noise)
    arriving, arriving_operators = np.zeros_like(s.members), np.zeros_like(s.members)
    score = np.empty(places, np.float32)
    for place in range(places):
        for group in range(groups):
            share = leaves[place, group]
            if share == ZERO:
                continue
            choices = ZERO
            first, last = r.k_pointers[place], r.k_pointers[place + 1]
            for edge in range(first, last):
                other = r.k_indices[edge]
                averse = p.force_aversion * s.deterrence[other] + p.rival_aversion * weakness[other, group]
                score[edge - first] = r.k_values[edge] * r.worth[other] * np.exp(-averse)
                choices += score[edge - first]
            if choices <= ZERO:
                continue
            gone, gone_operators = share * s.members[place, group], share * s.operators[place, group]
            by_group[RELOCATED, group] += gone
            for edge in range(first, last):
                going = score[edge - first] / choices
                arriving[r.k_indices[edge], group] += going * gone
                arriving_operators[r.k_indices[edge], group] += going * gone_operators
            s.members[place, group] -= gone
            s.operators[place, group] -= gone_operators
    for place in range(places):
        for group in range(groups):
            s.members[place, group] += arriving[place, group]
            s.operators[place, group] += arriving_operators[place, group]


@fast
def entry(p, r, s, noise, by_group):
    """Groups open next to where they are; the places around send their share."""
    places, groups = s.members.shape
    opens = np.zeros_like(s.members)
    for place in range(places):
        members, leaderless = ZERO, ZERO
        for group in range(groups):
            members += s.members[place, group]
            leaderless += (ONE - s.integrity[group]) * s.members[place, group]
            for edge in range(r.k_pointers[place], r.k_pointers[place + 1]):
                opens[place, group] += r.k_values[edge] * (s.members[r.k_indices[edge], group] >= p.foothold)
        weak = leaderless / members if members > ZERO else ZERO
        chance = PERIOD * p.entry_channel * p.entry * r.worth[place] * (ONE + p.entry_weakness * weak)
        for group in range(groups):
            opens[place, group] *= chance / r.reach[place]
            if s.members[place, group] >= p.foothold:
                opens[place, group] = ZERO
        first_event(opens[place], noise)
    sent, arriving, arriving_operators = np.zeros_like(opens), np.zeros_like(opens), np.zeros_like(opens)
    for place in range(places):
        for group in range(groups):
            opened = p.entry_share * opens[place, group]
            by_group[ENTRIES, group] += opens[place, group]
            if opened == ZERO:
                continue
            for edge in range(r.k_pointers[place], r.k_pointers[place + 1]):
                other = r.k_indices[edge]
                share = opened * r.k_values[edge] / r.reach[other]
                sent[other, group] += share
                arriving[place, group] += share * s.members[other, group]
                arriving_operators[place, group] += share * s.operators[other, group]
    for place in range(places):
        for group in range(groups):
            kept = ONE - min(sent[place, group], ONE)
            s.members[place, group] = kept * s.members[place, group] + arriving[place, group]
            s.operators[place, group] = kept * s.operators[place, group] + arriving_operators[place, group]
