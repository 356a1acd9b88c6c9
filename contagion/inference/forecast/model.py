"""Fit a forecast to counts by place and period, and draw joint paths from it."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from contagion.errors import InputError
from contagion.inference.forecast.calendar import MONTHS, NAMES
from contagion.inference.forecast.drawing import counted, relative_levels, scaled
from contagion.inference.forecast.estimation import estimate
from contagion.inference.forecast.filtering import Dynamics, Levels
from contagion.inference.forecast.nation import forecast as national_path
from contagion.inference.forecast.panel import National, build_panel, national
from contagion.inference.forecast.record import Record, read_record
from contagion.inference.forecast.shares import members
from contagion.inference.forecast.stacking import Filtered, Shift, filtered_again, learn
from contagion.inference.forecast.tempering import moved, scatter, tempered

FARTHEST = 50  # years ahead


@dataclass(frozen=True)
class Forecast:
    """A forecast fitted to counts.

    Attributes
    ----------
    record
        What it was fitted to.
    numbers
        Global numbers of the filter, on the scale on which they are estimated.
    tempering
        Factor on innovations and forgetting beyond one period.
    moves
        Numbers by place under it, with the scatter of each place.
    last
        Levels after the last period, with the same scatter.
    reference
        National log rate.
    shift
        Shift of the log levels of places towards a mixture with smoothed relative risks.
    """

    record: Record
    numbers: dict[str, float]
    tempering: float
    moves: Dynamics
    last: Levels
    reference: National
    shift: Shift

    def __repr__(self) -> str:
        calendar = self.record.calendar
        unit = NAMES[calendar.periods_a_year]
        return f"Forecast({len(self.record.places)} places, {calendar.length} {unit}s to {str(calendar.last)[:10]})"

    @property
    def weights(self) -> xr.DataArray:
        """Weight of each member of the mixture (horizon, place, member)."""
        coordinates = dict(
            horizon=list(self.shift.horizons),
            place=self.record.places,
            member=members(self.record.calendar.periods_a_year),
        )
        return xr.DataArray(self.shift.weights, coordinates, ("horizon", "place", "member"), "weights")

    def levels(
        self, months: int | None = None, draws: int = 400, seed: int = 0, *, years: int | None = None
    ) -> xr.DataArray:
        """Draw expected counts: joint paths over places and periods, before counting.

        Parameters
        ----------
        months
            Months ahead, for monthly records.
        draws
            Number of paths.
        seed
            Seed; the same one gives the levels that `draw` counts.
        years
            Years ahead, instead of months.

        Returns
        -------
        DataArray
            Expected counts (draw, time, place).

        Raises
        ------
        InputError
            If the time ahead is not given in the unit of the record, or a number is out of bounds.
        """
        periods = self._periods(months, years)
        return self._labelled(self._levels(periods, *_checked(draws, seed)), "levels")

    def draw(
        self, months: int | None = None, draws: int = 400, seed: int = 0, *, years: int | None = None
    ) -> xr.DataArray:
        """Draw counts: joint paths over places and periods.

        Parameters
        ----------
        months
            Months ahead, for monthly records.
        draws
            Number of paths.
        seed
            Seed; the same one gives the same counts.
        years
            Years ahead, instead of months.

        Returns
        -------
        DataArray
            Integer counts (draw, time, place).

        Raises
        ------
        InputError
            If the time ahead is not given in the unit of the record, or a number is out of bounds.
        """
        periods = self._periods(months, years)
        means = self._levels(periods, *_checked(draws, seed))
        generator = np.random.default_rng([seed, 1])
        return self._labelled(counted(means, np.asarray(self.moves.size), generator), "counts")

    def _periods(self, months: int | None, years: int | None) -> int:
        """Periods ahead."""
        yearly = self.record.calendar.periods_a_year
        if (months is None) == (years is None):
            raise InputError("months, years: one of them must be given")
        if months is not None and yearly != MONTHS:
            raise InputError("months: the record is by year: give years")
        given, name = (months, "months") if months is not None else (years, "years")
        periods = _whole(given, name, 1, FARTHEST * (12 if name == "months" else 1))
        return periods * yearly if name == "years" else periods

    def _levels(self, periods: int, draws: int, seed: int) -> NDArray[np.float32]:
        # Streams of their own: paths that reach farther begin with those that do not.
        record, reference = self.record, self.reference
        generator, national = (np.random.default_rng([seed, stream]) for stream in (0, 2))
        relative = relative_levels(self.last, self.moves, record.area, periods, draws, generator)
        relative += self.shift.at(periods).astype(np.float32)
        path = national_path(reference.log_rate, reference.extra, record.calendar.periods_a_year, periods)
        season = reference.season[record.calendar.phases(periods)]
        residents = record.population(periods)
        return scaled(relative, residents, path, season, np.asarray(self.moves.size), national)

    def _labelled(self, values: NDArray, name: str) -> xr.DataArray:
        coordinates = dict(
            draw=np.arange(values.shape[0]),
            time=self.record.calendar.ahead(values.shape[1]),
            place=self.record.places,
        )
        return xr.DataArray(values, coordinates, ("draw", "time", "place"), name)


def _whole(given: Any, name: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)) or not least <= given <= most:
        raise InputError(f"{name}: is {given!r}: must be a whole number from {least} to {most:,}")
    return int(given)


def _checked(draws: int, seed: int) -> tuple[int, int]:
    return _whole(draws, "draws", 1, 1_000_000), _whole(seed, "seed", 0, 2**63)


def fit(counts: xr.DataArray, population: xr.DataArray, neighbours: Any, area: Any = None) -> Forecast:
    """Fit a forecast to counts by place and month or year.

    A filter of log levels by place and area gives joint paths. Its places are moved halfway, in log shares, to a
    mixture of its own expectation with smoothed relative risks of the place, of neighbours and of the area, whose
    weights are learned at earlier origins of the record. National paths are those of an average over local-level
    models. Nothing after the last time of `counts` is used, except for residents.

    Parameters
    ----------
    counts
        Whole counts (time, place), NaN where unknown. Times are years as integers, or dates a month or a year apart.
    population
        Residents (time, place) by year or month; interpolated, and held at the first and the last value beyond.
    neighbours
        Sparse matrix [place, place], positive where two places are neighbours, or a libpysal Graph.
    area
        Label of the area of each place, such as its state; None makes areas of places that are near each other.

    Returns
    -------
    Forecast
        Draws joint paths: `draw` of counts, `levels` of expected counts. Where nobody lives they are zero.

    Raises
    ------
    InputError
        If something cannot be used: places that do not match, duplicated labels, negative or broken counts, periods
        that are missing, or fewer than 24 months or 6 years.
    """
    record = read_record(counts, population, neighbours, area)
    residents = record.population(0, -record.calendar.length)
    reference = national(record, residents)
    areas = int(record.area.max()) + 1
    with jax.enable_x64(True):
        panel = build_panel(record, residents, reference)
        numbers = estimate(panel, areas, record.calendar.periods_a_year)
        tempering, moves, every = tempered(numbers, panel, areas, residents, record.calendar.periods_a_year)
        sizes, spreads = scatter(every, moves, panel, residents, record.calendar.periods_a_year)
        filtered = Filtered(every, moves, record.area)
        second = filtered_again(moves, panel, record)
        last, moves = moved(Levels(*(values[-1] for values in every)), moves, spreads)
        moves = moves._replace(size=moves.size * sizes)
        shift = learn(record, residents, reference, filtered, second, Filtered(last, moves, record.area))
    named = {name: float(value) for name, value in vars(numbers).items()}
    return Forecast(record, named, tempering, moves, last, reference, shift)
