"""What the page of a forecast says: what is forecast, and how well such statements did before."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from contagion._util.text import between, count, number, percent
from contagion.evaluation.origins import LEVELS, OURS, TOTAL, Evaluation
from contagion.evaluation.outlook import Outlook
from contagion.evaluation.rivals import MEAN
from contagion.evaluation.summary import brier_table, calibration
from contagion.report import Section

NOTE = (
    "Forecasts are fitted to the record of homicides, residents and neighbours alone; groups, strategies and other "
    "assumed numbers of the simulator play no part. They are of places, not of persons: most of what is counted in a "
    "single place is chance."
)
MOST = 15  # rows of the table of places


def facts(found: Evaluation, ahead: Outlook, skills: pd.DataFrame) -> list[str]:
    """The forecast of the whole region and what it is worth, in sentences."""
    total = ahead.total
    origins = found.scores.origin.nunique()
    year = _year(ahead)
    shares = {level: skills[(skills.model == OURS) & (skills.level == level)].set_index("horizon") for level in LEVELS}
    horizon = _last(skills)
    scored = ", ".join(f"by {level} {_compared(shares[level].skill[horizon])}" for level in LEVELS)
    return [
        f"{_expected(total)} homicides are forecast for the {year} from {ahead.first}, after {count(total.last_year)} "
        f"in the {year} before; the 90 % interval is in brackets.",
        f"At {earlier(origins)} the CRPS of such forecasts ({_named(horizon)}) was {scored} than that of the mean of "
        f"the last year; their 90 % intervals held {percent(shares['place'].coverage[horizon])} "
        f"of what was counted in places, and {percent(shares['nation'].coverage[horizon])} in the nation.",
    ]


def earlier(origins: int) -> str:
    """A number of earlier origins in words."""
    return f"{origins} earlier origin{'s' if origins > 1 else ''}"


def _compared(skill: float) -> str:
    return f"{number(abs(skill), 1)} % {'lower' if skill > 0 else 'higher'}"


def _year(ahead: Outlook) -> str:
    return "twelve months" if ahead.season > 1 else "year"


def _expected(total: pd.Series) -> str:
    return f"{count(total.expected)} ({count(total.q05)} to {count(total.q95)})"


def _last(skills: pd.DataFrame) -> str:
    """The total of twelve months, or the next year."""
    return TOTAL if (skills.horizon == TOTAL).any() else str(skills.horizon.iloc[0])


def _named(horizon: str) -> str:
    return "total of twelve months" if horizon == TOTAL else f"{horizon} ahead"


def sections(
    found: Evaluation, ahead: Outlook, skills: pd.DataFrame, places: pd.DataFrame, folder: Path
) -> list[Section]:
    """Sections of the page, with the figures that lie in `folder`."""
    return [
        Section(
            "The whole region",
            figures={folder / "fan.png": f"Homicides counted, and the fan of the forecast from {ahead.first}"},
        ),
        _passing(found, ahead, folder),
        _rising(ahead, places),
        _skill(found, skills, folder),
        _reliability(found, folder),
    ]


def _passing(found: Evaluation, ahead: Outlook, folder: Path) -> Section:
    """The probability of passing the rate, and what such probabilities were worth."""
    scored = brier_table(found.statements)
    chances = ahead.places.passes
    stated = calibration(found.statements)
    origins = found.statements.origin.nunique()
    brier = ", ".join(f"{who} {score:.3f}" for who, score in zip(scored.statement, scored.brier_score, strict=True))
    return Section(
        f"Where {ahead.rate:g} per 100,000 may be passed",
        [
            f"In {int((chances > 0.5).sum()):,} of {len(chances):,} places more than {ahead.rate:g} homicides per "
            f"100,000 residents are more likely than not in the {_year(ahead)} from {ahead.first}; "
            f"{chances.sum():,.0f} places are expected to pass.",
            f"The same was stated at {earlier(origins)}, {len(found.statements):,} times. Brier scores (mean "
            f"squared error of the probability, 0 is perfect): {brier}.",
        ],
        stated,
        f"How many places passed {ahead.rate:g} per 100,000 by what had been stated, all earlier origins together",
        {
            folder
            / "probability.png": f"Probability of more than {ahead.rate:g} homicides per 100,000 residents, by place"
        },
    )


def _rising(ahead: Outlook, places: pd.DataFrame) -> Section:
    """Places where most is added."""
    top = places.sort_values("change", ascending=False, kind="stable").head(MOST)
    top = top[top.change > 0]
    table = pd.DataFrame(
        dict(
            place=top.name,
            state=top.state,
            last_year=top.last_year.map(count),
            forecast=[between(*row, 0) for row in zip(top.expected, top.q05, top.q95, strict=True)],
            change=[number(change, 0, "+") for change in top.change],
            probability_of_more=top.rises.map(percent),
            probability_of_passing_the_rate=top.passes.map(percent),
        )
    )
    risen = int((ahead.places.rises > 0.5).sum())
    return Section(
        "Where it rises most",
        [
            f"More than in the {_year(ahead)} before is more likely than not in {risen:,} of {len(ahead.places):,} "
            "places. They are listed by expected change; what was unusually high or low in a single place mostly "
            "returns to what is usual there, so a change is in part the end of a chance.",
        ],
        table,
        f"Homicides in the {_year(ahead)} from {ahead.first}: expected, with the 90 % interval",
    )


def _skill(found: Evaluation, skills: pd.DataFrame, folder: Path) -> Section:
    """Skill by level and horizon, beside the best rival."""
    ours: Any = skills[skills.model == OURS]
    others: Any = skills[~skills.model.isin((OURS, MEAN))].set_index(["level", "horizon"])
    best = [others.loc[[key]].sort_values("skill").iloc[-1] for key in zip(ours.level, ours.horizon, strict=True)]
    table = pd.DataFrame(
        dict(
            level=ours.level + ", " + np.where(ours.horizon == TOTAL, "total of twelve", ours.horizon + " ahead"),
            skill=_signed(ours.skill),
            lowest=_signed(ours.lowest),
            highest=_signed(ours.highest),
            z=[number(value, 1, "+") for value in ours.z],
            better_at=[f"{better} of {every}" for better, every in zip(ours.better, ours.origins, strict=True)],
            best_rival=[row.model for row in best],
            its_skill=_signed(pd.Series([row.skill for row in best])),
        )
    )
    return Section(
        "How well such forecasts did",
        [
            f"The forecast was made anew at {earlier(found.scores.origin.nunique())} from what was counted "
            "before each, and compared with what was counted after. Skill is by how many per cent the continuous "
            "ranked probability score is lower than that of the mean of the last year; lowest and highest are over "
            "origins, z is the mean over its standard error.",
        ],
        table,
        "Skill of the forecast over origins, %, and of the best rival at each level and horizon",
        {folder / "skill.png": "Skill by horizon with every origin beside rivals, and by place"},
    )


def _signed(values: pd.Series) -> list[str]:
    return [number(value, 1, "+") for value in values]


def _reliability(found: Evaluation, folder: Path) -> Section:
    ours: Any = found.scores[found.scores.model == OURS]
    held = ", ".join(f"{percent(ours[ours.level == level].coverage.mean())} by {level}" for level in LEVELS)
    return Section(
        "Reliability",
        [
            f"The central 90 % of the forecasts held {held}. Bars of a reliable forecast are all at 1: what is counted "
            "lies as often in each tenth of the forecast.",
        ],
        figures={folder / "reliability.png": "Where in the forecasts lay what was counted, by level"},
    )
