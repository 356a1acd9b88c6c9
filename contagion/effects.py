"""What each strategy does to each place over the run, and how surely, against the first strategy.

Strategies are paired: what is compared happens in the same replicate, under common random numbers.
"""

import xarray as xr
from xarray import DataArray, Dataset

from contagion.errors import InputError
from contagion.harm import more
from contagion.selection import UNIT_OF_RATE, months, yearly_rate
from contagion.variables import OF_RUN


def probability_of_harm(dataset: Dataset) -> DataArray:
    """Share of replicates in which a place has more homicides than under the first strategy (strategy, place).

    Ties count half, so that 0.5 is neither more often nor less often. What it is called and rests on is in its
    attributes, as with `selection.by_strategy`.

    **Raises:** InputError where the dataset has no homicides over the run by replicate and place.
    """
    share = _of_run(dataset).isel(replicate=0, drop=True).copy(data=more(dataset))
    return _described(share, dataset, "probability of more homicides", "share of replicates")


def homicides(dataset: Dataset, share: float | None = None) -> DataArray:
    """Homicides over the run (strategy, place): mean of replicates, or their quantile at a `share`; else as above."""
    several = _of_run(dataset)
    values = several.mean("replicate", dtype=float) if share is None else several.quantile(share, "replicate")
    return _described(values, dataset, "homicides", "persons")


def rate(dataset: Dataset) -> DataArray:
    """The mean per 100,000 residents and year."""
    return _described(yearly_rate(homicides(dataset), dataset.weeks.sum()), dataset, "homicide rate", UNIT_OF_RATE)


def change(dataset: Dataset) -> DataArray:
    """The rate less that under the first strategy."""
    values = rate(dataset)
    return (values - values.isel(strategy=0, drop=True)).assign_attrs(values.attrs)


def certainty(dataset: Dataset) -> DataArray:
    """Probability that homicides of a place change the way their mean does (strategy, place), 0.5 where it stays."""
    share, moved = probability_of_harm(dataset), change(dataset)
    return xr.where(moved < 0, 1 - share, share).where(moved != 0, 0.5).assign_attrs(share.attrs)


def _of_run(dataset: Dataset) -> DataArray:
    if OF_RUN not in dataset:
        raise InputError(f"the run has no {OF_RUN}, homicides of every replicate and place; simulate it anew")
    return dataset[OF_RUN].transpose("strategy", "replicate", "place").compute()


def _described(values: DataArray, dataset: Dataset, long_name: str, units: str) -> DataArray:
    count = dataset.replicate.size
    words = dict(long_name=long_name, units=units, period=months(dataset))
    words["statistic"] = f"{count:,} replicates" if count > 1 else "one replicate"
    values = values.transpose("strategy", "place")
    values.attrs = {**dataset.attrs, **words}
    return values
