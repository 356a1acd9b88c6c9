"""Global sensitivity of the effects of strategies to assumed numbers and channels: a designed experiment without noise.

    python experiments/sensitivity.py [trajectories] [base] [region]

Factors are all priors of `conf/priors/broad.yaml`, those of the numbers of the options among them, as quantiles, and
all switches of channels, on or off. Each replicate is a point of a design, and all points of a design are one ensemble:
first elementary effects of every factor (Morris 1991; Campolongo, Cariboni and Saltelli 2007), (factors + 1) x
trajectories points; then Sobol's indices (Saltelli et al. 2010) of each of the `APART` factors ranked first by this
screening, and of all others as one group, so that nothing is held fixed: (APART + 3) x base points. Designs and
estimators are those of SALib. Counts are expectations, so factors that only affect noise have no effect here. Writes
`sensitivity.csv` and `sensitivity.png` next to this file. The lattice of 144 places takes two minutes on two cores;
`schematic` is the whole country.
"""

import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from warnings import catch_warnings, filterwarnings

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from SALib.analyze import morris as elementary
from SALib.analyze import sobol as variance
from SALib.sample import morris as trajectories_of
from SALib.sample import sobol as saltelli
from scipy.stats import rankdata

import contagion
from contagion.analysis.metrics import OUTCOMES
from contagion.interventions.priors import options_at
from contagion.kernel.params import Params
from contagion.parameters.presets import preset
from contagion.parameters.priors import OPTIONS, at
from contagion.plots.style import FAINT, GAP, INK, MARGIN, NAME, SMALL, STYLE, height, sheet, write

WEEKS, LEVELS, APART, RESAMPLES = 260, 4, 8, 200
TRAJECTORIES, BASE, REGION = 10, 128, "lattice"
REST = "all others"
REGIONS = {"lattice": dict(rows=12, columns=12)}  # others as they are
STRATEGIES = ("kingpin", "middle_layer", "concentric_handover")  # of conf/strategies/default.yaml
SWITCHES = [field.name for field in fields(Params) if field.metadata["unit"] == "switch"]
PRIORS = preset("priors", "broad")
OF_OPTIONS = {  # what an option costs moves no homicides
    name: {number: prior for number, prior in PRIORS[OPTIONS][name].items() if number != "cost"} for name in STRATEGIES
}
NUMBERS = [f"{name}.{number}" for name, numbers in OF_OPTIONS.items() for number in numbers]
FACTORS = [*(name for name in PRIORS if name != OPTIONS), *NUMBERS, *SWITCHES]
LEADING = {"morris": "mu_star", "sobol": "ST"}  # by which factors are sorted
CHANGE, RANK = "change, %", "rank"
SHOWN = 10  # factors in a panel
PANELS = {"morris": "Morris: mean size of an elementary effect", "sobol": "Sobol: share of the variance"}
UP, DOWN, WAYS, PART, TOTAL = "#c96a12", "#5b4a9c", "#9a9a9a", "#2f5d73", "#b9cdd6"
WHISKER = dict(ecolor=INK, elinewidth=0.8)
WIDTH, NAMES, BAR, AXIS = 12.0, 1.75, 0.2, 0.4  # sheet, room for names, bars and the numbers below, inches
MEASURES = {"morris": ("mu", "mu_star", "mu_star_conf", "sigma"), "sobol": ("S1", "S1_conf", "ST", "ST_conf")}


def study(
    atlas: contagion.Atlas, trajectories: int, base: int, weeks: int = WEEKS, seed: int = 1
) -> tuple[pd.DataFrame, xr.Dataset]:
    """One row per method, output and factor, with the measures of the method; and the last run."""
    points = trajectories_of.sample(_problem(), trajectories, num_levels=LEVELS, seed=seed)
    run = simulate(atlas, points, weeks)
    rows, standing = [], np.zeros(len(FACTORS))
    for output, values in outputs(run).items():
        found = elementary.analyze(
            _problem(), points, values, conf_level=0.9, num_levels=LEVELS, num_resamples=RESAMPLES, seed=seed
        )
        if output[1] == CHANGE:
            standing = np.maximum(standing, np.asarray(found["mu_star"], float) / values.std())
        rows += _rows("morris", output, found, FACTORS)

    first = np.argsort(-standing, kind="stable")[:APART]
    groups = [name if number in first else REST for number, name in enumerate(FACTORS)]
    points = saltelli.sample(_problem(groups), base, calc_second_order=False, seed=seed)
    run = simulate(atlas, points, weeks)
    for output, values in outputs(run).items():
        with catch_warnings():  # the indices are 0 if a rank hardly ever changes
            filterwarnings("ignore", "Constant values encountered", UserWarning)
            found = variance.analyze(
                _problem(groups), values, calc_second_order=False, conf_level=0.9, num_resamples=RESAMPLES, seed=seed
            )
        rows += _rows("sobol", output, found, list(dict.fromkeys(groups)))
    return pd.DataFrame(rows), run


def _problem(groups: list[str] | None = None) -> dict[str, Any]:
    """A new problem definition for SALib, which modifies its argument."""
    bounds = [[0.0, 1.0]] * len(FACTORS)
    return dict(num_vars=len(FACTORS), names=FACTORS, bounds=bounds) | (dict(groups=groups) if groups else {})


def _rows(method: str, output: tuple[str, str], found: Any, factors: list[str]) -> list[dict]:
    strategy, quantity = output
    words = dict(method=method, strategy=strategy, quantity=quantity)
    columns = [np.asarray(found[name], float) for name in MEASURES[method]]
    return [
        words | dict(factor=factor) | dict(zip(MEASURES[method], values, strict=True))
        for factor, *values in zip(factors, *columns, strict=True)
    ]


def simulate(atlas: contagion.Atlas, points: NDArray[np.float64], weeks: int) -> xr.Dataset:
    """Simulate the default strategies at every point of a design, one replicate each.

    `points` [point, factor] are quantiles of the priors; a switch is on at 0.5 and above.
    """
    quantiles = dict(zip(FACTORS, points.T, strict=True))
    switches = {name: jnp.asarray(quantiles[name] >= 0.5, float) for name in SWITCHES}
    strategies = {"baseline": ()} | {name: (contagion.load_intervention(name),) for name in STRATEGIES}
    return contagion.simulate(
        atlas,
        options_at(OF_OPTIONS, strategies, quantiles.__getitem__),
        params=at(PRIORS, replace(contagion.load_params(), **switches), quantiles),
        weeks=weeks,
        replicates=len(points),
        deterministic=True,
        progress=True,
    )


def outputs(run: xr.Dataset) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Change in homicides from the first strategy (per cent) and rank by homicides; constant outputs are dropped."""
    homicides = OUTCOMES["homicides"].of(run).transpose("strategy", "replicate").to_numpy()
    strategies = [str(name) for name in run["strategy"].values]
    change, rank = 100 * (homicides / homicides[0] - 1), rankdata(homicides, axis=0)
    every = {(name, CHANGE): change[index] for index, name in enumerate(strategies)}
    every |= {(name, RANK): rank[index] for index, name in enumerate(strategies)}
    return {output: values for output, values in every.items() if np.ptp(values)}


@rc_context(STYLE)
def draw(table: pd.DataFrame, run: xr.Dataset) -> Figure:
    """Plot for each strategy the screening (above) and the variance decomposition (below)."""
    rows = [row for row in table.to_dict("records") if row["quantity"] == CHANGE]
    strategies = list(dict.fromkeys(row["strategy"] for row in rows))
    wide = (WIDTH - 2 * MARGIN + GAP) / max(len(strategies), 2) - GAP
    tall = {"morris": SHOWN * BAR, "sobol": (APART + 1) * BAR}
    body = sum(tall.values()) + 2 * AXIS + 2 * height(" ", NAME) + 3 * height(" ", SMALL)
    title = "What decides the change in homicides from baseline, per cent"
    about = f"{len(FACTORS)} factors: priors of assumed numbers, and channels on or off; no noise"
    figure, bottom = sheet(title, f"{run.region} · {run.simulated_weeks} weeks · {about}", run.attrs, WIDTH, body)
    for number, strategy in enumerate(strategies):
        left, top = MARGIN + number * (wide + GAP), bottom + body
        write(figure, left, top, strategy, NAME, weight="bold")
        top -= height(" ", NAME)
        for method, words in PANELS.items():
            own = [_short(row) for row in rows if row["strategy"] == strategy and row["method"] == method]
            own = [row for row in own if "." not in row["factor"]]  # other options have no part in it
            write(figure, left, top, words, SMALL, color=FAINT)
            top -= height(" ", SMALL) + tall[method]
            box = np.array([left + NAMES, top, wide - NAMES, tall[method]])
            axes = figure.add_axes(tuple(box / np.tile(figure.get_size_inches(), 2)))
            (_effects if method == "morris" else _parts)(axes, own)
            top -= AXIS
    kinds = {
        UP: "raises it",
        DOWN: "lowers it",
        WAYS: "either, by the others",
        PART: "alone",
        TOTAL: "with interactions",
    }
    figure.legend(
        handles=[Patch(facecolor=colour, label=words) for colour, words in kinds.items()], loc="lower left", ncols=5,
        fontsize=SMALL, labelcolor=INK, frameon=False, borderpad=0, borderaxespad=0, bbox_to_anchor=(MARGIN, bottom),
        bbox_transform=figure.dpi_scale_trans,
    )  # fmt: skip
    return figure


def _short(row: dict) -> dict:
    """A row in whose own panel the numbers of an option need not name it."""
    return row | dict(factor=row["factor"].removeprefix(f"{row['strategy']}."))


def _effects(axes: Axes, rows: list[dict]) -> None:
    shown = sorted(rows, key=lambda row: row["mu_star"])[-SHOWN:]
    size = [row["mu_star"] for row in shown]
    colours = [WAYS if abs(row["mu"]) < row["mu_star"] / 2 else UP if row["mu"] > 0 else DOWN for row in shown]
    axes.barh(
        range(len(shown)), size, 0.7, color=colours, xerr=[row["mu_star_conf"] for row in shown], error_kw=WHISKER
    )
    _dress(axes, shown)


def _parts(axes: Axes, rows: list[dict]) -> None:
    shown = sorted(rows, key=lambda row: row["ST"])
    width = [row["ST_conf"] for row in shown]
    axes.barh(range(len(shown)), [row["ST"] for row in shown], 0.7, color=TOTAL, xerr=width, error_kw=WHISKER)
    axes.barh(range(len(shown)), [max(row["S1"], 0) for row in shown], 0.35, color=PART)
    _dress(axes, shown)


def _dress(axes: Axes, rows: list[dict]) -> None:
    axes.set_yticks(range(len(rows)), [row["factor"] for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlim(left=0)
    axes.spines[:].set_visible(False)
    axes.grid(axis="x", color="#e2e2e2", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=INK)
    axes.tick_params(axis="x", labelcolor=FAINT)
    axes.xaxis.set_major_locator(MaxNLocator(4))


def report(table: pd.DataFrame) -> str:
    """The leading factors of every output, as text."""
    groups: dict[tuple[str, ...], list[dict]] = {}
    for row in table.to_dict("records"):
        groups.setdefault((row["method"], row["quantity"], row["strategy"]), []).append(row)
    parts = []
    for (method, quantity, strategy), rows in groups.items():
        first = sorted(rows, key=lambda row: -row[LEADING[method]])[:SHOWN]
        shown = pd.DataFrame(first, columns=["factor", *MEASURES[method]]).round(3)
        parts.append(f"{method}: {quantity} under {strategy}\n{shown.to_string(index=False)}")
    return "\n\n".join(parts)


if __name__ == "__main__":
    counts = [int(given) for given in sys.argv[1:3]]
    trajectories, base = [*counts, *(TRAJECTORIES, BASE)[len(counts) :]]
    kind = sys.argv[3] if len(sys.argv) > 3 else REGION
    table, run = study(contagion.load_region(kind, **REGIONS.get(kind, {})), trajectories, base)
    print(report(table))
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4g")
    draw(table, run).savefig(Path(__file__).with_suffix(".png"))
