"""What a forecast says of the year ahead: the nation's path, places that pass a rate, places where most is added."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contagion.evaluation.origins import Observed, passing
from contagion.evaluation.scores import summed
from contagion.kernel.rollouts import EPIDEMIC

BAND = (0.05, 0.25, 0.5, 0.75, 0.95)  # quantiles of the fan
BEFORE = {12: 60, 1: 15}  # periods of the record that are shown before it


@dataclass(frozen=True)
class Outlook:
    """The forecast of the periods after a record.

    Attributes
    ----------
    nation
        Homicides of all places by period: period, counted (before), and q05, q25, q50, q75, q95 (ahead).
    places
        By place over the year ahead: residents, last_year (homicides), expected, q05, q95, change (expected less last
        year), rises (probability of more than in the last year), passes (probability of passing the rate).
    total
        Homicides of all places over the year ahead: last_year, expected, q05, q95.
    rate
        Homicides per 100,000 residents and year.
    first
        The first period ahead.
    season
        Periods of a year.
    """

    nation: pd.DataFrame
    places: pd.DataFrame
    total: pd.Series
    rate: float
    first: str
    season: int

    @property
    def unit(self) -> str:
        """What its periods are: months or years."""
        return "months" if self.season > 1 else "years"

    def __repr__(self) -> str:
        return f"Outlook({len(self.places):,} places, from {self.first})"


def look_ahead(observed: Observed, draws: int = 400, rate: float = EPIDEMIC) -> Outlook:
    """Forecast the periods after the end of a record.

    Parameters
    ----------
    observed
        The record.
    draws
        Draws of the forecast.
    rate
        Homicides per 100,000 residents and year that places may pass.
    """
    season, length = observed.season, observed.counts.sizes["time"]
    fitted = observed.fit(length)
    ahead = {"months": 12} if season > 1 else {"years": 3}
    levels, drawn = (of(draws=draws, **ahead).values for of in (fitted.levels, fitted.draw))
    counted = observed.counts.values
    year = summed(levels[:, :season].astype(float), np.asarray(fitted.moves.size), drawn[:, :season], 1)
    last = _last_year(counted, season)
    residents = observed.residents(length)
    low, high = np.quantile(year.sample(), [0.05, 0.95], axis=0)
    expected = year.means.mean(axis=0)
    places = pd.DataFrame(
        dict(
            residents=residents,
            last_year=last,
            expected=expected,
            q05=low,
            q95=high,
            change=expected - last,
            rises=np.where(np.isfinite(last), _more(year.sample(), last), np.nan),
            passes=passing(year, residents, rate),
        ),
        index=pd.Index(observed.counts.place.values, name="place"),
    )
    nation = _nation(observed, np.nansum(counted, axis=1), drawn.sum(axis=2))
    everyone = year.sample().sum(axis=1)
    q05, q95 = np.quantile(everyone, [0.05, 0.95])
    total = pd.Series(dict(last_year=np.nansum(last), expected=expected.sum(), q05=q05, q95=q95))
    return Outlook(nation, places, total, rate, observed.label(length), season)


def _last_year(counted: NDArray, season: int) -> NDArray:
    """Homicides of the last year [place]; NaN where none of it is known."""
    last = counted[-season:]
    return np.where(np.isfinite(last).any(axis=0), np.nansum(last, axis=0), np.nan)


def _more(drawn: NDArray, last: NDArray) -> NDArray:
    """Probability of more than in the last year, ties one half: [place]."""
    return (drawn > last).mean(axis=0) + (drawn == last).mean(axis=0) / 2


def _nation(observed: Observed, counted: NDArray, drawn: NDArray) -> pd.DataFrame:
    """The record before the end and the fan after it, by period."""
    length = len(counted)
    first = max(length - BEFORE[observed.season], 0)
    every = range(first, length + drawn.shape[1])
    fan = np.full((len(every), len(BAND)), np.nan)
    fan[length - first :] = np.quantile(drawn, BAND, axis=0).T
    columns = {f"q{100 * share:02.0f}": fan[:, at] for at, share in enumerate(BAND)}
    before = np.full(len(every), np.nan)
    before[: length - first] = counted[first:]
    return pd.DataFrame(dict(period=[observed.label(at) for at in every], counted=before, **columns))
