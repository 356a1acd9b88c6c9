"""Where cells go, whom they leave behind, and where groups open."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import FIGHTING

from contagion.kernel.initial import Model, init
from contagion.kernel.processes.entry import entry
from contagion.kernel.processes.relocation import relocation
from contagion.parameters.presets import load_params

COLUMNS = 7  # of the fixture's grid
MIDDLE, WEST, EAST, ELSEWHERE = 17, 16, 18, 38  # west and east are as near to the middle, and do not touch each other
KEYS = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(3), jnp.arange(64))
PARAMS = load_params(**FIGHTING, relocation=0.2, flight=0.0, entry=0.06, rival_aversion=2.0)


@pytest.fixture
def even(region):
    """The same residents and forces everywhere, nobody in any group."""
    places = len(region.population)
    return replace(
        region,
        population=np.full(places, 20_000, np.float32),
        military=np.full(places, 6, np.float32),
        police=np.full(places, 56, np.float32),
        capability=np.full(places, 0.4, np.float32),
        members=0 * region.members,
        hostility=np.where(np.eye(4), 0, 3).astype(np.float32),
    )


def at(region, cells: dict[tuple[int, int], float]):
    """The same with members by (group, place)."""
    members = np.zeros_like(region.members)
    for (group, place), number in cells.items():
        members[group, place] = number
    return replace(region, members=members)


def moved(process, region, params, keys=None, replicates=1):
    """State before and after relocation or entry, and what the process counted."""
    carry, constants = init(Model(region, params, ()), replicates, keys)
    if process is relocation:
        return carry.state, *jax.jit(relocation)(carry.state, constants, params, region, keys)
    return carry.state, *jax.jit(entry)(carry.state, jnp.ones_like(carry.state.shock), params, region, keys)


def test_cells_go_where_their_group_is_strong_rather_than_to_rivals(even):
    """To the west the group holds the ground, to the east a rival: exp(aversion) to the difference in weakness."""
    region = at(even, {(0, MIDDLE): 10, (0, WEST): 500, (1, EAST): 500})
    carry, constants = init(Model(region, PARAMS, ()), 1)
    traced = replace(carry.state, operators=jnp.zeros_like(carry.state.operators).at[MIDDLE, 0].set(10.0))
    after, _ = jax.jit(relocation)(traced, constants, PARAMS, region, None)
    west, east = (float(after.operators[place, 0, 0]) for place in (WEST, EAST))
    hold = float(PARAMS.hold)
    weakness = [hold / (hold + 500), 1.0]
    assert west / east == pytest.approx(np.exp(2 * (weakness[1] - weakness[0])), rel=1e-3)
    assert west > 5 * east > 0


def test_draws_agree_with_the_expectation(even):
    """Of 64 replicates the share that leaves is the expected one; whoever leaves takes all along."""
    region = at(even, {(0, MIDDLE): 10, (0, WEST): 500, (1, EAST): 500})
    _, expected, _ = moved(relocation, region, PARAMS)
    before, drawn, _ = moved(relocation, region, PARAMS, KEYS, 64)
    left = np.asarray(drawn.members)[MIDDLE, 0] < 1
    assert set(np.unique(np.asarray(drawn.members)[MIDDLE, 0] > 9)) == {True, False}
    chance = 1 - float(expected.members[MIDDLE, 0, 0]) / 10
    assert abs(left.mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / 64)
    np.testing.assert_allclose(drawn.members.sum(axis=0), before.members.sum(axis=0), rtol=1e-5)


def test_small_places_are_given_up_before_large_markets(even):
    """1 - exp(-4 mu (1 - market) p^2) leave: by hand for a village and a city."""
    people = even.population.copy()
    people[[MIDDLE, ELSEWHERE]] = 1_000, 1_000_000
    region = at(replace(even, population=people), {(0, MIDDLE): 20, (0, ELSEWHERE): 20})
    before, after, relocated = moved(relocation, region, PARAMS)
    left = 1 - np.asarray(after.members / jnp.maximum(before.members, 1))[[MIDDLE, ELSEWHERE], 0, 0]
    half, weakness = float(PARAMS.market_half), float(PARAMS.hold) / (float(PARAMS.hold) + 20)
    worth = np.array([1_000, 1_000_000]) / (np.array([1_000, 1_000_000]) + half)
    np.testing.assert_allclose(left, 1 - np.exp(-4 * 0.2 * (1 - worth) * weakness**2), rtol=1e-3)
    assert left[0] > 20 * left[1]
    assert relocated[0, 0] == pytest.approx(20 * left.sum(), rel=1e-3)
    assert not relocated[1:].any()


@pytest.mark.parametrize("keys", [None, KEYS], ids=["expected", "drawn"])
def test_groups_open_next_to_their_presence_alone(even, keys):
    """In the eight places around the only one, not in that one nor farther away; nobody is made up."""
    region = at(even, {(0, MIDDLE): 300, (1, ELSEWHERE): 1})  # group 1 has no foothold anywhere
    before, after, entries = moved(entry, region, PARAMS, keys, 1 if keys is None else 64)
    gained = np.asarray(after.members - before.members) > 1e-6
    row, column = np.divmod(np.arange(len(even.population)), COLUMNS)
    around = np.maximum(abs(row - MIDDLE // COLUMNS), abs(column - MIDDLE % COLUMNS)) == 1
    opened = gained.any(axis=2)[:, 0]
    assert np.array_equal(opened, around) if keys is None else opened.any() and not opened[~around].any()
    assert not gained[:, 1:].any()
    assert entries[0].sum() > 0
    assert not entries[1:].any()
    np.testing.assert_allclose(after.members.sum(axis=0), before.members.sum(axis=0), rtol=1e-5)


def test_weakened_rivals_draw_entry(even):
    """Without leaders in the place next door, 1 - exp(-(1 + w) h) in place of 1 - exp(-h)."""
    region = at(even, {(0, MIDDLE): 300, (1, WEST): 300})
    carry, _ = init(Model(region, PARAMS, ()), 1)
    entries = []
    for integrity in (1.0, 0.0):
        state = replace(carry.state, integrity=carry.state.integrity.at[1].set(integrity))
        after, _ = jax.jit(entry)(state, jnp.ones_like(state.shock), PARAMS, region, None)
        entries.append(float(after.members[WEST, 0, 0]))
    chance = 1 - entries[0] / entries[1]
    assert entries[1] > 3 * entries[0] > 0
    assert chance > 0.5
