"""I1 and I7: one municipality without ranks is the national law, to first order in the step."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from conftest import make_region
from scipy.integrate import solve_ivp

from contagion.config import load_params
from contagion.ensemble import Model, ensemble
from contagion.state import Region

RHO, ETA, THETA, OMEGA = 2.527474e-3, 110.0, 1.549231e-8, 4e-8
NO_RANKS = dict(operator_share_half=0.0, deterrence_effect=0.0)
MEMBERS = 115_000  # 2012


def one_place(hostility: np.ndarray, members: np.ndarray) -> Region:
    """All groups in one municipality that touches no other."""
    nowhere = np.zeros(0, np.int32)
    places = make_region()
    by_place = {
        name: np.asarray(getattr(places, name))[:1]
        for name in ("military", "police", "capability", "strategic", "easting", "northing", "state")
    }
    return replace(
        places,
        **by_place,
        population=np.float32([1.17e8]),
        homicides=np.float32([1e5]),  # room for any conflict the law asks for
        vulnerability=np.float32([1]),
        members=members[:, None].astype(np.float32),
        hostility=hostility.astype(np.float32),
        neighbours=np.zeros((1, 1), np.int32),
        weights=np.zeros((1, 1), np.float32),
        tail_place=nowhere,
        tail_neighbour=nowhere,
        tail_weight=nowhere.astype(np.float32),
        states=1,
    )


def solution(hostility: np.ndarray, members: np.ndarray, weeks: int) -> np.ndarray:
    """Members by group at the end, by an independent integration in float64."""

    def law(_, c):
        return c * (RHO - ETA / c.sum() - THETA * hostility @ c - OMEGA * c)

    return solve_ivp(law, (0, weeks), members, rtol=1e-10, atol=1e-8).y[:, -1]


def simulated(region: Region, weeks: int, **changes):
    """Flows of the last week and stocks at its end, one replicate without noise."""
    model = Model(region, load_params(**NO_RANKS | changes), ())
    flows, stocks = list(ensemble(model, [(0, weeks - 1), (weeks - 1, weeks)], 1, 0, deterministic=True))[-1]
    return jax.tree.map(np.asarray, (flows, stocks))


def assert_obeys(hostility: np.ndarray, members: np.ndarray, weeks: int):
    flows, stocks = simulated(one_place(hostility, members), weeks)
    before, after = solution(hostility, members, weeks - 1), solution(hostility, members, weeks)
    np.testing.assert_allclose(stocks.members_of_group[:, 0].sum(), after.sum(), rtol=5e-3)
    np.testing.assert_allclose(flows.recruits.sum(), RHO * before.sum(), rtol=5e-3)
    np.testing.assert_allclose(flows.incapacitated.sum(), ETA, rtol=1e-4)
    np.testing.assert_allclose(flows.killed.sum(), THETA * before @ hostility @ before, rtol=5e-3)
    np.testing.assert_allclose(flows.dropouts.sum(), OMEGA * (before**2).sum(), rtol=5e-3)
    large = after > 0.01 * after.sum()
    np.testing.assert_allclose(stocks.members_of_group[large, 0], after[large], rtol=1e-2)


def test_one_place_without_ranks_is_the_national_law():
    """Twelve groups with a made-up K, ten years."""
    generator = np.random.default_rng(4)
    hostility = generator.gamma(1, 0.3, (12, 12))
    np.fill_diagonal(hostility, 0)
    ranks = 1 / np.arange(1, 13)
    assert_obeys(hostility, MEMBERS * ranks / ranks.sum(), 522)


@pytest.mark.parametrize("weeks", [522, 783])
def test_the_published_groups_obey_the_national_law(weeks, public_files):
    """The 150 groups of the paper to 2022 and 2027, against the same integration and its published level."""
    hostility, members = published_groups(public_files)
    assert_obeys(hostility, members, weeks)
    flows, stocks = simulated(one_place(hostility, members), weeks)
    expected_members, expected_deaths = {522: (173_837, 124.3), 783: (213_745, 169.4)}[weeks]
    np.testing.assert_allclose(stocks.members_of_group.sum(), expected_members, rtol=5e-3)
    np.testing.assert_allclose(flows.killed.sum(), expected_deaths, rtol=5e-3)


def published_groups(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """K and C(0) of Prieto-Curiel, Campedelli and Hope (Science 2023) from the public files."""
    names = ("Nodes", "Rivals", "Alliances")
    nodes, rivals, allies = (pd.read_csv(folder / f"BACRIM2020_{name}.csv", encoding="utf-8-sig") for name in names)
    index = pd.Index(nodes["Node"])

    def weights(edges: pd.DataFrame) -> np.ndarray:
        matrix = np.zeros((len(index), len(index)))
        for node, other, weight in zip(edges["Node"], edges["RNode"], edges["weight"], strict=True):
            matrix[index.get_loc(node), index.get_loc(other)] = weight  # the last row of a pair wins
        return np.maximum(matrix, matrix.T)

    rivalry, alliance = weights(rivals), weights(allies)
    assert ((rivalry > 0).sum() // 2, (alliance > 0).sum() // 2) == (92, 91)
    hostility = (rivalry + 1) / (alliance.sum(axis=1, keepdims=True) + 1)
    np.fill_diagonal(hostility, 0)
    order = np.argsort(-(rivalry + alliance).sum(axis=1), kind="stable")
    members = np.empty(len(index))
    members[order] = 1 / np.arange(1, len(index) + 1)
    return hostility, MEMBERS * members / members.sum()


def test_halving_the_step_halves_the_error():
    """I7: the deterministic result converges at first order. A half step has half of every rate."""
    generator = np.random.default_rng(4)
    hostility = generator.gamma(1, 3.0, (6, 6))
    np.fill_diagonal(hostility, 0)
    members = MEMBERS * np.arange(1, 7) / 21
    fast = 8  # times the national rates, so that the error stands above float32

    def law(_, c):
        return fast * c * (RHO - ETA / c.sum() - THETA * hostility @ c - OMEGA * c)

    exact = solve_ivp(law, (0, 104), members, rtol=1e-11, atol=1e-8).y[:, -1].sum()
    errors = []
    with jax.enable_x64(True):
        for parts in (1, 2, 4):
            share = fast / parts
            params = load_params(**NO_RANKS, recruitment=share * RHO, incapacitation=share * ETA)
            params = replace(params, conflict=jnp.float64(share * THETA), saturation=jnp.float64(share * OMEGA))
            region = jax.tree.map(
                lambda leaf: leaf.astype(np.float64) if leaf.dtype.kind == "f" else leaf, one_place(hostility, members)
            )
            params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), params)
            (_, stocks) = list(ensemble(Model(region, params, ()), [(0, 104 * parts)], 1, 0, deterministic=True))[-1]
            errors.append(float(stocks.members_of_group.sum()) - exact)
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.1)
