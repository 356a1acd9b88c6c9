"""Levels of homicides that a run is anchored to: forecast from the record of the region, or the record itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from contagion.errors import InputError
from contagion.kernel.processes.anchor import Anchor
from contagion.regions.atlas import Atlas
from contagion.regions.neighbours import adjacency
from contagion.regions.record import first_days, unit

if TYPE_CHECKING:
    from contagion.inference.forecast import Forecast

Kind = Literal["forecast", "record", "none"]
KINDS = ("forecast", "record", "none")
MONTHS, YEARS = 36, 8  # of record from which a run is anchored to a forecast by default
BLOCK = 64  # paths that are drawn together: what a replicate gets does not depend on how many there are
DAYS_OF_MONTH, DAYS_OF_YEAR = 30.436875, 365.2425


@dataclass(frozen=True)
class Levels:
    """Homicides that are expected without any strategy.

    Attributes
    ----------
    weekly
        Homicides per week [part, place, replicate]; parts are months or years.
    part
        Part that each week of the run belongs to, by its middle day [week].
    dispersion
        Of weekly counts, variance = mean + dispersion mean^2 [place].
    start
        Homicides per week at the start that the mechanism goes with [place]; None for those of the region.
    sentence
        Where the levels come from.
    """

    weekly: Float[NDArray, "part place replicate"]
    part: NDArray[np.intp]
    dispersion: NDArray[np.float32]
    start: NDArray[np.float64] | None
    sentence: str

    def anchors(
        self, bounds: Sequence[tuple[int, int]], paths: Sequence[Any] | None, weight: float
    ) -> Iterator[Anchor]:
        """The anchor of each period, all of one shape; without `paths` of the reference, this run is the reference."""
        weeks = max(last - first for first, last in bounds)
        parts = max(int(np.ptp(self.part[first:last])) + 1 for first, last in bounds)
        unknown = np.zeros((weeks, *self.weekly.shape[1:]), jnp.result_type(float))
        for period, (first, last) in enumerate(bounds):
            low = min(int(self.part[first]), len(self.weekly) - parts)
            here = np.full(weeks, self.part[last - 1] - low, np.int32)
            here[: last - first] = self.part[first:last] - low
            arrays: dict[str, Any] = dict(
                level=self.weekly[low : low + parts],
                part=here,
                dispersion=self.dispersion[:, None],
                reference=unknown if paths is None else paths[period],
                is_reference=np.asarray(paths is None),
            )
            yield Anchor(**arrays, weight=weight)


def default_kind(atlas: Atlas) -> Kind:
    """The anchor of a region where none is asked for: a forecast where its record is long enough."""
    if atlas.record is None or atlas.start is None:
        return "none"
    known = (atlas.record.ends <= np.datetime64(atlas.start)).sum()
    return "forecast" if known >= (YEARS if atlas.record.yearly else MONTHS) else "none"


def fitted(atlas: Atlas, start: date) -> "Forecast":
    """The forecast from what was counted in a region before a day.

    Parameters
    ----------
    atlas
        Region with a record.
    start
        First day of the run; periods that have not ended by then are not used.

    Raises
    ------
    InputError
        If the region has no record, or too short a record.
    """
    from contagion.inference.forecast import fit  # with SciPy's optimisers, which take long to import

    record = _record(atlas, "forecast").before(start)
    states = atlas.polygons.state
    area = states.to_numpy(str) if states.nunique() > 1 else None
    return fit(record.counts, record.population, adjacency(atlas.region), area)


def levels_of(
    anchor: "Kind | Forecast", atlas: Atlas, start: date, weeks: int, replicates: range, seed: int, deterministic: bool
) -> Levels | None:
    """Levels of a run.

    Parameters
    ----------
    anchor
        Forecast, record or none; or a forecast that was fitted to the record of the region.
    atlas
        The region.
    start, weeks
        First day and length of the run.
    replicates
        Numbers of the replicates.
    seed
        Seed of the paths.
    deterministic
        Whether all replicates get the mean over paths.

    Returns
    -------
    Levels or None
        None for an anchor of none.

    Raises
    ------
    InputError
        If the anchor is unknown, the region has no record or too short a record, or the run leaves it.
    """
    if not isinstance(anchor, str):
        return _forecast(anchor, atlas, start, weeks, replicates, seed, deterministic)
    if anchor not in KINDS:
        raise InputError(f"anchor={anchor!r}: must be one of {', '.join(KINDS)}, or a fitted forecast")
    if anchor == "forecast":
        return _forecast(fitted(atlas, start), atlas, start, weeks, replicates, seed, deterministic)
    return _recorded(atlas, start, weeks, replicates) if anchor == "record" else None


def _record(atlas: Atlas, anchor: Kind) -> Any:
    if atlas.record is None:
        raise InputError(
            f"anchor={anchor}: the region {atlas.name} has no record; take region=mexico or region.record=FILE.csv, or "
            "anchor=none"
        )
    return atlas.record


def _periods(start: date, weeks: int, yearly: bool) -> NDArray:
    """Month or year of the middle day of each week, as numbers since 1970."""
    middles = np.datetime64(start + timedelta(days=3)) + 7 * np.arange(weeks)
    return middles.astype(unit(yearly)).astype(int)


def _per_week(periods: NDArray, yearly: bool) -> NDArray[np.float64]:
    """Weeks' share of a month or year: 7 days over its days."""
    days = [first_days(periods + step, yearly).astype(int) for step in (0, 1)]
    return 7 / (days[1] - days[0])


def _forecast(
    forecast: "Forecast", atlas: Atlas, start: date, weeks: int, replicates: range, seed: int, deterministic: bool
) -> Levels:
    """Draws of a forecast as levels."""
    if not np.array_equal(forecast.record.places, atlas.polygons.index.to_numpy(str)):
        raise InputError("anchor: the forecast has other places than the region; fit it to the record of the region")
    calendar = forecast.record.calendar
    yearly = calendar.periods_a_year == 1
    ahead = calendar.first + calendar.length - (1970 if yearly else 1970 * 12)  # first period that is not known
    periods = _periods(start, weeks, yearly)
    if periods[0] < ahead:
        raise InputError(
            f"anchor: the forecast knows what was counted until {str(calendar.last)[:10]}, after start={start}; fit it "
            "to what was counted before"
        )
    length = int(periods[-1]) - ahead + 1

    def block(number: int) -> NDArray[np.float32]:
        """Levels of a block of paths per week, [part, place, draw]."""
        drawn = np.random.SeedSequence([seed, number]).generate_state(1)[0]
        given = forecast.levels(
            draws=BLOCK, seed=int(drawn) >> 1, **(dict(years=length) if yearly else dict(months=length))
        )
        return given.values.transpose(1, 2, 0)[int(periods[0]) - ahead :]

    share = _per_week(np.arange(periods[0], periods[-1] + 1), yearly).astype(np.float32)[:, None, None]
    if deterministic:
        mean = block(0).mean(axis=2, keepdims=True)
        weekly = np.repeat(mean, len(replicates), axis=2)
    else:
        blocks = range(replicates.start // BLOCK, (replicates.stop - 1) // BLOCK + 1)
        every = np.concatenate([block(number) for number in blocks], axis=2)
        first = replicates.start - blocks.start * BLOCK
        weekly = np.ascontiguousarray(every[..., first : first + len(replicates)])
    weekly *= share
    size = np.asarray(forecast.moves.size) * 7 / (DAYS_OF_YEAR if yearly else DAYS_OF_MONTH)
    year = weekly[: 1 if yearly else 12].mean(axis=(0, 2), dtype=float)
    sentence = f"Homicides are anchored to the forecast from what was recorded until {str(calendar.last)[:7]}"
    return Levels(weekly, periods - periods[0], (1 / size).astype(np.float32), year, sentence)


def _recorded(atlas: Atlas, start: date, weeks: int, replicates: range) -> Levels:
    """What was counted as levels, alike in all replicates; counts are Poisson around them."""
    record = _record(atlas, "record")
    periods = _periods(start, weeks, record.yearly)
    every = record.numbers
    if periods[0] < every[0] or periods[-1] > every[-1]:
        raise InputError(
            f"anchor=record: {weeks} weeks from {start} leave the record of {record.labels[0]} to {record.labels[-1]}; "
            "must lie within it, or take anchor=forecast"
        )
    here = slice(int(periods[0] - every[0]), int(periods[-1] - every[0]) + 1)
    counted = record.counts.values[here] * _per_week(every[here], record.yearly)[:, None]
    weekly = np.where(np.isfinite(counted), counted, np.asarray(atlas.region.homicides)).astype(np.float32)
    spread = np.repeat(weekly[..., None], len(replicates), axis=2)
    sentence = f"Homicides are anchored to what was recorded from {record.labels[here][0]} to {record.labels[here][-1]}"
    return Levels(spread, periods - periods[0], np.zeros(weekly.shape[1], np.float32), None, sentence)
