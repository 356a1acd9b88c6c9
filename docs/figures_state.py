"""Figures of what the state does and sees, and of what people remember: processes 1, 2, 8 and 14."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from paper import BLACK, BLUE, GREEN, ORANGE, RED, Size, dress, keys, legend, run, scene, sheet

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.sums import over_groups
from contagion.kernel.processes.clashes import criminal_control
from contagion.kernel.processes.memory import annual_rate, attributed, completeness, guesses


def seen(size: Size) -> Figure:
    """What is recorded of homicides, and to whom killings are attributed."""
    figure, axes = sheet(2)
    given = scene(size)
    place = given.centre()
    rates = np.linspace(0, 400, size.points)
    for half, colour in ((2000, BLUE), (400, BLACK), (100, RED)):
        params = replace(given.params, reporting_half=jnp.float32(half))
        weekly = rates * given.region.population[place] / 52.1775e5
        happened = jnp.zeros((len(given.region.population), len(rates))).at[place].set(jnp.asarray(weekly, jnp.float32))
        recorded = annual_rate(happened * completeness(happened, 0 * happened, params, given.region), given.region)
        axes[0].plot(rates, np.asarray(recorded)[place], color=colour, label=f"{half}")
    axes[0].plot(rates, rates, color=BLACK, linewidth=0.6, linestyle=":")
    dress(axes[0], "Homicides on record", "homicides per 100,000 and year", "recorded per 100,000 and year", zero=True)
    legend(axes[0], "half of reporting", "upper left")
    many = scene(size, size.replicates, drawn=True)
    killings = np.array([4.0, 2.0, 1.0, 0.5, 0.0, 0.0])[:, None] * np.ones(size.replicates)
    drawn = guesses(many.state.members.sum(axis=0), keys(9, size.replicates))
    for number, (error, colour) in enumerate(((0.0, BLACK), (0.3, BLUE), (0.6, ORANGE))):
        params = replace(many.params, attribution_error=jnp.float32(error))
        found = np.asarray(attributed(jnp.asarray(killings, jnp.float32), drawn, params))[:4]
        low, middle, high = np.quantile(found, [0.05, 0.5, 0.95], axis=1)
        at = np.arange(4) + 0.22 * (number - 1)
        axes[1].vlines(at, low, high, color=colour, linewidth=1.6, alpha=0.6)
        axes[1].plot(at, middle, "o", color=colour, markersize=4, label=f"{error:.0%}")
    axes[1].set(xticks=range(4), xticklabels=[f"Group {number}" for number in range(1, 5)])
    dress(axes[1], "Killings in a week as attributed", "", "persons, 90 % of weeks", zero=True)
    legend(axes[1], "error")
    return figure


def presence(size: Size) -> Figure:
    """Deterrence and homicides after troops come and go, under three rebounds and three effects."""
    figure, axes = sheet(3)
    arrival, leaving, weeks = size.weeks // 16, size.weeks * 3 // 8, size.weeks * 3 // 4

    def course(**changes) -> dict[str, np.ndarray]:
        given = scene(size, clashes=0.0, **changes)
        troops = Controls(military=jnp.asarray(6e-3 * given.region.population, jnp.float32)[:, None])
        return run(given, weeks, lambda week: troops if arrival <= week < leaving else Controls())[0]

    usual = run(scene(size, clashes=0.0), weeks)[0]["homicides_flow"][:, :, 0].sum(axis=1)
    for rebound, colour in ((-0.2, BLUE), (0.1, BLACK), (0.5, RED)):
        series = course(rebound=rebound)
        axes[0].plot(series["deterrence"][:, 0, 0], color=colour, label=f"{rebound:g}")
        axes[1].plot(series["homicides_flow"][:, :, 0].sum(axis=1) / usual, color=colour, label=f"{rebound:g}")
    for effect, colour in ((1.5, BLUE), (0.6, BLACK), (-0.3, RED)):
        series = course(deterrence_effect=effect)
        axes[2].plot(series["homicides_flow"][:, :, 0].sum(axis=1) / usual, color=colour, label=f"{effect:g}")
    for panel in axes:
        panel.axvspan(arrival, leaving, color="#f0f0f0", linewidth=0)
    dress(axes[0], "Deterrence D, troops in grey", "week", "share", zero=True)
    legend(axes[0], "rebound", "upper right")
    dress(axes[1], "Homicides, by rebound", "week", "relative to no troops")
    legend(axes[1], "rebound")
    dress(axes[2], "Homicides, by effect ψ", "week", "relative to no troops")
    legend(axes[2], "effect ψ")
    return figure


def arrival(size: Size) -> Figure:
    """Clashes and complaints after an arrival of troops under two rules of force."""
    figure, axes = sheet(3)
    cases = {"law enforcement": (0.0, BLUE), "half way": (0.5, ORANGE), "hostilities": (1.0, RED)}
    given = scene(size, len(cases))
    troops = jnp.asarray(4e-3 * given.region.population, jnp.float32)[:, None]
    acts = Controls(military=troops, force=jnp.asarray([[force for force, _ in cases.values()]]))
    series, _ = run(given, size.weeks // 2, lambda week: acts if week >= size.weeks // 16 else Controls())
    residents = float(given.region.population.sum())
    military = series["military"].sum(axis=1)[:, 0]
    axes[0].plot(military / residents * 1000, color=BLACK, label="there")
    axes[0].plot(series["arrivals"].sum(axis=1)[:, 0] / residents * 1000, color=GREEN, label="new to the place A")
    dress(axes[0], "Military", "week", "per 1,000 residents", zero=True)
    legend(axes[0], where="center right")
    yearly = 52.1775e5 / residents
    for number, (name, (_, colour)) in enumerate(cases.items()):
        clashes = series["clash_homicides_flow"][:, :, number].sum(axis=1)
        complaints = series["abuses_flow"][:, :, number].sum(axis=1)
        axes[1].plot(yearly * clashes, color=colour, label=name)
        axes[2].plot(yearly * complaints, color=colour, label=name)
    dress(axes[1], "Killed in clashes", "week", "per 100,000 and year", zero=True)
    legend(axes[1], "rules of force")
    dress(axes[2], "Complaints about abuse", "week", "per 100,000 and year", zero=True)
    return figure


def people(size: Size) -> Figure:
    """Trust, displacement and criminal control."""
    figure, axes = sheet(3)
    start, end = size.weeks // 8, size.weeks * 3 // 8
    for name, colour, war, troops in (
        ("war", RED, True, False),
        ("troops", BLUE, False, True),
        ("both", BLACK, True, True),
    ):
        given = scene(size)
        sent = jnp.asarray(4e-3 * given.region.population, jnp.float32)[:, None]

        def act(week: int, war=war, troops=troops, sent=sent) -> Controls:
            under_way = start <= week < end
            return Controls(hostility=3.0 if war and under_way else 1.0, military=sent if troops and under_way else 0.0)

        series, _ = run(given, size.weeks, act)
        people = np.asarray(given.region.population, float)
        axes[0].plot(series["trust"][:, :, 0] @ people / people.sum(), color=colour, label=name)
        axes[1].plot(series["displaced"][:, :, 0].sum(axis=1), color=colour, label=name)
    for panel in axes[:2]:
        panel.axvspan(start, end, color="#f0f0f0", linewidth=0)
    dress(axes[0], "Trust T, residents' mean", "week", "share")
    legend(axes[0], "a year of")
    dress(axes[1], "Displaced U", "week", "persons", zero=True)
    forces = np.linspace(0, 8, size.points)
    given = scene(size, size.points, control_half=1.0)
    residents = given.region.population[:, None]
    state = replace(
        given.state, military=residents * jnp.asarray(forces, jnp.float32) / 1000, police=0 * given.state.police
    )
    for half, colour in ((0.3, RED), (1.0, BLACK), (3.0, GREEN)):
        params = replace(given.params, control_half=jnp.float32(half))
        share = np.asarray(criminal_control(state, jnp.ones_like(state.shock), params))
        armed = np.asarray(over_groups(state.members))[:, 0] > 0
        axes[2].plot(forces, 100 * share[armed].mean(axis=0), color=colour, label=f"{half:g}")
    dress(axes[2], "Criminal control of places", "effective personnel per 1,000", "% of residents", zero=True)
    legend(axes[2], "half control at")
    return figure
