"""Forecasts of a record at earlier origins, scored beside rivals by place, province and nation."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sparse
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import nbinom

from contagion.errors import InputError
from contagion.evaluation.endemic_epidemic import EndemicEpidemic, shares_of_neighbours
from contagion.evaluation.rivals import MEAN, rival_forecasts
from contagion.evaluation.scores import (
    BINS,
    CENTRAL,
    Mixture,
    Sample,
    deviation,
    energy_score,
    mass_within,
    pit,
    summed,
)
from contagion.inference import forecast
from contagion.inference.forecast.record import SHORTEST, interpolated, matched_neighbours
from contagion.kernel.rollouts import EPIDEMIC
from contagion.regions.atlas import Atlas
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres

OURS, TOTAL = "forecast", "total"
LEVELS = ("place", "province", "nation")
HORIZONS = {12: (1, 3, 6, 12), 1: (1, 2, 3)}
PIT = [f"pit_{number}" for number in range(1, BINS + 1)]


@dataclass(frozen=True)
class Observed:
    """What a forecast is made from.

    Attributes
    ----------
    counts
        Whole counts (time, place), NaN where unknown; times are months, or years as integers.
    population
        Residents (time, place).
    neighbours
        Sparse matrix [place, place] or libpysal Graph.
    province
        Label of the province of each place.
    """

    counts: xr.DataArray
    population: xr.DataArray
    neighbours: Any
    province: NDArray

    @classmethod
    def of(cls, atlas: Atlas, start: date | None = None) -> "Observed":
        """The record of a region as known on the morning of `start`, or all of it.

        Raises
        ------
        InputError
            If the region has no record.
        """
        if atlas.record is None:
            raise InputError(
                f"region {atlas.name}: has no record of homicides; forecasts take region=mexico, or region=file with "
                "region.record=TABLE.csv"
            )
        record = atlas.record.before(start) if start else atlas.record
        touching = contiguity(in_kilometres(atlas.polygons))[0]
        return cls(record.counts, record.population, touching, atlas.polygons.state.to_numpy(str))

    @property
    def season(self) -> int:
        """Periods of a year."""
        return 1 if self.counts.time.dtype.kind in "iu" else 12

    def label(self, period: int) -> str:
        """The period as text, 2007 or 2007-03; also of periods after the last one."""
        if self.season == 1:
            return str(int(self.counts.time.values[0]) + period)
        return str(self.counts.time.values[0].astype("datetime64[M]") + period)

    def fit(self, origin: int) -> forecast.Forecast:
        """The forecast fitted to the periods before `origin`."""
        several = len(np.unique(self.province)) > 1
        return forecast.fit(self.counts[:origin], self.population, self.neighbours, self.province if several else None)

    def residents(self, origin: int) -> NDArray:
        """Residents in the middle of the year from `origin` [place], interpolated."""
        first = self.counts.time.values[0]
        since = float(first) if self.season == 1 else float(first.astype("datetime64[M]").astype(int)) / 12 + 1970
        middle = np.array([since + origin / self.season + 0.5])
        return interpolated(middle, self.population.time.values + 0.5, self.population.values)[0]


@dataclass(frozen=True)
class Evaluation:
    """What came of forecasts at one or more origins.

    Attributes
    ----------
    scores
        level, model, origin (first period ahead), horizon, crps, log_score, coverage of the central 90 %,
        pit_deviation (share of the PIT in the wrong bins), energy_score (of all provinces together), skill (of the
        CRPS over the mean of the last year, %), and the share of the PIT in each of ten bins.
    places
        CRPS of the total over twelve months or of the first year by origin and place, of the forecast and of the mean
        of the last year.
    statements
        By origin and place, the probability of passing a rate over the year ahead, that by the mean of the last year,
        whether it did in the last year, and whether it did.
    """

    scores: pd.DataFrame
    places: pd.DataFrame
    statements: pd.DataFrame

    @classmethod
    def pooled(cls, several: Sequence["Evaluation"]) -> "Evaluation":
        """Those of several origins as one."""
        parts = {part.name: pd.concat([getattr(one, part.name) for one in several]) for part in fields(cls)}
        return cls(**{name: table.reset_index(drop=True) for name, table in parts.items()})


def targets(horizons: Sequence[int], season: int) -> dict[str, tuple[int, ...]]:
    """Periods ahead that are scored together, by name: each horizon, and the year ahead, of months as a total."""
    single = {*horizons, 1} if season == 1 else {*horizons}
    found: dict[str, tuple[int, ...]] = {str(horizon): (horizon,) for horizon in sorted(single)}
    return {**found, TOTAL: tuple(range(1, season + 1))} if season > 1 else found


def reach(horizons: Sequence[int], season: int) -> int:
    """Periods ahead that are forecast: at least a year."""
    return max([*horizons, season])


def choose_origins(observed: Observed, most: int, horizons: Sequence[int]) -> list[int]:
    """Origins a year apart, the number of periods known at each: the newest from which all horizons are known, last.

    Raises
    ------
    InputError
        If the record is too short for one.
    """
    season, length = observed.season, observed.counts.sizes["time"]
    periods = reach(horizons, season)
    least = max(SHORTEST[season], periods + season)
    if length < least + periods:
        unit = "months" if season > 1 else "years"
        raise InputError(
            f"record of the region: {length} {unit} to {observed.label(length - 1)}: must be at least "
            f"{least + periods}, {least} to learn from and {periods} to compare with"
        )
    return list(range(length - periods, least - 1, -season))[:most][::-1]


def forecasts(
    observed: Observed, origin: int, horizons: Sequence[int], draws: int, seen: dict[str, NDArray]
) -> dict[tuple[str, str], dict[str, Mixture | Sample]]:
    """Forecasts by every model at one origin, by level and target.

    Parameters
    ----------
    observed
        The record, of which nothing from `origin` on is read.
    origin
        Periods that are known.
    horizons
        Periods ahead.
    draws
        Draws of the forecast.
    seen
        Places that are scored and summed, by target.
    """
    season = observed.season
    fitted = observed.fit(origin)
    ahead = {"months" if season > 1 else "years": reach(horizons, season)}
    levels, drawn = (of(draws=draws, **ahead).values for of in (fitted.levels, fitted.draw))
    size = np.asarray(fitted.moves.size)
    known = observed.counts.values[:origin].astype(float)
    usual = np.where(np.isfinite(known), known, 0).sum(axis=0) / np.maximum(np.isfinite(known).sum(axis=0), 1)
    known = np.where(np.isfinite(known), known, usual)
    codes = pd.factorize(observed.province)[0]
    touching = matched_neighbours(observed.neighbours, observed.counts.place.values)
    endemic: dict[tuple[str, bytes], EndemicEpidemic] = {}
    found = {}
    for target, periods in targets(horizons, season).items():
        at, some = np.array(periods) - 1, seen[target]
        means, counts = levels[:, at][:, :, some].astype(float), drawn[:, at][:, :, some]
        alone = Mixture(means[:, 0], size[some]) if len(at) == 1 else summed(means, size[some], counts, 1)
        member = (codes[some, None] == np.unique(codes[some])).astype(float)
        for level, unit in zip(LEVELS, (None, member, np.ones((some.sum(), 1))), strict=True):
            ours = alone if unit is None else summed(means, size[some], counts, 2, unit)
            history = known[:, some] if unit is None else known[:, some] @ unit
            key = level, some.tobytes()  # the same places are fitted once for all targets
            model = endemic.setdefault(key, EndemicEpidemic(_weights(touching[some][:, some], unit)))
            found[level, target] = {OURS: ours, **rival_forecasts(history, periods, season, endemic=model)}
    return found


def _weights(touching: sparse.csr_array, unit: NDArray | None) -> sparse.csr_array:
    """Shares of neighbours of places, or of units that they are members of [place, unit]."""
    if unit is None:
        return shares_of_neighbours(touching)
    between = unit.T @ (touching @ unit)
    np.fill_diagonal(between, 0)
    return shares_of_neighbours(sparse.csr_array((between > 0).astype(float)))


def evaluate(
    observed: Observed,
    origin: int,
    horizons: Sequence[int] | None = None,
    draws: int = 400,
    rate: float = EPIDEMIC,
) -> Evaluation:
    """Forecast a record at one origin and score what was forecast.

    Parameters
    ----------
    observed
        The record, which reaches at least a year and all horizons beyond the origin.
    origin
        Periods that are known.
    horizons
        Periods ahead; 1, 3, 6 and 12 months or 1 to 3 years by default.
    draws
        Draws of the forecast.
    rate
        Homicides per 100,000 residents and year, of the statements about places that pass it.
    """
    season = observed.season
    horizons = horizons or HORIZONS[season]
    every = observed.counts.values.astype(float)
    later = {name: every[origin + np.array(at) - 1].sum(axis=0) for name, at in targets(horizons, season).items()}
    seen = {name: np.isfinite(values) for name, values in later.items()}
    label = observed.label(origin)
    if lacking := [name for name, places in seen.items() if not places.any()]:
        raise InputError(
            f"record of the region: nothing is known for the horizon {lacking[0]} from {label}: must be known in some "
            "place; choose fewer forecast.origins"
        )
    made = forecasts(observed, origin, horizons, draws, seen)
    codes = pd.factorize(observed.province)[0]
    rows = []
    for (level, target), several in made.items():
        counted = later[target][seen[target]]
        if level != "place":
            unit = codes[seen[target]] if level == "province" else np.zeros(len(counted), int)
            counted = np.bincount(unit, counted)[np.unique(unit)]
        for model, one in several.items():
            rows.append(dict(level=level, model=model, origin=label, horizon=target) | _row(one, counted, level))
    scores = pd.DataFrame(rows)
    scores.insert(8, "skill", skill(scores, "crps"))
    year = TOTAL if season > 1 else "1"
    of_year = made["place", year]
    return Evaluation(
        scores,
        _by_place(observed, label, of_year, later[year], seen[year]),
        _statements(observed, origin, of_year, later[year], seen[year], rate),
    )


def skill(scores: pd.DataFrame, score: str) -> NDArray:
    """By how many per cent a score is lower than that of the mean of the last year, at the same origin: [row]."""
    keys = ["level", "horizon", "origin"]
    usual = pd.DataFrame(scores[scores.model == MEAN], columns=[*keys, score])
    base = scores[keys].merge(usual, how="left", on=keys)[score].to_numpy()
    return 100 * (1 - scores[score].to_numpy() / np.where(base > 0, base, np.nan))


def _row(one: Mixture | Sample, counted: NDArray, level: str) -> dict[str, float]:
    """Means over units of the scores of a forecast, and its PIT."""
    found = one.score(counted)
    below, upto = found["below"], found["upto"]
    shares = pit(below, upto)
    return dict(
        crps=float(found["crps"].mean()),
        log_score=float(found["log_score"].mean()),
        coverage=float(mass_within(below, upto, *CENTRAL).mean()),
        pit_deviation=deviation(shares) if len(counted) > 1 else np.nan,
        energy_score=energy_score(one, counted) if level == "province" else np.nan,
        **dict(zip(PIT, shares, strict=True)),
    )


def _by_place(observed: Observed, label: str, of_year: dict, later: NDArray, seen: NDArray) -> pd.DataFrame:
    crps = {name: of_year[name].score(later[seen])["crps"] for name in (OURS, MEAN)}
    return pd.DataFrame(dict(origin=label, place=observed.counts.place.values[seen], **crps))


def passing(one: Mixture, residents: NDArray, rate: float) -> NDArray:
    """Probability that counts exceed a rate per 100,000 residents: [unit]."""
    limit = np.floor(rate * residents / 1e5)
    share = one.size / (one.size + one.means)
    return np.asarray(nbinom.sf(limit, np.broadcast_to(one.size, one.means.shape), share)).mean(axis=0)


def _statements(
    observed: Observed, origin: int, of_year: dict, later: NDArray, seen: NDArray, rate: float
) -> pd.DataFrame:
    residents = observed.residents(origin)[seen]
    before = observed.counts.values[origin - observed.season : origin].sum(axis=0)[seen]
    return pd.DataFrame(
        dict(
            origin=observed.label(origin),
            place=observed.counts.place.values[seen],
            probability=passing(of_year[OURS], residents, rate),
            by_mean_of_a_year=passing(of_year[MEAN], residents, rate),
            did_before=before > rate * residents / 1e5,
            happened=later[seen] > rate * residents / 1e5,
        )
    )


def rolling(
    observed: Observed,
    origins: Iterable[int],
    horizons: Sequence[int] | None = None,
    draws: int = 400,
    rate: float = EPIDEMIC,
    said: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Forecasts at several origins, scored.

    Parameters
    ----------
    observed, horizons, draws, rate
        As for `evaluate`.
    origins
        Periods that are known at each.
    said
        Told of each origin as it is done.
    """
    found = []
    for origin in origins:
        one = evaluate(observed, origin, horizons, draws, rate)
        ours = one.scores[(one.scores.model == OURS) & (one.scores.level == "place")]
        said(f"{observed.label(origin)}: skill {dict(zip(ours.horizon, ours.skill.round(1), strict=True))}")
        found.append(one)
    return Evaluation.pooled(found)
