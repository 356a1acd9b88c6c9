"""Arrays to labelled xarray: run an ensemble per strategy, summarise it, store it and reopen it."""

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from importlib.metadata import version
from itertools import chain, starmap
from pathlib import Path
from typing import Any, Literal, get_args

import jax
import numpy as np
import xarray as xr
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contagion.areas import with_areas
from contagion.config import Strategy, at_scale, load_intervention, load_params
from contagion.consistency import check_start
from contagion.ensemble import Model, Stocks, ensemble
from contagion.errors import InputError
from contagion.generators import GENERATORS
from contagion.geography import Atlas
from contagion.params import Params
from contagion.provenance import describe
from contagion.runtime import keep_compiled, keep_memory
from contagion.state import Record
from contagion.variables import GROUP_VARIABLES, OF_RUN, PLACE_VARIABLES, REPLICATE_VARIABLES

ASSUMED = "Effects of strategies hold on condition of assumed parameters (conf/params, conf/priors)."
FIRST_DAY, LAST_DAY = date(1700, 1, 1), date(2150, 1, 1)  # with the longest run, what the store's dates can hold
Period = Literal["month", "week", "run"]
STATISTICS = ("mean", "sd", "q05", "q50", "q95")
QUANTILES = (0.05, 0.5, 0.95)


def simulate(
    atlas: Atlas,
    strategies: Mapping[str, Strategy] | None = None,
    *,
    drivers: Strategy = (),
    params: Params | None = None,
    priors: Mapping[str, Any] | None = None,
    weeks: int = 260,
    start: date | str | None = None,
    replicates: int = 64,
    seed: int = 0,
    deterministic: bool = False,
    generator: str = "hash",
    record: Period = "month",
    full: bool = False,
    lanes: int | None = None,
    first: int = 0,
    progress: bool = False,
) -> xr.Dataset:
    """Runs every strategy under common random numbers and returns what was recorded, month by month or week by week.

    **Arguments:** `atlas` from `load_region`; `strategies` named tuples of interventions, by default nothing
    against kingpin; `drivers` what happens under all of them; `priors` draws the numbers it names per replicate;
    `deterministic` takes expectations for counts and no shocks; `generator` of random numbers is hash or
    threefry; `record` month, week or run, the periods of what is returned; `full` keeps homicides and presence of every
    replicate and place; `lanes` replicates are computed at once; `first` is the number of the first replicate: what
    runs of the replicates 0 to 63 and 64 to 127 return is what one run of 128 replicates has of them.

    **Returns** a Dataset with `homicides(strategy, statistic, time, place)`, statistic being mean, sd, q05,
    q50 and q95 over replicates, `homicides_total(strategy, replicate, time)`, the same for the other variables,
    series by group, and `homicides_of_run(strategy, replicate, place)`, and `drawn(parameter, replicate)`
    where numbers are drawn. A week belongs to the month of its middle day; `weeks(time)` says how many each period has.

    Raises InputError for settings that make no run.
    """
    if strategies is None:
        strategies = {"baseline": (), "kingpin": (load_intervention("kingpin"),)}
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
    params = load_params() if params is None else params
    _check_shapes(params, replicates)
    drawn = params
    if priors is not None:
        from contagion.priors import draw  # with SciPy's distributions, which take long to import

        drawn = draw(priors, params, replicates, seed, first)
    numbers = " ".join(describe(params, drawn))
    params = at_scale(drawn, atlas.law_scale)
    check_start(params, atlas.region)
    start = _start(start, atlas)
    times, bounds = calendar(start, weeks, record)
    keep_compiled()
    keep_memory()
    region = jax.device_put(with_areas(atlas, (*drivers, *chain(*strategies.values()))))
    # NumPy reads what lies in memory as it is, and compiles nothing.
    concatenate = (np if jax.default_backend() == "cpu" else jax.numpy).concatenate

    runs = []
    with _bar(len(strategies) * len(bounds), progress) as report:
        for name, interventions in strategies.items():
            model = Model(region, params, (*atlas.history, *drivers, *interventions))
            periods = ensemble(model, bounds, replicates, seed, lanes, deterministic, generator, first, concatenate)
            runs.append(_collect(periods, atlas, full, partial(report, name)))
    dataset = xr.concat(runs, dim=xr.Variable("strategy", _text(strategies), dict(long_name="Strategy")), join="exact")
    dataset = dataset.assign_coords(_coordinates(atlas, times, bounds, np.arange(first, first + replicates), record))
    if varied := {name: np.asarray(value) for name, value in vars(drawn).items() if value.ndim}:
        words = dict(
            long_name="Parameters drawn per replicate, in their own units", units="1", cell_methods="time: point"
        )
        dataset["drawn"] = (("parameter", "replicate"), np.stack(list(varied.values())), words)
        dataset = dataset.assign_coords(parameter=("parameter", _text(varied), dict(long_name="Parameter")))
    return _describe(dataset, atlas, seed, start, weeks, numbers)


def _check_shapes(params: Params, replicates: int) -> None:
    """Every number is one for all replicates, or one for each."""
    for name, value in vars(params).items():
        if value.shape not in ((), (replicates,)):
            raise InputError(
                f"params.{name}: has values for {value.shape[0]} replicates, but replicates={replicates}; load the "
                "parameters for as many"
            )


def _start(given: date | str | None, atlas: Atlas) -> date:
    """The first day of week 0: as given, that of the region, or the first day of 2020."""
    try:
        start = date.fromisoformat(given) if isinstance(given, str) else given or atlas.start or date(2020, 1, 1)
    except ValueError:
        raise InputError(f"start={given!r}: must be a date such as 2020-01-31") from None
    if not FIRST_DAY <= start <= LAST_DAY:
        raise InputError(f"start={start}: must lie between {FIRST_DAY} and {LAST_DAY}")
    if atlas.start not in (None, start):
        raise InputError(f"start={start}: the region was loaded as of {atlas.start}; give both the same date")
    return start


def calendar(start: date, weeks: int, record: Period = "month") -> tuple[np.ndarray, list[tuple[int, int]]]:
    """First days of the periods as datetime64 and the weeks (first, last + 1) of each.

    A month has the weeks whose middle day lies in it; the run is a single period.
    """
    if record == "run":
        return np.array([start], "datetime64[ns]"), [(0, weeks)]
    if record == "week":
        days = np.datetime64(start) + 7 * np.arange(weeks)
        return days.astype("datetime64[ns]"), [(week, week + 1) for week in range(weeks)]
    middles = np.array([np.datetime64(start + timedelta(days=7 * week + 3), "M") for week in range(weeks)])
    months, first = np.unique(middles, return_index=True)
    last = [*first[1:].tolist(), weeks]
    return months.astype("datetime64[ns]"), list(zip(first.tolist(), last, strict=True))


def statistics(values: Any) -> Any:
    """Mean, standard deviation and the 5, 50 and 95 % quantiles of `values` over the last axis, stacked first.

    One formula for NumPy's arrays and for JAX's, with the functions of whichever they are. Sums are taken in the
    default float type of either. The standard deviation is that of a sample, with n - 1, and 0 where n = 1.
    """
    namespace = values.__array_namespace__()
    count = values.shape[-1]
    mean = values.mean(axis=-1, dtype=float)
    apart = values - values[..., :1]  # exactly 0 where replicates are alike
    deviation = apart.std(axis=-1, dtype=float, ddof=min(1, count - 1))
    ordered = namespace.sort(values, axis=-1)
    positions = np.array(QUANTILES) * (count - 1)
    below, above = np.floor(positions).astype(int), np.ceil(positions).astype(int)
    share = (positions - below).astype(values.dtype)
    quantiles = ordered[..., below] * (1 - share) + ordered[..., above] * share
    return namespace.concatenate([mean[None], deviation[None], namespace.moveaxis(quantiles, -1, 0)])


def _summary(flows: Record, stocks: Stocks, residents: Any, full: bool) -> dict[str, Any]:
    """What is kept of a period, from arrays of NumPy or JAX, as these.

    Statistics by place [statistic, place], totals by replicate [replicate], of shares the mean over `residents`
    [place, 1], presence [place, group], what is by group [group, replicate] or national [replicate], and with `full`
    homicides [place, replicate] and presence [place, group, replicate].
    """
    recorded = {**vars(flows), **vars(stocks)}
    kept = {name: recorded[name] for name in (*GROUP_VARIABLES, *REPLICATE_VARIABLES)}
    for name, variable in PLACE_VARIABLES.items():
        values = recorded[name]
        kept[name] = statistics(values)
        counted = values * (residents / residents.sum()) if variable.share else values
        kept[f"{name}_total"] = counted.sum(axis=0, dtype=float)
    kept["presence"] = stocks.present.mean(axis=-1, dtype=float)
    if full:
        kept |= dict(homicides_full=flows.homicides, presence_full=stocks.present)
    return kept


_summary_on_device = jax.jit(_summary, static_argnames="full")


def _kept(flows: Record, stocks: Stocks, residents: np.ndarray, full: bool) -> dict[str, Any]:
    """The summary of a period on the host, computed where its arrays lie; only the summary leaves an accelerator.

    NumPy, whose arrays these are on CPU, sorts fifty times faster there than XLA. Homicides of every replicate and
    place stay where they lie, to be added up there.
    """
    if isinstance(flows.homicides, np.ndarray):
        kept = _summary(flows, stocks, residents, full)
    else:
        kept = jax.device_get(_summary_on_device(flows, stocks, residents, full))
    return kept | {OF_RUN: flows.homicides}


def _collect(
    periods: Iterable[tuple[Record, Stocks]], atlas: Atlas, full: bool, report: Callable[[], None]
) -> xr.Dataset:
    """Statistics by place, totals, and series by group of one strategy. `report` is called after each period."""
    residents = np.asarray(atlas.region.population)[:, None]
    columns: dict[str, list[np.ndarray]] = {}
    of_run: Any = 0
    # Periods pass without a name, so that none is alive while the next one is computed.
    for kept in starmap(partial(_kept, residents=residents, full=full), periods):
        of_run = of_run + kept.pop(OF_RUN)
        for name, values in kept.items():
            single = values.dtype == np.float64 and not name.endswith("_total")
            columns.setdefault(name, []).append(values.astype(np.float32) if single else values)
        report()

    dataset = xr.Dataset()
    for name, variable in PLACE_VARIABLES.items():
        dataset[name] = (("statistic", "time", "place"), np.stack(columns[name], axis=1), variable.attributes)
        total = np.stack(columns[f"{name}_total"], axis=1)
        dataset[f"{name}_total"] = (("replicate", "time"), total, variable.attributes_of_total)
    words = dict(long_name="Homicides over the run", units="persons", cell_methods="time: sum")
    dataset[OF_RUN] = (("replicate", "place"), jax.device_get(of_run).T, words)
    presence = dict(long_name="Share of replicates in which a group is present", units="1", cell_methods="time: point")
    dataset["presence"] = (("time", "place", "group"), np.stack(columns["presence"]), presence)
    if full:
        every = np.stack(columns["homicides_full"]).transpose(2, 0, 1)
        dataset["homicides_full"] = (("replicate", "time", "place"), every, PLACE_VARIABLES["homicides"].attributes)
        every = np.stack(columns["presence_full"]).transpose(3, 0, 1, 2)
        described = presence | {"long_name": "Whether a group is present"}
        dataset["presence_full"] = (("replicate", "time", "place", "group"), every, described)
    for name, variable in REPLICATE_VARIABLES.items():
        dataset[name] = (("replicate", "time"), np.stack(columns[name], axis=1), variable.attributes)
    for name, variable in GROUP_VARIABLES.items():
        values = np.stack(columns[name]).transpose(2, 0, 1)
        dataset[name] = (("replicate", "time", "group"), values, variable.attributes)
    return dataset


def _coordinates(
    atlas: Atlas, times: np.ndarray, bounds: list[tuple[int, int]], replicates: np.ndarray, record: Period
) -> dict[str, Any]:
    places = atlas.polygons
    codes = _text(places.index)
    numbers = {
        "population": ("persons", "Residents"),
        "lon": ("degrees_east", "Longitude"),
        "lat": ("degrees_north", "Latitude"),
    }
    return {
        "statistic": ("statistic", _text(STATISTICS), dict(long_name="Statistic over replicates")),
        "time": ("time", times, dict(long_name=f"First day of the {record}")),
        "weeks": (
            "time",
            np.array([last - first for first, last in bounds]),
            dict(long_name="Weeks in the period", units="weeks"),
        ),
        "place": ("place", codes, dict(long_name="Municipality code")),
        "code": ("place", codes, dict(long_name="Municipality code")),
        "name": ("place", _text(places["name"]), dict(long_name="Name")),
        "state": ("place", _text(places["state"]), dict(long_name="Federal state")),
        **{
            key: ("place", places[key].to_numpy(), dict(units=units, long_name=long_name))
            for key, (units, long_name) in numbers.items()
        },
        "replicate": ("replicate", replicates, dict(long_name="Replicate", units="1")),
        "group": ("group", _text(atlas.groups), dict(long_name="Criminal group")),
    }


def _text(words: Iterable[str]) -> np.ndarray:
    """Words as Python strings: the store then keeps them in its one type of text of any length."""
    return np.array(list(words), dtype=object)


def _describe(dataset: xr.Dataset, atlas: Atlas, seed: int, start: date, weeks: int, numbers: str) -> xr.Dataset:
    """Attributes that say where the numbers come from."""
    packages = ("contagion", "jax", "jaxlib", "equinox", "xarray", "numpy")
    dataset.attrs = dict(
        Conventions="CF-1.11",
        title="Homicides and criminal groups under strategies of intervention, simulated",
        region=atlas.name,
        source=atlas.source,
        schematic=int(atlas.schematic),
        note=" ".join((*atlas.notes, ASSUMED)),
        input_hashes=json.dumps(atlas.hashes),
        start=start.isoformat(),
        simulated_weeks=weeks,
        seed=seed,
        parameters=numbers,
        versions=json.dumps({package: version(package) for package in packages}),
        device=", ".join(sorted({device.device_kind for device in jax.devices()})),
        git_revision=_revision(),
    )
    return dataset


def _revision() -> str:
    """The revision of the checkout that the code runs from, or `unknown` for an installed package."""
    checkout = Path(__file__).resolve().parents[1]

    def git(*words: str) -> str:
        command = ["git", "-C", str(checkout), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")).resolve() != checkout:
            return "unknown"  # an installed package inside somebody else's repository
        return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.SubprocessError):
        return "unknown"


@contextmanager
def _bar(total: int, shown: bool) -> Iterator[Any]:
    """A progress bar; yields the function that advances it by one under a name."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, transient=True, disable=not shown) as bar:
        task = bar.add_task("simulating", total=total)
        yield lambda name: bar.update(task, advance=1, description=f"simulating {name}")
