"""Statistics over replicates and totals over places of each recorded period."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import starmap
from typing import Any

import jax
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from contagion.kernel.flows import Flows, Stocks
from contagion.regions.areas import provinces
from contagion.regions.atlas import Atlas
from contagion.simulation.schema import BY_STATE, GROUP_VARIABLES, PLACE_VARIABLES, REPLICATE_VARIABLES, RUN_TOTAL

STATISTICS = ("mean", "sd", "q05", "q50", "q95")
QUANTILES = (0.05, 0.5, 0.95)
Members = tuple[NDArray[np.integer], ...]  # places of each province
PRESENCE = dict(long_name="Share of replicates in which a group is present", units="1", cell_methods="time: point")


def statistics(values: Any) -> Any:
    """Mean, standard deviation and the 5, 50 and 95 % quantiles of `values` over the last axis, stacked first.

    One formula for NumPy's arrays and for JAX's, with the functions of whichever they are. Sums are taken in the
    default float type of either. The standard deviation is that of a sample, with n - 1, and 0 where n = 1.
    """
    namespace = values.__array_namespace__()
    count = values.shape[-1]
    if namespace is np and (values == values[..., :1]).all():  # as what no option touches: nothing is to be sorted
        alike = values[..., 0].astype(float)
        return np.stack([alike, 0 * alike, alike, alike, alike])
    mean = values.mean(axis=-1, dtype=float)
    apart = values - values[..., :1]  # exactly 0 where replicates are alike
    deviation = apart.std(axis=-1, dtype=float, ddof=min(1, count - 1))
    ordered = namespace.sort(values, axis=-1)
    positions = np.array(QUANTILES) * (count - 1)
    below, above = np.floor(positions).astype(int), np.ceil(positions).astype(int)
    share = (positions - below).astype(values.dtype)
    quantiles = ordered[..., below] * (1 - share) + ordered[..., above] * share
    return namespace.concatenate([mean[None], deviation[None], namespace.moveaxis(quantiles, -1, 0)])


def _summary(flows: Flows, stocks: Stocks, residents: Any, members: Members, full: bool, each: bool) -> dict[str, Any]:
    """What is kept of a period, from arrays of NumPy or JAX, as these.

    Statistics by place [statistic, place], totals by replicate [replicate], of shares the mean over `residents`
    [place, 1], homicides of provinces [province, replicate], whose places are `members`, presence [place, group], what
    is by group [group, replicate] or national [replicate], and with `full` homicides [place, replicate] and presence
    [place, group, replicate]. With `each`, values by place [place, replicate] in place of their statistics, and in how
    many replicates a group is present in place of their share.
    """
    recorded = {**vars(flows), **vars(stocks)}
    kept = {name: recorded[name] for name in (*GROUP_VARIABLES, *REPLICATE_VARIABLES)}
    for name, variable in PLACE_VARIABLES.items():
        values = recorded[name]
        kept[name] = values if each else statistics(values)
        counted = values * (residents / residents.sum()) if variable.share else values
        kept[f"{name}_total"] = counted.sum(axis=0, dtype=float)
    counts = [flows.homicides[places].sum(axis=0, dtype=float) for places in members]
    kept[BY_STATE] = flows.homicides.__array_namespace__().stack(counts)
    kept["presence"] = stocks.present.sum(axis=-1, dtype="int32") if each else stocks.present.mean(axis=-1, dtype=float)
    if full:
        kept["presence_full"] = stocks.present
        if not each:
            kept["homicides_full"] = flows.homicides
    return kept


_summary_on_device = jax.jit(_summary, static_argnames=("full", "each"))


def _kept(
    flows: Flows, stocks: Stocks, residents: np.ndarray, members: Members, full: bool, each: bool
) -> dict[str, Any]:
    """The summary of a period on the host, computed where its arrays lie; only the summary leaves an accelerator.

    NumPy, whose arrays these are on CPU, sorts fifty times faster there than XLA. Homicides of every replicate and
    place stay where they lie, to be added up there.
    """
    if isinstance(flows.homicides, np.ndarray):
        kept = _summary(flows, stocks, residents, members, full, each)
    else:
        kept = jax.device_get(_summary_on_device(flows, stocks, residents, members, full, each))
    return kept | {RUN_TOTAL: flows.homicides}


def collect(
    periods: Iterable[tuple[Flows, Stocks]],
    atlas: Atlas,
    full: bool,
    report: Callable[[], None],
    each: bool = False,
    block: int | None = None,
) -> Iterator[xr.Dataset]:
    """Statistics by place, totals, and series by group of one strategy, for `block` periods at a time.

    With `each`, values of each replicate in place of statistics, as `pooled` takes them. The last block holds what is
    of the whole run. `report` is called after each period.
    """
    residents = np.asarray(atlas.region.population)[:, None]
    names, numbers = provinces(atlas.polygons["state"])
    members = tuple(np.flatnonzero(numbers == number) for number in range(len(names)))
    columns: dict[str, list[np.ndarray]] = {}
    of_run: Any = 0
    # Periods pass without a name, so that none is alive while the next one is computed.
    for kept in starmap(partial(_kept, residents=residents, members=members, full=full, each=each), periods):
        of_run = of_run + kept.pop(RUN_TOTAL)
        if columns and len(columns["presence"]) == block:
            yield _series(columns, full, each)
            columns = {}
        for name, values in kept.items():
            summed = name == BY_STATE or name.endswith("_total")
            single = values.dtype == np.float64 and not summed and not (each and name in PLACE_VARIABLES)
            columns.setdefault(name, []).append(values.astype(np.float32) if single else values)
        report()
    dataset = _series(columns, full, each)
    words = dict(long_name="Homicides over the run", units="persons", cell_methods="time: sum")
    dataset[RUN_TOTAL] = (("replicate", "place"), jax.device_get(of_run).T, words)
    yield dataset


def _series(columns: Mapping[str, Sequence[np.ndarray]], full: bool, each: bool) -> xr.Dataset:
    """What was kept of some periods as variables with a dimension of time."""
    found: dict[str, tuple[tuple[str, ...], np.ndarray, Any] | xr.Variable] = {}
    for name, variable in PLACE_VARIABLES.items():
        if each:
            found[name] = ("time", "place", "replicate"), np.stack(columns[name]), variable.attributes
        else:
            found[name] = ("statistic", "time", "place"), np.stack(columns[name], axis=1), variable.attributes
        total = np.stack(columns[f"{name}_total"], axis=1)
        found[f"{name}_total"] = ("replicate", "time"), total, variable.attributes_of_total
    words = PLACE_VARIABLES["homicides"].attributes | dict(long_name="Homicides by state")
    found[BY_STATE] = ("replicate", "time", "province"), np.stack(columns[BY_STATE]).transpose(2, 0, 1), words
    found["presence"] = ("time", "place", "group"), np.stack(columns["presence"]), PRESENCE
    if full:
        described = PRESENCE | {"long_name": "Whether a group is present"}
        every: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
            "presence_full": (("time", "place", "group", "replicate"), described)
        }
        if not each:
            every["homicides_full"] = (("time", "place", "replicate"), PLACE_VARIABLES["homicides"].attributes)
        for name, (dims, words) in every.items():
            values = xr.Variable(dims, np.stack(columns[name]), words)
            found[name] = values if each else values.transpose("replicate", ...)
    for name, variable in REPLICATE_VARIABLES.items():
        found[name] = ("replicate", "time"), np.stack(columns[name], axis=1), variable.attributes
    for name, variable in GROUP_VARIABLES.items():
        values = np.stack(columns[name]).transpose(2, 0, 1)
        found[name] = ("replicate", "time", "group"), values, variable.attributes
    return xr.Dataset(found)  # at once: a Dataset is copied for each variable that is added to it
