"""Figures of what happens within groups: processes 3 to 7, 9 and 10."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from paper import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    RED,
    Scene,
    Size,
    dress,
    keys,
    lattice,
    legend,
    mark,
    run,
    scene,
    sheet,
)

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.sums import exchanged, over_groups, over_places, totals_of
from contagion.kernel.processes.conflict import conflict
from contagion.kernel.processes.fragmentation import fragmentation
from contagion.kernel.processes.incapacitation import exposed, incapacitation
from contagion.kernel.processes.intensity import contagion
from contagion.kernel.processes.leadership import leadership as lead
from contagion.kernel.processes.memory import deploy
from contagion.kernel.processes.recruitment import recruitment
from contagion.kernel.processes.saturation import saturated
from contagion.parameters.presets import load_params

# Compiled as a whole, a process costs less than operation by operation.
_conflict, _recruitment, _incapacitation, _deploy, _lead = (
    jax.jit(process) for process in (conflict, recruitment, incapacitation, deploy, lead)
)


@jax.jit
def _split(state, params, region, drawn):
    """The state after splits, and these."""
    after, _, happened, _ = fragmentation(state, totals_of(state), params, region, drawn)
    return after, happened


EVENT = 8  # week of what is done to a group


def leadership(size: Size) -> Figure:
    """Integrity and shock of the largest group after four kinds of removal, and homicides everywhere."""
    cases = {
        "capture": (dict(removal=0.8), BLUE, "-"),
        "killing": (dict(removal=0.8, killing=1.0), RED, "-"),
        "sweep of 50 %": (dict(sweep=0.5), GREEN, "-"),
        "sweep of 95 %": (dict(sweep=0.95), ORANGE, "-"),
        "sweep of 95 % and capture": (dict(removal=0.8, sweep=0.95), BLACK, "--"),
    }
    given = scene(size, 1 + len(cases))
    groups = given.state.shock.shape[0]

    def struck(name: str) -> np.ndarray:
        """Of the first group; the first replicate is left alone."""
        values = np.zeros((groups, 1 + len(cases)), np.float32)
        values[0, 1:] = [case.get(name, 0.0) for case, _, _ in cases.values()]
        return values

    removal, killing, sweep = (jnp.asarray(struck(name)) for name in ("removal", "killing", "sweep"))
    acts = Controls(removal=removal, killing=killing, sweep=sweep)
    series, _ = run(given, size.weeks // 2, lambda week: acts if week == EVENT else Controls())
    figure, axes = sheet(3)
    homicides = series["homicides_flow"].sum(axis=1)
    weeks = np.arange(len(homicides))
    for number, (name, (_, colour, dashes)) in enumerate(cases.items(), 1):
        style = dict(color=colour, linestyle=dashes, linewidth=1.5)
        axes[0].plot(weeks, series["integrity"][:, 0, number], **style)
        axes[1].plot(weeks, series["shock"][:, 0, number], label=name, **style)
        axes[2].plot(weeks, 100 * (homicides[:, number] / homicides[:, 0] - 1), **style)
    dress(axes[0], "Leadership integrity L", "week", "share", zero=True)
    dress(axes[1], "Succession shock X", "week", "log", zero=True)
    axes[1].set_ylim(top=1.15 * axes[1].get_ylim()[1])
    legend(axes[1], where="upper right")
    dress(axes[2], "Homicides against baseline", "week", "%")
    axes[2].axhline(0, color=BLACK, linewidth=0.6)
    return figure


def splits(size: Size) -> Figure:
    """Hazard of a split, a split on a map, and splits after a capture with and without a sweep before it."""
    figure, axes = sheet(3, widths=(1, 1.05, 1))
    left = np.linspace(0, 1, size.points)
    for operators, colour in ((200.0, RED), (20.0, ORANGE), (2.0, BLUE)):
        given = scene(size, size.points, split_operators_half=100.0)
        total = given.state.operators.sum(axis=0)[0]
        state = replace(
            given.state,
            integrity=jnp.broadcast_to(jnp.asarray(left, jnp.float32), given.state.integrity.shape),
            operators=given.state.operators * operators / total,
        )
        expected = _split(state, given.params, given.region, None)[1]
        axes[0].plot(left, 52 * np.asarray(expected[0]), color=colour, label=f"{operators:.0f}")
    dress(axes[0], "Splits of a group", "leadership integrity L", "expected a year", zero=True)
    legend(axes[0], "operators O")

    given = scene(size, size.replicates, drawn=True, split_hazard=1.0, split_hazard_headless=0.0)
    after, happened = _split(given.state, given.params, given.region, keys(4, size.replicates))
    first = int(np.argmax(np.asarray(happened[0])))
    before = np.asarray(given.state.members[:, 0, first])
    gone = 1 - np.asarray(after.members[:, 0, first]) / np.where(before > 0, before, 1)
    lattice(axes[1], np.where(before > 0, gone, np.nan), "Who goes", "share of members", 0, 1, "cividis")

    captured = {
        "nothing": ((), BLACK),
        "capture": (("removal",), RED),
        "sweep, then capture": (("sweep", "removal"), BLUE),
    }
    sizes = dict(sweep=0.95, removal=0.8)
    given = scene(size, size.replicates, drawn=True, split_operators_half=20.0)
    largest = jnp.zeros((given.state.shock.shape[0], 1)).at[0].set(1)
    for name, (what, colour) in captured.items():

        def act(week: int, what=what) -> Controls:
            due = {"sweep": week == EVENT, "removal": week == EVENT + 2}
            sweep, removal = (sizes[key] * largest * (due[key] and key in what) for key in due)
            return Controls(sweep=sweep, removal=removal)

        series, _ = run(given, size.weeks // 2, act, seed=1)
        axes[2].plot(100 * series["splits_flow"][:, 0].mean(axis=1).cumsum(), color=colour, label=name)
    dress(axes[2], "Splits so far", "week", "per 100 runs", zero=True)
    axes[2].set_ylim(top=1.35 * axes[2].get_ylim()[1])
    legend(axes[2], where="upper left")
    return figure


def recruits(size: Size) -> Figure:
    """Quality of recruitment by the share of operators, and members after sweeps."""
    figure, axes = sheet(2)
    share = np.linspace(0, 0.16, size.points)
    for half, colour in ((0.01, BLUE), (0.04, BLACK), (0.15, ORANGE)):
        given = scene(size, size.points, operator_share_half=half)
        state = replace(given.state, operators=given.state.members * jnp.asarray(share, jnp.float32))
        _, joined = _recruitment(state, Controls().ranked(state.shock.dtype), given.params, given.region)
        quality = np.asarray(joined.sum(axis=(0, 1)) / (given.params.recruitment * state.members.sum(axis=(0, 1))))
        axes[0].plot(share, quality, color=colour, label=f"{half:g}")
    axes[0].axvline(float(given.params.operator_share), color=BLACK, linewidth=0.6, linestyle=":")
    axes[0].text(float(given.params.operator_share) + 0.002, 0.05, "usual share x*", size=7.5)
    dress(axes[0], "Quality of recruitment Q", "operators per member O/S", "relative to usual", zero=True)
    legend(axes[0], "half quality x₀", "upper left")
    swept = (0.0, 0.5, 0.95)
    given = scene(size, len(swept))
    acts = Controls(sweep=jnp.broadcast_to(jnp.asarray(swept, jnp.float32), given.state.shock.shape))
    series, _ = run(given, size.weeks, lambda week: acts if week == EVENT else Controls())
    members = series["members"].sum(axis=(1, 2))
    for number, (part, colour) in enumerate(zip(swept, (BLACK, GREEN, RED), strict=True)):
        axes[1].plot(members[:, number] / members[0, 0], color=colour, label=f"{part:.0%}")
    dress(axes[1], "Members after a sweep of all groups", "week", "relative to the start")
    legend(axes[1], "operators swept")
    return figure


def arrests(size: Size) -> Figure:
    """Arrests go where forces are; the national number stays."""
    given = scene(size)
    row, column = np.divmod(np.arange(given.side**2), given.side)
    corner = (row < given.side // 3) & (column < given.side // 3)
    troops = Controls(military=jnp.asarray(4e-3 * given.region.population * corner, jnp.float32)[:, None])
    figure, axes = sheet(3, widths=(1.1, 1.1, 1))
    members = np.asarray(over_groups(given.state.members))[:, 0]
    taken = _arrested(given, troops)
    highest = max(float((each / members).max()) for each in taken)
    names = ("Before", "Troops in the corner")
    for panel, values, title in zip(axes, taken, names, strict=False):
        label = "arrests per 1,000 members and week"
        lattice(panel, 1000 * values / members, title, label, 0, 1000 * highest, "magma_r")
    below = np.zeros(2)
    for where, colour, name in ((~corner, "#9e9e9e", "elsewhere"), (corner, RED, "in the corner")):
        persons = np.array([values[where].sum() for values in taken])
        axes[2].bar(("before", "troops there"), persons, bottom=below, color=colour, width=0.6, label=name)
        below = below + persons
    dress(axes[2], "Arrests", "", "persons a week", zero=True)
    axes[2].set_ylim(top=1.3 * below.max())
    legend(axes[2], where="upper center")
    return figure


def _arrested(given: Scene, troops: Controls) -> list[np.ndarray]:
    """Persons arrested in each place in a week, at the start and with troops."""
    found = []
    for controls in (Controls(), troops):
        full = controls.ranked(given.state.shock.dtype)
        state = _deploy(given.state, full, given.region, given.params)
        total = over_places(exposed(state, full, given.region))
        after, _ = _incapacitation(state, total, full, given.params, given.region)
        found.append(np.asarray(over_groups(state.members - after.members))[:, 0])
    return found


def fighting(size: Size) -> Figure:
    """Fighting against shock and deterrence, and where it rises after a capture."""
    figure, axes = sheet(3, widths=(1, 1, 1.15))
    shock = np.linspace(0, 1, size.points)
    given = scene(size, size.points)

    def killed(given, state, region=None) -> np.ndarray:
        return _killed(given, state, region or given.region)

    usual = killed(given, given.state)
    everyone = jnp.broadcast_to(jnp.asarray(shock, jnp.float32), given.state.shock.shape)
    alone = everyone * (jnp.arange(everyone.shape[0]) == 0)[:, None]
    ports = replace(given.region, strategic=np.ones_like(given.region.strategic))
    centre = int(np.argmax(usual[:, 0]))
    for name, values, region, colour in (
        ("one side", alone, given.region, BLUE),
        ("both sides", everyone, given.region, RED),
        ("one side, at a port", alone, ports, BLACK),
    ):
        state = replace(given.state, shock=values)
        dashes = "--" if region is ports else "-"
        axes[0].plot(shock, killed(given, state, region)[centre] / usual[centre], dashes, color=colour, label=name)
    dress(axes[0], "Fighting in one place", "succession shock X", "relative to no shock", zero=True)
    legend(axes[0], "shock of")
    change = np.linspace(-0.5, 0.5, size.points)
    for effect, colour in ((1.5, BLUE), (0.6, BLACK), (-0.3, RED)):
        held = scene(size, size.points, deterrence_effect=effect)
        moved = held.state.deterrence + jnp.asarray(change, jnp.float32)
        fought = killed(held, replace(held.state, deterrence=moved))
        axes[1].plot(change, fought[centre] / usual[centre], color=colour, label=f"{effect:g}")
    dress(axes[1], "Fighting and presence", "change of deterrence D", "relative to the start", zero=True)
    legend(axes[1], "effect ψ")
    one = scene(size, change=lambda region: replace(region, strategic=_corner_port(region)))
    place = int(np.argmax(killed(one, one.state)[:, 0] * np.asarray(one.state.members[:, 0, 0])))
    acts = Controls(
        removal=jnp.zeros((one.state.shock.shape[0], 1)).at[0].set(0.8),
        site=jnp.zeros((len(one.region.population), 1)).at[place].set(0.8),
    )
    states = [
        _lead(
            one.state,
            jnp.ones_like(one.state.shock),
            one.state.operators.sum(axis=0),
            act.ranked(one.state.shock.dtype),
            one.params,
        )
        for act in (Controls(), acts)
    ]
    fought = [killed(one, state)[:, 0] for state in states]
    ratio = np.where(fought[0] > 1e-6, fought[1] / np.maximum(fought[0], 1e-6), np.nan)
    lattice(
        axes[2],
        ratio,
        "A capture in the white frame",
        "fighting, relative to before",
        1,
        float(np.nanmax(ratio)),
        "magma_r",
    )
    mark(axes[2], place, one.side, "white")
    return figure


def _killed(given: Scene, state, region) -> np.ndarray:
    """Those killed in conflict in a week, [place, replicate]."""
    nothing, everywhere = Controls().ranked(state.shock.dtype), state.members.sum(axis=0)
    usual = jnp.ones_like(everywhere)
    _, dead = _conflict(state, everywhere, usual, given.constants, nothing, given.params, region)
    return np.asarray(over_groups(dead))


def _corner_port(region) -> np.ndarray:
    """A few ports along the edge below."""
    side = round(len(region.population) ** 0.5)
    strategic = np.zeros_like(region.strategic)
    strategic[-side // 2 - 1 :: 2] = 1
    return strategic


def contact(size: Size) -> Figure:
    """The start: room for conflict, losses per member, and what recorded homicides are made of."""
    given = scene(size, change=_rates_differ)
    state, region, params = given.state, given.region, given.params
    recorded = np.asarray(region.homicides, float)
    spread = np.asarray(contagion(state.retaliation, params, region))[:, 0]
    floor = float(params.endemic_floor) * recorded
    room = np.maximum(recorded - spread - floor, 0)
    killed = _killed(given, state, region)[:, 0]
    fought = float(given.constants.per_casualty[0]) * killed
    members = np.asarray(over_groups(state.members))[:, 0]
    contested = fought > 1e-7
    figure, axes = sheet(3)
    axes[0].plot([1e-5, 10], [1e-5, 10], color=BLACK, linewidth=0.7)
    axes[0].plot(room[contested], fought[contested], ".", color=RED, markersize=4, alpha=0.7)
    axes[0].set(xscale="log", yscale="log", xlim=(room[contested].min() / 2, room.max() * 2))
    axes[0].set_ylim(fought[contested].min() / 2, fought.max() * 4)
    dress(axes[0], "None starts above its room", "room, homicides a week", "conflict, homicides a week")
    axes[1].plot(members[contested], 5200 * killed[contested] / members[contested], ".", color=BLUE, markersize=4)
    axes[1].set(xscale="log")
    dress(axes[1], "Size does not decide", "members of the place", "killed per 100 members and year", zero=True)
    order = np.argsort(recorded)[:: max(1, len(recorded) // 24)]
    near = float(params.spillover) * np.asarray(exchanged(region, state.retaliation))[:, 0]
    parts = {
        "endemic": (np.asarray(given.constants.endemic)[:, 0] * region.population, "#bdbdbd"),
        "retaliation": (float(params.retaliation) * recorded, ORANGE),
        "spillover": (near, GREEN),
        "conflict": (fought, RED),
    }
    below = np.zeros(len(order))
    for name, (values, colour) in parts.items():
        height = values[order] / recorded[order]
        axes[2].bar(np.arange(len(order)), height, bottom=below, color=colour, width=0.9, label=name)
        below = below + height
    axes[2].axhline(1, color=BLACK, linewidth=0.7)
    dress(axes[2], "Homicides at the start", "places, by recorded homicides", "share of those recorded", zero=True)
    axes[2].set(xticks=[], ylim=(0, 1.75))
    legend(axes[2], where="upper right")
    return figure


def _rates_differ(region):
    """Homicide rates that differ between places, as they do."""
    factor = np.random.default_rng(1).lognormal(-0.3, 0.8, len(region.population))
    return replace(region, homicides=(region.homicides * factor).astype(np.float32))


def dropouts(size: Size) -> Figure:
    """Who leaves large groups, and what that does in twenty years."""
    figure, axes = sheet(2)
    sizes = np.linspace(0, 40_000, size.points)
    given = scene(size, size.points)
    params = load_params()  # of the nation, as published
    total = given.state.members.sum(axis=0)[0]
    state = replace(given.state, members=given.state.members * jnp.asarray(sizes, jnp.float32) / total)
    everywhere = state.members.sum(axis=0)
    left = saturated(everywhere, params) * everywhere
    axes[0].plot(sizes / 1000, 52 * np.asarray(left[0]) / np.maximum(sizes, 1) * 100, color=BLACK)
    dress(axes[0], "Members who leave", "size of the group, thousand members", "% a year", zero=True)
    for factor, colour, name in ((1.0, BLACK, "ω as published"), (0.0, RED, "ω = 0")):
        one = scene(size, relocation_channel=0.0, entry_channel=0.0, absorption=0.0)
        one = replace(one, params=replace(one.params, saturation=factor * one.params.saturation))
        series, _ = run(one, 5 * size.weeks)
        members = series["members"][:, :, :, 0].sum(axis=1)
        years = np.arange(len(members)) / 52
        axes[1].plot(years, members[:, 0] / members[0, 0], color=colour, label=f"largest group, {name}")
        axes[1].plot(years, members[:, 3] / members[0, 3], ":", color=colour, label=f"smallest, {name}")
    dress(axes[1], "Members", "years", "relative to the start", zero=True)
    legend(axes[1])
    return figure


def operators(size: Size) -> Figure:
    """How a swept middle layer fills again, with and without leaders, and what becomes of leaders."""
    cases = {"sweep of 50 %": (0.5, 0, GREEN), "sweep of 95 %": (0.95, 0, BLUE), "… and captures": (0.95, 1, RED)}
    given = scene(size, len(cases))
    values = np.array([(swept, captured * 0.8) for swept, captured, _ in cases.values()], np.float32).T
    sweep, removal = (jnp.broadcast_to(jnp.asarray(each), given.state.shock.shape) for each in values)

    def act(week: int) -> Controls:
        captures = week >= EVENT and (week - EVENT) % 13 == 0
        return Controls(sweep=sweep if week == EVENT else 0.0, removal=removal if captures else 0.0)

    series, _ = run(given, size.weeks, act)
    share = series["operators"].sum(axis=1)[:, 0] / series["members"].sum(axis=1)[:, 0]
    figure, axes = sheet(2)
    for number, (name, (_, _, colour)) in enumerate(cases.items()):
        axes[0].plot(share[:, number], color=colour, label=name)
        axes[1].plot(series["integrity"][:, 0, number], color=colour, label=name)
    usual = float(given.params.operator_share)
    axes[0].axhline(usual, color=BLACK, linewidth=0.6, linestyle=":")
    dress(axes[0], "Operators per member, largest group", "week", "O/S", zero=True)
    legend(axes[0], where="lower right")
    dress(axes[1], "Leadership integrity L", "week", "share", zero=True)
    return figure
