"""What the page of a forecast says: what is forecast, and how well such statements did before."""

from pathlib import Path
from typing import Any

import pandas as pd

from contagion._util.language import say, worded
from contagion._util.text import between, count, number, percent
from contagion.evaluation.origins import LEVELS, OURS, TOTAL, Evaluation
from contagion.evaluation.outlook import Outlook
from contagion.evaluation.rivals import MEAN
from contagion.evaluation.summary import brier_table, calibration
from contagion.report import Section

MOST = 15  # rows of the table of places


def facts(found: Evaluation, ahead: Outlook, skills: pd.DataFrame) -> list[str]:
    """The forecast of the whole region and what it is worth, in sentences."""
    total = ahead.total
    shares = {level: skills[(skills.model == OURS) & (skills.level == level)].set_index("horizon") for level in LEVELS}
    horizon = TOTAL if (skills.horizon == TOTAL).any() else str(skills.horizon.iloc[0])
    return [
        say(
            "forecast.total",
            expected=between(total.expected, total.q05, total.q95, 0),
            count=count(total.last_year),
            before=say(f"forecast.{ahead.unit}_before"),
            **_span(ahead),
        ),
        say(
            "forecast.scored",
            origins=earlier(found.scores.origin.nunique()),
            horizon=named(horizon),
            compared=", ".join(_compared(level, shares[level].skill[horizon]) for level in LEVELS),
            places=percent(shares["place"].coverage[horizon]),
            nation=percent(shares["nation"].coverage[horizon]),
        ),
    ]


def earlier(origins: int) -> str:
    """A number of earlier origins in words."""
    return say("forecast.origins", count=origins) if origins > 1 else say("forecast.origin")


def _compared(level: str, skill: float) -> str:
    size = number(abs(skill), 1)
    return say("forecast.lower" if skill > 0 else "forecast.higher", level=worded("level", level), size=size)


def _span(ahead: Outlook) -> dict[str, str]:
    """The year ahead in words, and its first period."""
    return dict(span=say(f"forecast.{ahead.unit}"), first=ahead.first)


def named(horizon: str) -> str:
    """A horizon in words."""
    return say("forecast.all_twelve") if horizon == TOTAL else say("forecast.ahead", horizon=horizon)


def sections(
    found: Evaluation, ahead: Outlook, skills: pd.DataFrame, places: pd.DataFrame, folder: Path
) -> list[Section]:
    """Sections of the page, with the figures that lie in `folder`."""
    fan = {folder / "fan.png": say("forecast.fan", first=ahead.first)}
    return [
        Section(say("forecast.region"), figures=fan),
        _passing(found, ahead, folder),
        _rising(ahead, places),
        _skill(found, skills, folder),
        _reliability(found, folder),
    ]


def _passing(found: Evaluation, ahead: Outlook, folder: Path) -> Section:
    """The probability of passing the rate, and what such probabilities were worth."""
    scored = brier_table(found.statements)
    chances, rate = ahead.places.passes, f"{ahead.rate:g}"
    stated = calibration(found.statements)
    scores = zip(scored.statement, scored.brier_score, strict=True)
    likely = say(
        "forecast.likely",
        likely=f"{int((chances > 0.5).sum()):,}",
        places=f"{len(chances):,}",
        rate=rate,
        expected=f"{chances.sum():,.0f}",
        **_span(ahead),
    )
    before = say(
        "forecast.stated_before",
        origins=earlier(found.statements.origin.nunique()),
        count=f"{len(found.statements):,}",
        scores=", ".join(f"{worded('model', who)} {score:.3f}" for who, score in scores),
    )
    return Section(
        say("forecast.passing", rate=rate),
        [likely, before],
        stated.rename(columns={column: say(f"forecast.{column}") for column in stated.columns}),
        say("forecast.passed_by", rate=rate),
        {folder / "probability.png": say("forecast.map", rate=rate)},
    )


def _rising(ahead: Outlook, places: pd.DataFrame) -> Section:
    """Places where most is added."""
    top = places.sort_values("change", ascending=False, kind="stable").head(MOST)
    top = top[top.change > 0]
    table = pd.DataFrame(
        {
            say("forecast.place"): top.name,
            say("forecast.state"): top.state,
            say("forecast.last_year"): top.last_year.map(count),
            say("forecast.forecast"): [between(*row, 0) for row in zip(top.expected, top.q05, top.q95, strict=True)],
            say("forecast.change"): [number(change, 0, "+") for change in top.change],
            say("forecast.more"): top.rises.map(percent),
            say("forecast.passes"): top.passes.map(percent),
        }
    )
    risen = say(
        "forecast.risen",
        before=say(f"forecast.{ahead.unit}_before"),
        risen=f"{int((ahead.places.rises > 0.5).sum()):,}",
        places=f"{len(ahead.places):,}",
    )
    return Section(say("forecast.rising"), [risen], table, say("forecast.rising_caption", **_span(ahead)))


def _skill(found: Evaluation, skills: pd.DataFrame, folder: Path) -> Section:
    """Skill by level and horizon, beside the best rival."""
    ours: Any = skills[skills.model == OURS]
    others: Any = skills[~skills.model.isin((OURS, MEAN))].set_index(["level", "horizon"])
    best = [others.loc[[key]].sort_values("skill").iloc[-1] for key in zip(ours.level, ours.horizon, strict=True)]
    table = pd.DataFrame(
        {
            say("forecast.level"): [
                say("forecast.of_level", level=worded("level", level), horizon=named(horizon))
                for level, horizon in zip(ours.level, ours.horizon, strict=True)
            ],
            say("forecast.skill_column"): _signed(ours.skill),
            say("forecast.lowest"): _signed(ours.lowest),
            say("forecast.highest"): _signed(ours.highest),
            say("forecast.z"): [number(value, 1, "+") for value in ours.z],
            say("forecast.better_at"): [
                say("forecast.better_of", better=better, count=every)
                for better, every in zip(ours.better, ours.origins, strict=True)
            ],
            say("forecast.best_rival"): [worded("model", row.model) for row in best],
            say("forecast.its_skill"): _signed(pd.Series([row.skill for row in best])),
        }
    )
    return Section(
        say("forecast.skill"),
        [say("forecast.anew", origins=earlier(found.scores.origin.nunique()))],
        table,
        say("forecast.skill_caption"),
        {folder / "skill.png": say("forecast.skill_figure")},
    )


def _signed(values: pd.Series) -> list[str]:
    return [number(value, 1, "+") for value in values]


def _reliability(found: Evaluation, folder: Path) -> Section:
    """How often the forecasts held."""
    ours: Any = found.scores[found.scores.model == OURS]
    held = [
        say("forecast.by", share=percent(ours[ours.level == level].coverage.mean()), level=worded("level", level))
        for level in LEVELS
    ]
    return Section(
        say("forecast.reliability"),
        [say("forecast.held", shares=", ".join(held))],
        figures={folder / "reliability.png": say("forecast.reliability_figure")},
    )
