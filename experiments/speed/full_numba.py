"""The full model without interventions in Numba: replicates over threads, each with its own arrays [place, group].

A replicate runs through all weeks by itself, so that what it holds stays in the cache of one core; loops over places
are fused between the sums over places that separate them. Random numbers from the Mersenne Twister of each thread.
"""

from collections import namedtuple

import numba  # pyright: ignore[reportMissingImports]
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from contagion.kernel.processes.relocation import EVERY
from contagion.kernel.units import WEEKS_OF_YEAR
from experiments.speed import full_numba_moves as moves
from experiments.speed import full_numba_places as places
from experiments.speed.full_numba_places import ONE, fast
from experiments.speed.start import BY_GROUP, BY_PLACE, Start

NUMBERS = (
    "abuses", "attribution_error", "capability_weeks", "clash_weeks", "clashes", "contagion_channel", "control_half",
    "deterrence_effect", "deterrence_weeks", "dispersion", "displacement", "entry", "entry_channel", "entry_share",
    "entry_weakness", "flight", "force_aversion", "foothold", "hold", "impunity", "incapacitation",
    "leadership_recovery", "mixing", "national_noise", "noise_persistence", "operator_replacement", "operator_share",
    "operator_share_half", "operators_half", "presence_half", "rebound", "recording_weeks", "recruitment", "relocation",
    "relocation_channel", "retaliation", "retaliation_weeks", "return_weeks", "rival_aversion", "saturation",
    "shock_weeks", "spillover", "split_hazard", "split_hazard_headless", "split_hostility", "split_operators_half",
    "split_share", "state_noise", "strategic_multiplier", "trust_weeks",
)  # fmt: skip
# `cut` is where a split divides a territory; `worth` the attraction of a place; per_trust and per_abuse turn events a
# week into shares of trust; w_ and k_ are the sparse matrices P and K.
Numbers = namedtuple("Numbers", (*NUMBERS, "cut"))
Places = namedtuple(
    "Places",
    (
        "population", "settled_capability", "vulnerability", "strategic", "easting", "northing", "state", "contact",
        "room", "endemic", "settled", "worth", "per_trust", "per_abuse", "reach", "founders", "states",
        "w_pointers", "w_indices", "w_values", "k_pointers", "k_indices", "k_values",
    ),
)  # fmt: skip
STATE = (
    "members", "operators", "integrity", "shock", "hostility", "parent", "site", "retaliation", "military", "police",
    "arrivals", "capability", "deterrence", "trust", "displaced", "recent", "attributed",
)  # fmt: skip
State = namedtuple("State", (*STATE, "fought", "clashed"))


@fast
def one_replicate(p, r, s, weeks, noise, by_place, by_group):
    """All weeks of one replicate; adds to the flows `by_place` and `by_group` in the order of their names."""
    shocks = np.zeros(1 + r.states, np.float32)
    if noise:
        for index in range(len(shocks)):
            shocks[index] = np.random.normal()  # noqa: NPY002
    for week in range(weeks):
        operators = places.totals(s.operators)
        for group in range(len(operators)):
            recovery = p.leadership_recovery * operators[group] / (operators[group] + p.operators_half)
            s.integrity[group] += recovery * (ONE - s.integrity[group])
            s.shock[group] *= ONE - ONE / p.shock_weeks
        everywhere = places.totals(s.members)
        moves.fragmentation(p, r, s, operators, noise, by_group)
        growth = np.zeros_like(everywhere)
        weight = places.forces_and_recruitment(p, r, s, growth, by_group)
        growth /= np.maximum(everywhere, ONE)
        arrests = p.incapacitation / max(weight, ONE)
        members, killed = places.losses(p, r, s, everywhere, arrests, by_place, by_group)
        places.saturation_and_operators(p, s, members, growth, by_group)
        if week % EVERY == EVERY - 1:
            moves.relocation(p, r, s, noise, by_group)
            moves.entry(p, r, s, noise, by_group)
        if noise:
            fresh = np.sqrt(ONE - p.noise_persistence * p.noise_persistence)
            for index in range(len(shocks)):
                shocks[index] = p.noise_persistence * shocks[index] + fresh * np.float32(np.random.normal())  # noqa: NPY002
        places.homicides_and_memory(p, r, s, shocks, noise, by_place)
        places.attribution(p, s, killed, noise)


@numba.njit(parallel=True, fastmath=True, error_model="numpy")
def all_replicates(p, r, s, weeks, replicates, noise, seed):
    """Flows summed over weeks: [replicate, flow, place] and [replicate, flow, group]."""
    count, groups = s.members.shape
    by_place = np.zeros((replicates, 4, count), np.float32)
    by_group = np.zeros((replicates, 11, groups), np.float32)
    for replicate in numba.prange(replicates):
        np.random.seed(seed + replicate)  # noqa: NPY002
        own = State(
            s.members.copy(), s.operators.copy(), s.integrity.copy(), s.shock.copy(), s.hostility.copy(),
            s.parent.copy(), s.site.copy(), s.retaliation.copy(), s.military.copy(), s.police.copy(),
            s.arrivals.copy(), s.capability.copy(), s.deterrence.copy(), s.trust.copy(), s.displaced.copy(),
            s.recent.copy(), s.attributed.copy(), s.fought.copy(), s.clashed.copy(),
        )  # fmt: skip
        one_replicate(p, r, own, weeks, noise, by_place[replicate], by_group[replicate])
    return by_place, by_group


def run(start: Start, replicates: int, weeks: int, seed: int = 0, noise: bool = True) -> dict[str, NDArray]:
    """As `full_numpy.run`; without `noise` the deterministic mode."""
    region, given = start.region, start.numbers
    population = np.asarray(region.population)
    numbers = Numbers(
        *(np.float32(getattr(given, name)) for name in NUMBERS), cut=np.float32(ndtri(1 - given.split_share))
    )
    rate = WEEKS_OF_YEAR * 1e5 / population
    static = Places(
        population=population,
        settled_capability=region.capability,
        vulnerability=region.vulnerability,
        strategic=np.asarray(region.strategic) > 0,
        easting=region.easting,
        northing=region.northing,
        state=region.province,
        contact=start.contact,
        room=start.room,
        endemic=start.endemic,
        settled=start.settled,
        worth=(population / (population + given.market_half)).astype(np.float32),
        per_trust=(rate / given.trust_half).astype(np.float32),
        per_abuse=(rate / given.abuse_half).astype(np.float32),
        reach=start.reach,
        founders=np.asarray(region.members).sum(axis=1) > 0,
        states=region.provinces,
        w_pointers=start.exchange.indptr,
        w_indices=start.exchange.indices,
        w_values=start.exchange.data,
        k_pointers=start.closeness.indptr,
        k_indices=start.closeness.indices,
        k_values=start.closeness.data,
    )
    values = {name: np.ascontiguousarray(start.state[name].T) for name in ("members", "operators")}
    values = {name: values.get(name, np.ascontiguousarray(start.state[name])) for name in STATE}
    state = State(**values, fought=np.zeros_like(population), clashed=np.zeros_like(population))
    by_place, by_group = all_replicates(numbers, static, state, weeks, replicates, noise, seed)
    flows = {name: by_place[:, index].T for index, name in enumerate(BY_PLACE)}
    return flows | {name: by_group[:, index].T for index, name in enumerate(BY_GROUP)}
