"""Figures: skill by horizon and place, reliability, the nation's path, and where a rate may be passed."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from contagion._util.language import say, worded
from contagion._util.text import number, percent
from contagion.evaluation.origins import LEVELS, OURS, PIT, TOTAL, Evaluation
from contagion.evaluation.outlook import Outlook
from contagion.evaluation.summary import calibration, skill_of_places, skill_table
from contagion.plots.color_classes import Classes
from contagion.plots.legends import Listed
from contagion.plots.panels import Panel, draw, plate, project
from contagion.plots.style import (
    COLOURS,
    FAINT,
    FINE,
    GAP,
    INK,
    MARGIN,
    NAME,
    SMALL,
    STYLE,
    axes_at,
    broken,
    height,
    sheet,
    unframed,
    write,
)  # fmt: skip

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

WIDTH = 10.0  # of a sheet, inches
TALL, LEFT, BELOW = 2.5, 0.55, 0.5  # height of axes and room for their labels, inches
LOWEST = -60.0  # skill at which axes are cut off, %
STATED = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9)  # probabilities at which classes of the map begin
SKILLS = (-30.0, -10.0, -3.0, 3.0, 10.0, 30.0)  # %
OURS_COLOUR = COLOURS[1]
RIVALS = {
    "boosted trees": "#56b4e9",
    "negative binomial GLM": "#cc79a7",
    "mean of the fitted": "#e69f00",
    "exponential smoothing": "#009e73",
    "last year as draws": INK,
    "mean of three years": "#8a8a8a",
    "last value": "#d55e00",
}  # shown beside the forecast, and their colours, of Okabe and Ito (2008)


@rc_context(STYLE)
def skill_figure(evaluation: Evaluation, polygons: "GeoDataFrame", attributes: Mapping[str, Any]) -> Figure:
    """Skill by level and horizon, with every origin, beside rivals; and a map of skill by place.

    Parameters
    ----------
    evaluation
        Forecasts at several origins.
    polygons
        One row per place, indexed by code, with columns state and geometry.
    attributes
        Texts: region, schematic, note and source, for the subtitle and the footer.
    """
    table = skill_table(evaluation.scores)
    outlines = project(polygons, _places(polygons))
    wide = (WIDTH - 2 * MARGIN - 3 * LEFT) / 3
    tall = min((WIDTH - 2 * MARGIN - 2.6) / outlines.aspect, 4.6)
    key = height(" \n \n ", SMALL) + 2 * GAP
    body = height(" ", NAME) + TALL + BELOW + key + height(" ", NAME) + tall + 2 * GAP
    subtitle = f"{attributes['region']} · {_origins(evaluation.scores)} · {say('skill.subtitle')}"
    if (table.skill < LOWEST).any():
        subtitle += f", {say('skill.cut', lowest=number(LOWEST, 0))}"
    figure, bottom = sheet(say("skill.title"), subtitle, attributes, WIDTH, body)
    top = bottom + body
    lines = {}
    for column, level in enumerate(LEVELS):
        left = MARGIN + LEFT + column * (wide + LEFT)
        write(figure, left, top, _by_level(level), NAME, weight="bold")
        axes = axes_at(figure, left, top - height(" ", NAME) - TALL, wide, TALL)
        lines |= _skill(axes, table[table.level == level], evaluation.scores, level)
    low = top - height(" ", NAME) - TALL - BELOW
    figure.legend(
        lines.values(), lines.keys(), loc="upper left", ncols=4, frameon=False, fontsize=SMALL, labelcolor=INK,
        bbox_to_anchor=(MARGIN, low), bbox_transform=figure.dpi_scale_trans, borderpad=0, borderaxespad=0,
    )  # fmt: skip
    _skill_map(figure, low - key, tall, outlines, skill_of_places(evaluation.places).reindex(polygons.index))
    return figure


def _skill(axes: Axes, table: Any, scores: Any, level: str) -> dict[str, Any]:
    """Skill by horizon of one level; returns a line for each model."""
    horizons = list(dict.fromkeys(table.horizon))
    at = np.arange(len(horizons))
    ours = scores[(scores.model == OURS) & (scores.level == level)]
    means = table.pivot_table("skill", "horizon", "model", sort=False).reindex(horizons)
    (line,) = axes.plot(at, means[OURS], "-o", color=OURS_COLOUR, linewidth=2.2, markersize=5, zorder=4)
    origins = [horizons.index(horizon) for horizon in ours.horizon]
    points = axes.scatter(origins, ours.skill, s=9, color=OURS_COLOUR, alpha=0.45, zorder=3)
    called = worded("model", OURS)
    lines: dict[str, Any] = {called: line, say("skill.each", model=called): points}
    for model, colour in RIVALS.items():
        if model in means:
            (lines[worded("model", model)],) = axes.plot(at, means[model], "--", color=colour, linewidth=1.2)
    axes.axhline(0, color=INK, linewidth=0.8)
    seen = [*ours.skill, *table[table.model.isin(RIVALS)].skill]
    axes.set_ylim(max(np.nanmin(seen) - 5, LOWEST), max(np.nanmax(seen) + 5, 10))
    axes.set_xticks(at, [say("skill.all_twelve") if name == TOTAL else name for name in horizons])
    axes.set_xlim(-0.4, len(horizons) - 0.6)
    unframed(axes, "y")
    ahead = say("skill.months_ahead" if TOTAL in horizons else "skill.years_ahead")
    axes.set_xlabel(ahead, size=SMALL, color=FAINT)
    return lines


def _by_level(level: str) -> str:
    """Heading of what is shown at a level."""
    return say("skill.by_level", level=worded("level", level))


def _origins(scores: pd.DataFrame) -> str:
    first, *others = dict.fromkeys(scores.origin)
    if not others:
        return say("skill.origin", first=first)
    return say("skill.origins", count=len(others) + 1, first=first, last=others[-1])


def _places(polygons: "GeoDataFrame") -> Any:
    """Places as `project` takes them."""
    return polygons.index.to_series().rename_axis("place").to_xarray()


def _skill_map(figure: Figure, top: float, tall: float, outlines: Any, skill: pd.Series) -> None:
    words = [number(edge, 0, "+") for edge in SKILLS]
    labels = [say("plot.or_less", low=words[0]), *_between(words), say("plot.or_more", low=words[-1])]
    shades = colormaps["PuOr"](np.linspace(0.04, 0.96, len(SKILLS) + 1))
    classes = Classes(np.array(SKILLS), shades, labels)
    assigned = classes.assign(skill.to_numpy())
    better, known = int((skill > 0).sum()), int(skill.notna().sum())
    words = say("skill.by_place", better=f"{better:,}", count=f"{known:,}")
    write(figure, MARGIN, top, words, NAME, weight="bold")
    low = top - height(" ", NAME) - tall
    draw(figure, MARGIN, low, tall, outlines, assigned, classes.colours)
    legend = Listed(classes, say("skill.legend"), bool((assigned < 0).any()))
    legend.draw(figure, MARGIN + tall * outlines.aspect + GAP, low + tall)


def _between(edges: Sequence[str]) -> list[str]:
    """Labels of the classes between edges."""
    return [say("text.range", low=low, high=high) for low, high in pairwise(edges)]


@rc_context(STYLE)
def reliability(evaluation: Evaluation, attributes: Mapping[str, Any]) -> Figure:
    """Where in the forecasts lay what was counted, by level, and how often what was called probable happened.

    Parameters
    ----------
    evaluation
        Forecasts at several origins.
    attributes
        Texts: region, schematic, note and source, for the subtitle and the footer.
    """
    wide = (WIDTH - 2 * MARGIN - 4 * LEFT) / 4
    body = 2 * height(" ", NAME) + TALL + BELOW + GAP
    subtitle = f"{attributes['region']} · {_origins(evaluation.scores)}, {say('skill.all_horizons')}"
    figure, bottom = sheet(say("skill.reliable"), subtitle, attributes, WIDTH, body)
    top = bottom + body
    ours = evaluation.scores[evaluation.scores.model == OURS]
    corners = [MARGIN + LEFT + column * (wide + LEFT) for column in range(4)]
    for left, level in zip(corners[:3], LEVELS, strict=True):
        mine: Any = ours[ours.level == level]
        held = say("skill.held", share=percent(mine.coverage.mean()))
        axes = _headed(figure, left, top, wide, _by_level(level), held)
        axes.bar(np.arange(len(PIT)) + 0.5, mine[PIT].mean() * len(PIT), width=0.9, color=OURS_COLOUR)
        axes.axhline(1, color=INK, linewidth=1)
        axes.set_xticks([0, 5, 10], ["0", "0.5", "1"])
        axes.set_xlabel(say("skill.quantile"), size=SMALL, color=FAINT)
        axes.set_ylim(0, max(2.0, 1.1 * float(mine[PIT].mean().max()) * len(PIT)))
        unframed(axes, "y")
    stated = calibration(evaluation.statements)
    axes = _headed(figure, corners[3], top, wide, say("skill.passing"), say("skill.stated_share"))
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1)
    axes.plot(stated.mean_probability, stated.happened, "o-", color=OURS_COLOUR, markersize=5)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    axes.set_xlabel(say("skill.stated"), size=SMALL, color=FAINT)
    unframed(axes)
    return figure


def _headed(figure: Figure, left: float, top: float, wide: float, head: str, remark: str) -> Axes:
    write(figure, left, top, head, NAME, weight="bold")
    write(figure, left, top - height(" ", NAME), broken(remark, FINE, wide + 0.4), FINE, color=FAINT)
    return axes_at(figure, left, top - 2 * height(" ", NAME) - TALL, wide, TALL)


@rc_context(STYLE)
def fan(outlook: Outlook, attributes: Mapping[str, Any]) -> Figure:
    """The record of all places and the fan of the forecast after it.

    Parameters
    ----------
    outlook
        The forecast.
    attributes
        Texts: region, schematic, note and source, for the subtitle and the footer.
    """
    table, body = outlook.nation, 3.6
    subtitle = f"{attributes['region']} · {say(f'skill.fan_{outlook.unit}')}"
    figure, bottom = sheet(say("skill.fan", first=outlook.first), subtitle, attributes, WIDTH, body)
    axes = axes_at(figure, MARGIN + LEFT, bottom + BELOW, WIDTH - 2 * MARGIN - LEFT, body - BELOW)
    at = np.arange(len(table))
    ahead = table.q50.notna().to_numpy()
    joined = ahead | np.append(ahead[1:], False)  # from the last count on
    for low, high, shade in (("q05", "q95", 0.18), ("q25", "q75", 0.35)):
        under, over = (table[name].where(ahead, table.counted)[joined] for name in (low, high))
        axes.fill_between(at[joined], under, over, color=OURS_COLOUR, alpha=shade, linewidth=0)
    axes.plot(at[~ahead], table.counted[~ahead], color=INK, linewidth=1.4)
    axes.plot(at[joined], table.q50.where(ahead, table.counted)[joined], color=OURS_COLOUR, linewidth=2)
    step = outlook.season if outlook.season > 1 else 3
    first = next(row for row, name in enumerate(table.period) if outlook.season == 1 or name.endswith("-01"))
    axes.set_xticks(at[first::step], table.period[first::step])
    axes.set_xlim(0, at[-1])
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    unframed(axes, "y")
    return figure


def probability_map(outlook: Outlook, polygons: "GeoDataFrame", attributes: Mapping[str, Any]) -> Figure:
    """Map the probability that a place passes the rate in the year ahead.

    Parameters
    ----------
    outlook
        The forecast.
    polygons
        One row per place, indexed by code, with columns state and geometry.
    attributes
        Texts: region, schematic, note and source, for the subtitle and the footer.
    """
    words = [f"{100 * edge:.0f}" for edge in STATED]
    labels = [say("plot.less_than", high=words[0]), *_between(words), say("plot.or_more", low=words[-1])]
    shades = colormaps["cividis_r"](np.linspace(0, 1, len(STATED) + 1))
    classes = Classes(np.array(STATED), shades, labels)
    chances = outlook.places.passes.reindex(polygons.index)
    likely = say("skill.likely", count=f"{int((chances > 0.5).sum()):,}")
    panel = Panel(say(f"skill.in_{outlook.unit}", first=outlook.first), classes.assign(chances.to_numpy()), likely)
    about = dict(period=say("skill.fitted", first=outlook.first), statistic=say("skill.statistic"))
    texts = {**attributes, **about}
    title = say("skill.probability", rate=f"{outlook.rate:g}")
    legend = Listed(classes, say("skill.percent"), bool((panel.assigned < 0).any()))
    return plate(project(polygons, _places(polygons)), [panel], classes.colours, legend, title, texts)
