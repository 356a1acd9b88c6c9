"""A run of an ensemble per strategy, checked and ready: its strategies one after the other, and their labels."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, get_args

import jax
import numpy as np
import xarray as xr

from contagion.errors import InputError
from contagion.interventions.historical import history_of
from contagion.interventions.priors import draw_strategies, numbers_drawn
from contagion.interventions.registry import Strategy
from contagion.kernel.ensembles import ensemble
from contagion.kernel.flows import Flows, Stocks
from contagion.kernel.initial import Model
from contagion.kernel.numerics.random import GENERATORS
from contagion.kernel.params import Params
from contagion.kernel.region import Region
from contagion.parameters.constraints import branching_ratio, check_start
from contagion.parameters.presets import load_params
from contagion.parameters.provenance import describe
from contagion.parameters.scaling import at_scale, concentration
from contagion.regions.areas import with_areas
from contagion.regions.atlas import Atlas
from contagion.regions.record import first_days
from contagion.simulation.anchoring import Kind, Levels, default_kind, levels_of
from contagion.simulation.calendar import Period, calendar, first_day
from contagion.simulation.labels import coordinates, described, text

if TYPE_CHECKING:
    from contagion.inference.forecast import Forecast

YEARS_SHOWN = 5  # of the record, with the results of anchored runs

Periods = Iterator[tuple[Flows, Stocks]]
Series = Iterator[xr.Dataset]  # of a strategy, for some periods at a time


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What runs, over what, and how it is labelled; see `contagion.simulate` for the meaning of each setting."""

    atlas: Atlas
    region: Region
    params: Params  # at the scale of the region
    given: Params  # as they were drawn
    sentence: str  # on how they were
    strategies: Mapping[str, Strategy]  # with the history of the region, and with drivers
    options: tuple[Strategy, ...]  # of drivers and strategies, as they were drawn
    reference: Strategy | None  # whose expected homicides others are compared with, in anchored runs
    levels: Levels | None
    mechanism_weight: float
    start: date
    weeks: int
    record: Period
    times: np.ndarray
    bounds: list[tuple[int, int]]
    first: int
    replicates: int
    seed: int
    deterministic: bool
    generator: str
    chunk_size: int | None

    @property
    def steps(self) -> int:
        """Periods of all strategies, and of the reference of anchored runs."""
        return (len(self.strategies) + (self.levels is not None)) * len(self.bounds)

    def series(
        self, kept: Callable[[str, Periods], Series], done: Collection[str] = (), paths: list[Any] | None = None
    ) -> Iterator[tuple[str, Series]]:
        """What is kept of each strategy that is not `done`, one after the other; each is to be read before the next.

        The reference of anchored runs comes first, and is one of the strategies or is left out. What the mechanism
        expects of it is put into `paths`; where these hold it already, from an earlier call, it is not run again.
        """
        paths, same = [] if paths is None else paths, None
        if self.reference is None:
            paths = None
        elif not paths:
            same = next((name for name, each in self.strategies.items() if each == self.reference), None)
            if not set(self.strategies) - set(done):
                return
            series = kept(same or "reference", map(partial(_expected_kept, paths), self._periods(self.reference, None)))
            if same is None or same in done:
                deque(series, maxlen=0)
            else:
                yield same, series
        for name, each in self.strategies.items():
            if name != same and name not in done:
                yield name, kept(name, self._periods(each, paths))

    def _periods(self, interventions: Strategy, paths: list[Any] | None) -> Periods:
        # NumPy reads what lies in memory as it is, and compiles nothing.
        concatenate = (np if jax.default_backend() == "cpu" else jax.numpy).concatenate
        anchors = self.levels and list(self.levels.anchors(self.bounds, paths, self.mechanism_weight))
        return ensemble(
            Model(self.region, self.params, interventions),
            self.bounds,
            self.replicates,
            self.seed,
            self.chunk_size,
            self.deterministic,
            self.generator,
            self.first,
            concatenate,
            anchors,
        )

    def labelled(self, series: Mapping[str, xr.Dataset], first: int = 0) -> xr.Dataset:
        """Series of strategies as one Dataset with coordinates and attributes; `first` is their first period."""
        names = xr.Variable("strategy", text(series), dict(long_name="Strategy"))
        dataset = xr.concat(list(series.values()), dim=names, join="exact")
        shown = slice(first, first + dataset.sizes["time"])
        replicates = np.arange(self.first, self.first + self.replicates)
        labels = coordinates(self.atlas, self.times[shown], self.bounds[shown], replicates, self.record)
        dataset = _with_drawn(dataset.assign_coords(labels), self.given, self.options)
        dataset = described(dataset, self.atlas, self.seed, self.start, self.weeks, self.sentence)
        dataset.attrs["branching_ratio"] = float(np.mean(branching_ratio(self.params), dtype=float))
        if self.levels is None:
            return dataset
        return _anchored(dataset, self.levels, self.mechanism_weight, self.atlas, self.start)


def prepare(
    atlas: Atlas,
    strategies: Mapping[str, Strategy],
    *,
    drivers: Strategy,
    params: Params | None,
    priors: Mapping[str, Any] | None,
    anchor: "Kind | Forecast | None",
    mechanism_weight: float,
    weeks: int,
    start: date | str | None,
    replicates: int,
    seed: int,
    deterministic: bool,
    generator: str,
    record: Period,
    chunk_size: int | None,
    first: int,
) -> Prepared:
    """Check the arguments of `simulate`, draw what is drawn, and load the levels that homicides are counted around.

    Raises
    ------
    InputError
        If the settings make no run.
    """
    _check(strategies, weeks, replicates, first, record, generator, mechanism_weight)
    params = load_params() if params is None else params
    drawn = _drawn(params, priors, replicates, seed, first)
    strategies, drivers = draw_strategies(priors, strategies, drivers, replicates, seed, first)
    scaled = at_scale(drawn, atlas.law_scale, concentration(atlas.region.members))
    check_start(scaled, atlas.region)
    start = first_day(start, atlas)
    times, bounds = calendar(start, weeks, record)
    kind = default_kind(atlas) if anchor is None else anchor
    levels = levels_of(kind, atlas, start, weeks, range(first, first + replicates), seed, deterministic)
    region = with_areas(atlas, (*drivers, *chain(*strategies.values())))
    if levels is not None and levels.start is not None:
        region = replace(region, homicides=levels.start)
    # What was recorded had its history; a forecast knows of nothing that happens after its start.
    reference = None if levels is None else atlas.history if kind == "record" else ()
    return Prepared(
        atlas=atlas,
        region=jax.device_put(region),
        params=scaled,
        given=drawn,
        sentence=" ".join(describe(params, drawn)),
        strategies={name: (*history_of(each, atlas.history), *drivers, *each) for name, each in strategies.items()},
        options=(drivers, *strategies.values()),
        reference=reference,
        levels=levels,
        mechanism_weight=mechanism_weight,
        start=start,
        weeks=weeks,
        record=record,
        times=times,
        bounds=bounds,
        first=first,
        replicates=replicates,
        seed=seed,
        deterministic=deterministic,
        generator=generator,
        chunk_size=chunk_size,
    )


def _expected_kept(paths: list[Any], period: tuple[Flows, Stocks]) -> tuple[Flows, Stocks]:
    """A period of the reference, after what the mechanism expects in it is kept."""
    paths.append(period[1].expected)
    return period


def _check(
    strategies: Mapping[str, Strategy],
    weeks: int,
    replicates: int,
    first: int,
    record: str,
    generator: str,
    mechanism_weight: float,
) -> None:
    """Raise InputError for settings that make no run."""
    if not strategies:
        raise InputError("strategies: none given")
    if weeks < 1 or replicates < 1:
        raise InputError(f"weeks={weeks}, replicates={replicates}: both must be at least 1")
    if first < 0:
        raise InputError(f"first={first}: replicates count from 0")
    if record not in get_args(Period):
        raise InputError(f"record={record!r}: must be one of {', '.join(get_args(Period))}")
    if generator not in GENERATORS:
        raise InputError(f"generator={generator!r}: must be one of {', '.join(GENERATORS)}")
    if not 0 <= mechanism_weight <= 1:
        raise InputError(f"mechanism_weight={mechanism_weight}: must lie between 0 and 1")


def _anchored(dataset: xr.Dataset, levels: Levels, weight: float, atlas: Atlas, start: date) -> xr.Dataset:
    """The dataset with what was recorded before the start, and attributes that say what its levels are."""
    note = f"{levels.sentence}. {dataset.attrs['note']}"
    assert atlas.record is not None
    known = atlas.record.before(start)
    shown = known.counts[-(YEARS_SHOWN * (1 if known.yearly else 12)) :]
    first = first_days(known.numbers[-len(shown) :], known.yearly).astype("datetime64[ns]")
    words = dict(long_name="Homicides recorded before the start", units="persons", cell_methods="time: sum")
    dataset["recorded_homicides"] = (("recorded_time", "place"), shown.values.astype(np.float32), words)
    times = ("recorded_time", first, dict(long_name=f"First day of the {'year' if known.yearly else 'month'}"))
    dataset = dataset.assign_coords(recorded_time=times)
    return dataset.assign_attrs(anchor=levels.sentence, mechanism_weight=weight, note=note)


def _with_drawn(dataset: xr.Dataset, params: Params, strategies: Iterable[Strategy]) -> xr.Dataset:
    """The dataset with the numbers that differ between replicates, of the model and of options."""
    varied = {name: np.asarray(value) for name, value in vars(params).items() if value.ndim} | numbers_drawn(strategies)
    if not varied:
        return dataset
    words = dict(long_name="Parameters drawn per replicate, in their own units", units="1", cell_methods="time: point")
    dataset["drawn"] = (("parameter", "replicate"), np.stack(list(varied.values())), words)
    return dataset.assign_coords(parameter=("parameter", text(varied), dict(long_name="Parameter")))


def _drawn(params: Params, priors: Mapping[str, Any] | None, replicates: int, seed: int, first: int) -> Params:
    """Parameters with those drawn that have a prior; every number is one for all replicates, or one for each."""
    for name, value in vars(params).items():
        if value.shape not in ((), (replicates,)):
            raise InputError(
                f"params.{name}: has values for {value.shape[0]} replicates, but replicates={replicates}; load the "
                "parameters for as many"
            )
    if priors is None:
        return params
    from contagion.parameters.priors import draw  # with SciPy's distributions, which take long to import

    return draw(priors, params, replicates, seed, first)
