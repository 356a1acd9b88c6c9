"""Figures of the week and of counts: time step, intensity, shared noise, counts (processes 12 and 13)."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from paper import BLACK, BLUE, GREEN, ORANGE, PALE, RED, Size, dress, keys, lattice, legend, mark, run, scene, sheet
from scipy import stats
from scipy.integrate import solve_ivp

from contagion.kernel.controls import Controls
from contagion.kernel.numerics.count_sampling import counts
from contagion.kernel.processes.memory import remember
from contagion.kernel.processes.shared_noise import first_noise, next_noise, shared_shock

# Compiled as a whole, a process costs less than operation by operation.
_counts, _next_noise, _shared_shock = (jax.jit(process) for process in (counts, next_noise, shared_shock))


def convergence(size: Size) -> Figure:
    """Members against an independent integration, by the length of the step.

    Everything off but recruitment, arrests, conflict and saturation: in each place the national law. A step of n weeks
    has n times each rate.
    """
    off = ("contagion_channel", "relocation_channel", "entry_channel", "operator_share_half", "split_hazard",
           "split_hazard_headless", "clashes", "deterrence_effect", "command_effect", "absorption")  # fmt: skip
    given = scene(size, **dict.fromkeys(off, 0.0))
    start = np.asarray(given.state.members[:, :, 0], float)
    contact, room = (np.asarray(getattr(given.constants, name), float) for name in ("contact", "room"))
    mixing = float(given.params.mixing)
    hostility = np.asarray(given.state.hostility[:, :, 0], float)
    recruitment, incapacitation, saturation = (
        float(getattr(given.params, name)) for name in ("recruitment", "incapacitation", "saturation")
    )

    def law(_, flat):
        s = flat.reshape(start.shape)
        rate = recruitment - incapacitation / s.sum() - saturation * s.sum(axis=0)
        met = (1 - mixing) * s / s.sum(axis=1, keepdims=True) + mixing * s.sum(axis=0) / s.sum()
        return (s * (rate - s.sum() * np.minimum(contact * (met @ hostility.T), room))).ravel()

    weeks = 16 * (size.weeks // 4)
    exact = solve_ivp(law, (0, weeks), start.ravel(), t_eval=np.arange(1, weeks + 1), rtol=1e-8, atol=1e-8).y.sum(
        axis=0
    )
    figure, axes = sheet(2)
    lengths, errors = (8, 4, 2, 1), []
    for length, colour in zip(lengths, (RED, ORANGE, BLUE, BLACK), strict=True):
        rates = {name: getattr(given.params, name) * length for name in ("recruitment", "incapacitation", "saturation")}
        lasting = {name: getattr(given.constants, name) * length for name in ("contact", "room")}
        constants = replace(given.constants, **lasting)
        slow = replace(given, params=replace(given.params, **rates), constants=constants)
        total = run(slow, weeks // length)[0]["members"].sum(axis=(1, 2))[:, 0]
        end = length * np.arange(1, len(total) + 1)
        error = 100 * (total / exact[end - 1] - 1)
        axes[0].plot(end / 52, error, color=colour, label=f"{length}")
        errors.append(np.abs(error).max())
    axes[0].axhline(0, color=BLACK, linewidth=0.5)
    dress(axes[0], "Members: error", "years", "% of an independent integration")
    legend(axes[0], "step, weeks")
    axes[1].plot(lengths, errors, "o-", color=BLACK, linewidth=1, label="largest error")
    axes[1].plot(lengths, errors[0] * np.array(lengths) / lengths[0], ":", color=BLUE, label="first order")
    axes[1].set(xscale="log", yscale="log")
    dress(axes[1], "Half the step, half the error", "step, weeks", "%")
    axes[1].set_xticks(lengths)
    axes[1].set_yticks([0.25, 0.5, 1, 2])
    legend(axes[1])
    return figure


def spread(size: Size) -> Figure:
    """What ten homicides in one place lead to, there and around."""
    figure, axes = sheet(3, widths=(1, 1, 1.2))
    quiet = scene(size, change=lambda region: replace(region, members=0 * region.members))
    place = quiet.centre()
    killed = jnp.zeros_like(quiet.state.retaliation).at[place].set(10.0)
    none = jnp.zeros_like(killed)
    before, nobody = replace(quiet.state, retaliation=none), 0 * quiet.state.shock
    struck = remember(before, killed, none, none, nobody, Controls(), quiet.params, quiet.region)
    constants = replace(quiet.constants, endemic=0 * quiet.constants.endemic)
    series, _ = run(replace(quiet, constants=constants), size.weeks // 2, state=struck)
    row, column = np.divmod(np.arange(quiet.side**2), quiet.side)
    apart = np.maximum(abs(row - row[place]), abs(column - column[place]))
    for ring, colour, name in ((0, RED, "the place"), (1, ORANGE, "its neighbours"), (2, BLUE, "two steps away")):
        followed = series["homicides_flow"][:, apart == ring, 0].sum(axis=1)
        axes[0].plot(followed, color=colour, label=name)
        axes[1].plot(followed.cumsum(), color=colour, label=name)
    dress(axes[0], "After 10 homicides", "week", "expected homicides a week", zero=True)
    legend(axes[0])
    dress(axes[1], "So far", "week", "expected homicides", zero=True)
    total = series["homicides_flow"][:, :, 0].sum(axis=0)
    shown = np.where(total > 1e-4, total, np.nan)
    lattice(axes[2], shown, "In two years", "expected homicides", 1e-4, None, "magma_r", logarithmic=True)
    mark(axes[2], place, quiet.side, BLUE)
    return figure


def noise(size: Size) -> Figure:
    """Shared shocks over time, and the spread of yearly totals with and without them."""
    figure, axes = sheet(2)
    count = 5
    for persistence, colour in ((0.98, BLACK), (0.9, ORANGE)):
        given = scene(size, count, drawn=True, noise_persistence=persistence)
        state, path = first_noise(given.state, keys(50, count)), []
        for week in range(size.weeks):
            state = _next_noise(state, keys(51 + week, count), given.params)
            path.append(np.asarray(_shared_shock(state, given.params, given.region))[0])
        for index, values in enumerate(np.transpose(path)[: 3 if persistence > 0.95 else 1]):
            axes[0].plot(values, color=colour, linewidth=1, alpha=0.85, label=f"{persistence}" if not index else None)
    axes[0].axhline(1, color=BLACK, linewidth=0.5)
    dress(axes[0], "Shared factor of a state", "week", "factor of homicides")
    legend(axes[0], "persistence r", "upper left")
    for changes, colour, name in (
        (dict(national_noise=0.0, state_noise=0.0), BLUE, "counts alone"),
        ({}, RED, "with shared shocks"),
    ):
        given = scene(size, size.replicates, drawn=True, **changes)
        series, _ = run(given, 52, seed=3)
        yearly = series["homicides_flow"].sum(axis=(0, 1))
        axes[1].hist(yearly, bins=np.linspace(800, 2600, 40), color=colour, alpha=0.6, label=name)
    dress(axes[1], "Homicides of a year, whole lattice", "homicides", "runs")
    legend(axes[1])
    return figure


def numbers(size: Size) -> Figure:
    """One uniform, several means; frequencies against the distribution; paired against independent runs."""
    figure, axes = sheet(3)
    means = np.linspace(0, 12, 8 * size.points)
    for uniform, colour in ((0.1, BLUE), (0.5, BLACK), (0.9, RED)):
        bits = jnp.full(means.shape, int(uniform * 2**32), jnp.uint32)
        drawn = _counts(bits, jnp.asarray(means, jnp.float32), jnp.float32(0.1))
        axes[0].plot(means, np.asarray(drawn), color=colour, drawstyle="steps-post", label=f"{uniform:g}")
    dress(axes[0], "One uniform, all means", "mean λ", "count y", zero=True)
    legend(axes[0], "uniform u", "upper left")
    bits = jax.random.bits(jax.random.key(0), (400 * size.replicates,))
    drawn = np.asarray(_counts(bits, jnp.full(bits.shape, 4.0), jnp.float32(0.1)))
    values = np.arange(16)
    axes[1].bar(values, [(drawn == value).mean() for value in values], color=PALE, label="drawn")
    axes[1].plot(
        values, stats.nbinom.pmf(values, 10, 1 / 1.4), "o", color=RED, markersize=3.5, label="negative binomial"
    )
    dress(axes[1], "λ = 4, dispersion 0.1", "count y", "frequency", zero=True)
    legend(axes[1])
    base = scene(size, size.replicates, drawn=True)
    less = replace(base, params=replace(base.params, retaliation=jnp.float32(0.28)))
    totals = [
        run(given, 52, seed=seed)[0]["homicides_flow"].sum(axis=(0, 1))
        for given, seed in ((base, 7), (less, 7), (less, 8))
    ]
    edges = np.linspace(-700, 500, 49)
    for other, colour, name in ((totals[2], BLUE, "other seed"), (totals[1], GREEN, "same seed")):
        axes[2].hist(other - totals[0], bins=edges, color=colour, alpha=0.7, label=name)
    dress(axes[2], "Effect of k₁ 0.28 for 0.3", "homicides of a year", "pairs of runs", zero=True)
    legend(axes[2])
    return figure
