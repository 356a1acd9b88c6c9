"""Figures of how groups come to other places: process 11."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from paper import BLACK, BLUE, GREEN, ORANGE, RED, Size, dress, keys, lattice, legend, mark, run, scene, sheet

from contagion.kernel.numerics.sums import over_groups
from contagion.kernel.processes.entry import entry, present
from contagion.kernel.processes.relocation import EVERY, relocation

# Compiled as a whole, a process costs less than operation by operation.
_entry, _relocation = (jax.jit(process) for process in (entry, relocation))


def relocations(size: Size) -> Figure:
    """Who leaves, and where the cell of one place would go."""
    figure, axes = sheet(3, widths=(1, 1.2, 1.2))
    given = scene(size, size.points)
    place = given.centre()
    own = np.geomspace(1, 1000, size.points)
    for rivals, colour in ((0.0, BLUE), (100.0, ORANGE), (500.0, RED)):
        members = jnp.zeros_like(given.state.members).at[place, 1].set(rivals)
        members = members.at[place, 0].set(jnp.asarray(own, jnp.float32))
        region = replace(given.region, population=np.full_like(given.region.population, 5000.0))
        _, moved = _relocation(replace(given.state, members=members), given.constants, given.params, region, None)
        rate = -np.log1p(-np.asarray(moved[0]) / own) / EVERY * 52
        axes[0].plot(own, rate, color=colour, label=f"{rivals:.0f}")
    axes[0].set(xscale="log")
    dress(axes[0], "Hazard that a cell leaves", "its members S", "a year, place of 5,000 residents", zero=True)
    legend(axes[0], "rivals there")

    one = scene(size)
    place = one.centre()
    lattice(axes[1], over_groups(one.state.members[:, 1:])[:, 0], "Rivals around", "members of other groups", 0)
    state = replace(one.state, members=one.state.members.at[:, 0].set(0).at[place, 0].set(100.0))
    after, _ = _relocation(state, one.constants, replace(one.params, flight=jnp.float32(0.1)), one.region, None)
    gained = np.asarray(after.members - state.members)[:, 0, 0]
    share = np.where(np.arange(len(gained)) == place, 0, gained) / max(-gained[place], 1e-9)
    lattice(
        axes[2], np.where(share > 0, 100 * share, np.nan), "Where those who leave go", "% of them", 0, None, "magma_r"
    )
    for panel in axes[1:]:
        mark(panel, place, one.side, RED)
    return figure


def entries(size: Size) -> Figure:
    """Where a group is, where it opens next, and what leaderless groups invite."""
    figure, axes = sheet(3, widths=(1.2, 1.2, 1))
    given = scene(size)
    here = np.asarray(present(given.state, given.params))[:, 0, 0]
    lattice(axes[0], np.where(here > 0, np.asarray(given.state.members)[:, 0, 0], np.nan), "Present", "members", 0)
    opened = _opened(size)
    opened = 100 * np.where((here > 0) | (opened == 0), np.nan, opened)
    lattice(axes[1], opened, "Opened within a year", "% of runs", 0, None, "magma_r")
    integrity = np.linspace(0, 1, size.points)
    for weakness, colour in ((0.0, BLUE), (3.0, BLACK), (10.0, RED)):
        many = scene(size, size.points, entry_weakness=weakness)
        lost = jnp.broadcast_to(jnp.asarray(integrity, jnp.float32), many.state.integrity.shape)
        state = replace(many.state, integrity=lost)
        opened = _entry(state, jnp.ones_like(state.shock), many.params, many.region, None)[1][0]
        yearly = np.asarray(opened) * 52 / EVERY
        axes[2].plot(integrity, yearly, color=colour, label=f"{weakness:g}")
    dress(axes[2], "Places opened a year", "leadership L of those there", "expected", zero=True)
    legend(axes[2], "weakness w")
    return figure


def _opened(size: Size) -> np.ndarray:
    """Share of runs in which the first group came to a place within a year, by entry alone."""
    given = scene(size, size.replicates, drawn=True)
    start = state = given.state
    usual = jnp.ones_like(state.shock)
    for decision in range(52 // EVERY):
        state, _ = _entry(state, usual, given.params, given.region, keys(decision, size.replicates))
    return np.asarray((state.members[:, 0] > start.members[:, 0]).mean(axis=1))


def channels(size: Size) -> Figure:
    """Places with a group, who moved and where groups opened, with each of the three channels off."""
    figure, axes = sheet(3)
    count = max(4, size.replicates // 8)
    cases = {
        "all three": ({}, BLACK, "-"),
        "no contagion": (dict(contagion_channel=0.0), BLUE, "--"),
        "no relocation": (dict(relocation_channel=0.0), GREEN, "-"),
        "no entry": (dict(entry_channel=0.0), ORANGE, ":"),
    }
    for name, (changes, colour, dashes) in cases.items():
        given = scene(size, count, drawn=True, **changes)
        series, _ = run(given, size.weeks, seed=2)
        held = (series["members"] >= float(given.params.foothold)).any(axis=2)
        axes[0].plot(held.sum(axis=1).mean(axis=1), dashes, color=colour, label=name)
        for panel, flow in zip(axes[1:], ("relocated_flow", "entries_flow"), strict=True):
            panel.plot(series[flow].sum(axis=1).mean(axis=1).cumsum(), dashes, color=colour, label=name)
    dress(axes[0], "Places with any group", "week", "places, mean of runs")
    legend(axes[0])
    dress(axes[1], "Members who moved so far", "week", "persons", zero=True)
    dress(axes[2], "Places opened so far", "week", "by any group", zero=True)
    return figure
