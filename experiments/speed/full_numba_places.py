"""Processes 2 and 5 to 14 of one replicate in Numba: loops over places, [place, group].

Flows are rows of `by_place` and `by_group`, in the order of `start.BY_PLACE` and `start.BY_GROUP`.
"""

import numba  # pyright: ignore[reportMissingImports]
import numpy as np

fast = numba.njit(fastmath=True, error_model="numpy")
ONE, ZERO, TINY = np.float32(1), np.float32(0), np.float32(1e-20)
THOUSAND, LARGEST, HALF = np.float32(1000), np.float32(10), np.float32(0.5)
HOMICIDES, CONFLICT, CLASH, ABUSES = range(4)
RECRUITS, INCAPACITATED, CONVICTED, KILLED, KILLED_BY_STATE, DROPOUTS = range(6)


@fast
def totals(cells):
    """Sum over places of each group."""
    places, groups = cells.shape
    total = np.zeros(groups, np.float32)
    for place in range(places):
        for group in range(groups):
            total[group] += cells[place, group]
    return total


@fast
def presence(r, s, place):
    """Effective personnel per 1,000 residents."""
    return THOUSAND * (s.military[place] + s.capability[place] * s.police[place]) / r.population[place]


@fast
def forces_and_recruitment(p, r, s, growth, by_group):
    """Adds recruits to `growth`; returns the sum of members times presence, by which arrests are shared."""
    places, groups = s.members.shape
    usual = p.operator_share / (p.operator_share + p.operator_share_half)
    weight = ZERO
    for place in range(places):
        before = presence(r, s, place)
        before = before / (before + p.presence_half)
        s.arrivals[place] *= ONE - ONE / p.clash_weeks
        s.site[place] *= ONE - ONE / p.shock_weeks
        s.capability[place] -= (s.capability[place] - r.settled_capability[place]) / p.capability_weeks
        here = presence(r, s, place)
        after = here / (here + p.presence_half)
        change = (after - s.deterrence[place]) / p.deterrence_weeks + p.rebound * min(after - before, ZERO)
        s.deterrence[place] = min(max(s.deterrence[place] + change, ZERO), ONE)
        rate = p.recruitment / usual * r.vulnerability[place]
        for group in range(groups):
            members, operators = s.members[place, group], s.operators[place, group]
            recruits = rate * members * operators / max(operators + p.operator_share_half * members, TINY)
            by_group[RECRUITS, group] += recruits
            growth[group] += recruits
            s.members[place, group] = members + recruits
            weight += (members + recruits) * here
    return weight


@fast
def losses(p, r, s, everywhere, arrests, by_place, by_group):
    """Arrests, conflict and clashes; returns the members left and those killed in conflict, by group."""
    places, groups = s.members.shape
    country = everywhere.sum()
    far = np.zeros(groups, np.float32)
    for group in range(groups):
        for rival in range(groups):
            shocked = everywhere[rival] * np.exp(min(s.shock[rival], LARGEST))
            far[group] += p.mixing / country * s.hostility[group, rival] * shocked
    left, dead = np.zeros(groups, np.float32), np.zeros(groups, np.float32)
    arrested_of, clashed_of = np.zeros(groups, np.float32), np.zeros(groups, np.float32)
    amplified, exposed = np.empty((2, groups), np.float32), np.empty(groups, np.float32)
    transposed, faced = s.hostility.T.copy(), np.empty(groups, np.float32)  # so that the inner loop runs along rows
    for group in range(groups):
        amplified[0, group] = np.exp(min(s.shock[group], LARGEST))
        amplified[1, group] = np.exp(min(s.shock[group] * (ONE + p.strategic_multiplier), LARGEST))
    for place in range(places):
        here, strategic, present, shaken = presence(r, s, place), int(r.strategic[place]), TINY, ZERO
        for group in range(groups):
            members = s.members[place, group]
            arrested = min(arrests * members * here, members)
            arrested_of[group] += arrested
            s.members[place, group] = members - arrested
            exposed[group] = (members - arrested) * amplified[strategic, group]
            present += members - arrested
            shaken += exposed[group]
        near = (ONE - p.mixing) / present
        deterred = p.deterrence_effect * (s.deterrence[place] - r.settled[place])
        local = country * np.exp(min(s.site[place], LARGEST) - deterred)
        killed_here, members_here, armed = ZERO, ZERO, ZERO
        most = r.room[place] * shaken / present
        faced[:] = ZERO
        for rival in range(groups):
            for group in range(groups):
                faced[group] += transposed[rival, group] * exposed[rival]
        for group in range(groups):
            wanted = r.contact[place] * (near * faced[group] + far[group])
            hazard = local * amplified[strategic, group] * min(wanted, most)
            killed = s.members[place, group] * hazard / (ONE + hazard)
            dead[group] += killed
            killed_here += killed
            s.members[place, group] -= killed
            members_here += s.members[place, group]
            armed += s.operators[place, group]
        armed += members_here
        opposed = p.control_half * (s.military[place] + s.capability[place] * s.police[place])
        wanted = p.clashes * s.arrivals[place] * armed / max(armed + opposed, TINY)
        share = wanted / max(members_here + wanted, TINY)
        for group in range(groups):
            clashed_of[group] += share * s.members[place, group]
            s.members[place, group] *= ONE - share
            left[group] += s.members[place, group]
        s.fought[place], s.clashed[place] = killed_here, share * members_here
        by_place[CONFLICT, place] += killed_here
        by_place[CLASH, place] += share * members_here
    for group in range(groups):
        by_group[INCAPACITATED, group] += arrested_of[group]
        by_group[CONVICTED, group] += (ONE - p.impunity) * arrested_of[group]
        by_group[KILLED, group] += dead[group]
        by_group[KILLED_BY_STATE, group] += clashed_of[group]
    return left, dead


@fast
def saturation_and_operators(p, s, total, growth, by_group):
    """Dropouts, and operators appointed, who grow with their group."""
    places, groups = s.members.shape
    kept, appointed = np.empty(groups, np.float32), np.empty(groups, np.float32)
    for group in range(groups):
        share = min(p.saturation * total[group], ONE)
        by_group[DROPOUTS, group] += share * total[group]
        kept[group], appointed[group] = ONE - share, p.operator_replacement * s.integrity[group]
    for place in range(places):
        for group in range(groups):
            s.members[place, group] *= kept[group]
            usual = p.operator_share * s.members[place, group]
            filled = appointed[group] * max(usual - s.operators[place, group], ZERO)
            s.operators[place, group] = min((ONE + growth[group]) * s.operators[place, group] + filled, usual)


@fast
def homicides_and_memory(p, r, s, shocks, noise, by_place):
    """Expected homicides, counts, and what places remember of them."""
    places = len(r.population)
    factor = np.ones(r.states, np.float32)
    mean_of_log = HALF * (p.national_noise * p.national_noise + p.state_noise * p.state_noise)
    if noise:
        for state in range(r.states):
            level = p.national_noise * shocks[0] + p.state_noise * shocks[1 + state]
            factor[state] = np.exp(level - mean_of_log)
    before = s.retaliation.copy()
    for place in range(places):
        near = ZERO
        for edge in range(r.w_pointers[place], r.w_pointers[place + 1]):
            near += r.w_values[edge] * before[r.w_indices[edge]]
        fought = s.fought[place] + s.clashed[place]
        homicides = r.endemic[place] * (r.population[place] - s.displaced[place]) + fought
        following = p.contagion_channel * (p.retaliation * before[place] + p.spillover * near)
        homicides += following
        if noise:
            mean = (homicides - following) * factor[r.state[place]] + following
            if p.dispersion > ZERO:
                mean *= np.float32(np.random.gamma(ONE / p.dispersion, p.dispersion))  # noqa: NPY002
            homicides = np.float32(np.random.poisson(mean))  # noqa: NPY002
        abuses = p.abuses * (s.military[place] + (ONE - s.capability[place]) * s.police[place])
        by_place[HOMICIDES, place] += homicides
        by_place[ABUSES, place] += abuses
        s.retaliation[place] = before[place] + (homicides - before[place]) / p.retaliation_weeks
        trust = ONE / (ONE + r.per_trust[place] * s.retaliation[place] + r.per_abuse[place] * abuses)
        s.trust[place] += (trust - s.trust[place]) / p.trust_weeks
        displaced = s.displaced[place] * (ONE - ONE / p.return_weeks) + p.displacement * fought
        s.displaced[place] = min(displaced, r.population[place])
        s.recent[place] += (homicides - s.recent[place]) / p.recording_weeks


@fast
def attribution(p, s, killed, noise):
    """Killings as an authority attributes them to groups."""
    guesses = totals(s.members)
    for group in range(len(guesses)):
        guess = np.float32(np.random.standard_exponential()) if noise else ONE  # noqa: NPY002
        guesses[group] = guess if guesses[group] > ZERO else ZERO
    share = p.attribution_error * killed.sum() / max(guesses.sum(), TINY)
    for group in range(len(guesses)):
        seen = (ONE - p.attribution_error) * killed[group] + share * guesses[group]
        s.attributed[group] += (seen - s.attributed[group]) / p.recording_weeks
