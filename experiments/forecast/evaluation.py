"""Forecasts of a record at several origins, scored by place, area and nation."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from contagion.inference import forecast
from experiments.forecast.rivals import DRAWN, RULES, with_spread, year_as_draws
from experiments.forecast.scores import scored_draws, scored_mixture

OURS, BASE = "forecast", "mean of a year"
TOTAL = "total"
DRAWS = 1000
LARGE = 500.0  # expected count from which distributions are scored by draws


def targets(periods: int, yearly: bool) -> dict[str, tuple[int, ...]]:
    """Periods ahead that are scored together, by name."""
    single = (1, 2, 3) if yearly else (1, 3, 6, 12)
    found = {str(horizon): (horizon,) for horizon in single if horizon <= periods}
    return found if yearly else {**found, TOTAL: tuple(range(1, periods + 1))}


def rolling(
    counts: xr.DataArray,
    population: xr.DataArray,
    neighbours: Any,
    area: NDArray,
    origins: Iterable[int],
    periods: int = 12,
    draws: int = 400,
    said: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Scores at each origin, the number of periods that are known there.

    Returns
    -------
    DataFrame
        level (place, area, nation), model, origin (label of the first period ahead), horizon, crps, log_score, central,
        below (share of draws below what was counted, for the nation).
    """
    codes, names = pd.factorize(area)
    member = np.zeros((len(names), len(codes)))
    member[codes, np.arange(len(codes))] = 1
    yearly = counts.time.dtype.kind in "iu"
    season = 1 if yearly else 12
    every = counts.values.astype(float)
    rows = []
    for origin in origins:
        label = str(counts.time.values[origin])[:7]
        fitted = forecast.fit(counts[:origin], population, neighbours, area)
        ahead = dict(years=periods) if yearly else dict(months=periods)
        levels = fitted.levels(draws=draws, **ahead).values
        paths = fitted.draw(draws=draws, **ahead).values
        size = np.asarray(fitted.moves.size)
        for level, summed in (("place", None), ("area", member), ("nation", np.ones((1, len(codes))))):
            known = every if summed is None else every @ summed.T
            for horizon, which in targets(periods, yearly).items():
                at = np.array(which) - 1
                later = known[origin + at].sum(axis=0)
                drawn = paths[:, at].sum(axis=1) if summed is None else paths[:, at].sum(axis=1) @ summed.T
                exact = summed is None and len(at) == 1
                ours = scored_mixture(levels[:, at[0]], size, later) if exact else scored_draws(drawn, later)
                found = {OURS: ours, **_rivals(known[:origin], which, season, later)}
                below = float((drawn < later).mean() + (drawn == later).mean() / 2) if level == "nation" else np.nan
                for model, parts in found.items():
                    means = {name: float(np.mean(values)) for name, values in parts.items()}
                    rows.append(
                        dict(level=level, model=model, origin=label, horizon=horizon, **means)
                        | (dict(below=below) if model == OURS else {})
                    )
        here = skill(pd.DataFrame([row for row in rows if row["origin"] == label]))
        said(f"{label}: skill {here.loc['place'].round(2).to_dict()}")
    return pd.DataFrame(rows)


def _rivals(known: NDArray, which: tuple[int, ...], season: int, later: NDArray) -> dict[str, dict[str, NDArray]]:
    found = {DRAWN: scored_draws(year_as_draws(known, which, season), later, sampled=False)}
    for name, rule in RULES.items():
        mean, size = with_spread(rule, known, which, season)
        if mean.max() < LARGE:
            found[name] = scored_mixture(mean[None], size, later)
        else:
            generator = np.random.default_rng(0)
            found[name] = scored_draws(
                generator.poisson(mean * generator.gamma(size, 1 / size, (DRAWS, len(mean)))), later
            )
    return found


def skill(table: pd.DataFrame, model: str = OURS, base: str = BASE) -> pd.DataFrame:
    """CRPS skill over a rival, %, mean over origins: level × horizon."""
    better = skill_by_origin(table, model, base).rename("skill").reset_index()
    return better.pivot_table("skill", "level", "horizon", sort=False)


def skill_by_origin(table: pd.DataFrame, model: str = OURS, base: str = BASE) -> pd.Series:
    """CRPS skill over a rival, %: by level, horizon and origin."""
    crps = table.pivot_table("crps", ["level", "horizon", "origin"], "model", sort=False)
    return pd.Series(100 * (1 - crps[model] / crps[base]))
