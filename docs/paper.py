"""What the figures of the methods page are drawn on and from: sheets of panels, maps of a lattice, runs of the model.

Lengths are inches. Runs call the processes through `contagion.kernel.step.step`, as every simulation does.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray
from PIL import Image

import contagion
from contagion.kernel.controls import Controls
from contagion.kernel.flows import Flows
from contagion.kernel.initial import Model, init
from contagion.kernel.numerics.random import replicate_keys, stream
from contagion.kernel.numerics.sums import totals_of
from contagion.kernel.params import Params
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State
from contagion.kernel.step import step
from contagion.parameters.scaling import at_scale, concentration
from contagion.plots.style import FAINT, INK
from contagion.plots.time_series import COLOURS
from contagion.regions.atlas import Atlas

WIDTH, TALL = 8.0, 2.75  # of a sheet and of a row of panels
RESOLUTION = 110  # dots per inch
BLACK, BLUE, RED, GREEN, PINK, SKY, ORANGE = COLOURS
PALE = "#d9d9d9"


@dataclass(frozen=True)
class Size:
    """How much is computed for a figure."""

    side: int = 12  # places along an edge of the lattice
    weeks: int = 208
    replicates: int = 256
    points: int = 60  # along a curve


@dataclass(frozen=True)
class Scene:
    """A region with its numbers, and the state at the start."""

    atlas: Atlas
    region: Region
    params: Params
    state: State
    constants: Constants

    @property
    def side(self) -> int:
        """Places along an edge."""
        return round(len(self.region.population) ** 0.5)

    def centre(self) -> int:
        """The place in the middle."""
        return self.side // 2 * self.side + self.side // 2


_week, _totals = jax.jit(step), jax.jit(totals_of)
_lattice = cache(contagion.load_region)


def scene(size: Size, replicates: int = 1, drawn: bool = False, change: Any = None, **changes: Any) -> Scene:
    """A lattice of places of unequal population and its start.

    **Arguments:** `drawn` whether replicates have random numbers; `change` a function of the region;
    `changes` of parameters.
    """
    atlas = _lattice("lattice", rows=size.side, columns=size.side, population_spread=0.8, seed=3)
    region = replace(atlas.region, members=territories(atlas.region))
    region = change(region) if change else region
    params = at_scale(contagion.load_params(**changes), atlas.law_scale, concentration(region.members))
    carry, constants = init(Model(region, params, ()), replicates, keys(0, replicates) if drawn else None)
    return Scene(atlas, region, params, carry.state, constants)


def territories(region: Region) -> NDArray:
    """As many members of each group as before, about the four quarters and across their borders: [group, place]."""
    east, north = (np.asarray(axis, float) / np.ptp(axis) for axis in (region.easting, region.northing))
    east, north = east - east.mean(), north - north.mean()
    members = np.zeros_like(region.members)
    for group, (x, y) in enumerate(((0.2, 0.2), (-0.2, -0.2), (-0.25, 0.25), (0.25, -0.25))):
        near = np.exp(-((east - x) ** 2 + (north - y) ** 2) / 0.1) * np.asarray(region.population, float)
        held = np.where(near > 0.01 * near.max(), near, 0)
        members[group] = region.members[group].sum() * held / held.sum()
    return members


def keys(seed: int, replicates: int) -> jax.Array:
    """A key for each replicate."""
    return replicate_keys(seed, jnp.arange(replicates), "threefry")


@jax.jit
def _everywhere(controls: Controls, state: State) -> Controls:
    """Controls with all entries of each field: a week is compiled once, whatever is done in it."""
    lengths: dict[str, int] = dict(zip(("place", "group", "replicate"), state.members.shape, strict=True))
    ranked = controls.ranked(state.shock.dtype)
    axes = {field.name: (*field.metadata["axes"], "replicate") for field in fields(Controls) if field.name != "ledger"}
    shapes = {name: [lengths[axis] for axis in named] for name, named in axes.items()}
    return replace(ranked, **{name: jnp.broadcast_to(getattr(ranked, name), shape) for name, shape in shapes.items()})


def run(
    given: Scene,
    weeks: int,
    controls: Callable[[int], Controls] = lambda week: Controls(),
    seed: int | None = None,
    state: State | None = None,
) -> tuple[dict[str, NDArray], State]:
    """Series [week, ...] of everything that moves, states at the ends of weeks and flows in them; and the last state.

    Without a seed, the deterministic mode.
    """
    now: Any = state or given.state
    replicates = now.shock.shape[-1]
    root = None if seed is None else keys(seed, replicates)
    rows: list[dict[str, NDArray]] = []
    for week in range(weeks):
        drawn = stream(root, week)
        acted = _everywhere(controls(week), now)
        fixed = given.constants, given.params, given.region
        now, _, record, _ = _week(now, _totals(now), acted, *fixed, jnp.int32(week), drawn)
        kept = {name: np.asarray(value) for name, value in vars(now).items() if value is not None}
        rows.append(kept | {f"{field.name}_flow": np.asarray(getattr(record, field.name)) for field in fields(Flows)})
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}, now


def sheet(panels: int, columns: int | None = None, tall: float = TALL, widths: Sequence[float] | None = None):
    """A figure and its panels, in rows of `columns`."""
    columns = columns or panels
    rows = -(-panels // columns)
    figure = Figure(figsize=(WIDTH, rows * tall), facecolor="white", layout="constrained")
    ratios = {"width_ratios": widths} if widths else {}
    axes = np.atleast_1d(figure.subplots(rows, columns, gridspec_kw=ratios)).ravel()
    for spare in axes[panels:]:
        spare.set_visible(False)
    return figure, list(axes[:panels])


def dress(axes: Axes, title: str, x: str = "", y: str = "", zero: bool = False) -> None:
    """Words around a panel, a faint grid, no frame."""
    axes.set_title(title, loc="left", size=9, color=INK, weight="bold")
    axes.set_xlabel(x, size=8, color=FAINT)
    axes.set_ylabel(y, size=8, color=FAINT)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.grid(axis="y", color="#e8e8e8", linewidth=0.7)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelsize=7.5, labelcolor=FAINT, color=PALE, length=2)
    if zero:
        axes.set_ylim(bottom=0)


def legend(axes: Axes, title: str = "", where: Any = "best") -> None:
    """Names of lines inside the panel."""
    made = axes.legend(
        loc=where, fontsize=7.5, frameon=True, framealpha=0.85, edgecolor="none", title=title or None,
        title_fontsize=7.5, labelcolor=INK, handlelength=1.6, borderpad=0.2, labelspacing=0.25,
    )  # fmt: skip
    made.get_title().set_color(FAINT)
    made._legend_box.align = "left"  # pyright: ignore[reportAttributeAccessIssue]


def lattice(
    axes: Axes,
    values: Any,
    title: str,
    label: str,
    low: float | None = None,
    high: float | None = None,
    colours: str = "viridis",
    logarithmic: bool = False,
) -> None:
    """A map of values by place of a square lattice, with its scale."""
    field = np.asarray(values, float).ravel()
    side = round(field.size**0.5)
    field = field.reshape(side, side)
    low = float(np.nanmin(field)) if low is None else low
    high = float(np.nanmax(field)) if high is None else high
    norm = LogNorm(low, high) if logarithmic else Normalize(low, high if high > low else low + 1)
    axes.imshow(field, cmap=colours, norm=norm, interpolation="nearest")
    axes.set_title(title, loc="left", size=9, color=INK, weight="bold")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color(PALE)
    assert axes.figure is not None
    bar = axes.figure.colorbar(ScalarMappable(norm, colours), ax=axes, shrink=0.8, pad=0.02, aspect=18)
    if logarithmic:
        bar.ax.yaxis.set_major_formatter("{x:g}")
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.set_label(label, size=7.5, color=FAINT)
    bar.ax.tick_params(labelsize=7, labelcolor=FAINT, color=PALE, length=2)
    bar.outline.set_edgecolor(PALE)  # pyright: ignore[reportCallIssue]


def mark(axes: Axes, place: int, side: int, colour: str) -> None:
    """A frame around one place of a map."""
    row, column = divmod(place, side)
    across, down = np.array([-0.5, 0.5, 0.5, -0.5, -0.5]), np.array([-0.5, -0.5, 0.5, 0.5, -0.5])
    axes.plot(column + across, row + down, color=colour, linewidth=1.8, clip_on=False)


def save(figure: Figure, path: Path) -> None:
    """A PNG of at most 256 colours, so that a page with many figures stays light."""
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=RESOLUTION)
    picture = Image.open(raw).convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
